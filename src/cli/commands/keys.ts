// `weir keys create`: makes a key, shows it once, and prints what the configuration file needs to know it.
import { stringify } from 'yaml'
import { keySchema } from '../../access/config.ts'
import { createKey, type NewKey } from '../../access/create-key.ts'
import { toMessage } from '../../config/issues.ts'
import { printPath } from '../../config/path.ts'
import type { DefineCommand } from '../define.ts'
import { EXIT, type World } from '../world.ts'

interface CreateFlags {
  readonly name: string
  readonly tenant?: string
  readonly models?: string
  readonly json?: true
}

interface KeyEntry {
  readonly name: string
  readonly hash: string
  readonly tenant?: string | undefined
  readonly models?: readonly string[] | undefined
}

export const defineKeys: DefineCommand = (program, { world, exit }) => {
  const keys = program.command('keys').description('API keys for callers')
  keys
    .command('create')
    .description('make a key, and print it once with the lines that weir.yaml needs')
    .requiredOption('--name <NAME>', 'who it is for: the name in records and logs')
    .option('--tenant <TENANT>', 'the group its requests are counted for')
    .option('--models <A,B>', 'the models it may use, as names or with *; all of them without this')
    .option('--json', 'print one JSON object instead')
    .action((flags: CreateFlags) => exit(create(flags, world)))
}

function create(flags: CreateFlags, { streams, ids }: World): number {
  const made = createKey(ids)
  const entry = toEntry(flags, made)
  const refused = keySchema.safeParse(entry, { error: toMessage }).error
  if (refused !== undefined) {
    const lines = refused.issues.map(
      ({ path, message }) => `error: --${printPath(path.map(toStep))}: ${message}\n`,
    )
    streams.stderr.write(lines.join(''))
    return EXIT.usage
  }
  streams.stdout.write(flags.json === true ? printJson(made, entry) : printText(made, entry))
  return EXIT.ok
}

function toStep(step: PropertyKey): string | number {
  return typeof step === 'number' ? step : String(step)
}

function toEntry({ name, tenant, models }: CreateFlags, { hash }: NewKey): KeyEntry {
  return {
    name,
    hash,
    ...(tenant === undefined ? {} : { tenant }),
    ...(models === undefined ? {} : { models: models.split(',').map((model) => model.trim()) }),
  }
}

function printJson({ key, publicId }: NewKey, entry: KeyEntry): string {
  return `${JSON.stringify({ key, publicId, ...entry })}\n`
}

function printText({ key }: NewKey, entry: KeyEntry): string {
  return `${key}

This key is shown once and kept nowhere. Whoever calls sends it as \`Authorization: Bearer KEY\`.
Weir knows it by these lines in weir.yaml (below \`keys:\`, if that is there already):

${stringify({ keys: [entry] }, { lineWidth: 0 })}`
}
