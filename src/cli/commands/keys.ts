// `weir keys`: makes, lists, revokes and rotates the keys of callers, in the store that a running gateway watches.
import { resolve } from 'node:path'
import { Option, type Command } from 'commander'
import { KEY_PRIORITIES, type KeySettings } from '../../access/config.ts'
import { createKey } from '../../access/create-key.ts'
import {
  issueKey,
  KeyRefusal,
  listKeys,
  revokeKeys,
  rotateKey,
  type DeskContext,
} from '../../access/store/key-desk.ts'
import { KeyStoreError, type KeyStore } from '../../access/store/key-store.ts'
import {
  keyStoreFile,
  openSqliteKeyStore,
  openSqliteKeyStoreToRead,
} from '../../access/store/sqlite/store.ts'
import { explain } from '../../config/explain.ts'
import { findNearest } from '../../config/nearest.ts'
import { CONTENT_POLICIES } from '../../core/content.ts'
import { parseDuration } from '../../core/units.ts'
import { addStoreFlags, toLoader, warn, type CommandContext, type DefineCommand } from '../define.ts'
import { EXIT, type World } from '../world.ts'
import { readExpiry, readOrder, type OrderFlags } from './keys-order.ts'
import {
  issuedToJson,
  linesToJson,
  listToJson,
  printIssued,
  printLines,
  printList,
  printRevoked,
  printRotated,
  revokedToJson,
  rotatedToJson,
} from './keys-print.ts'

interface JsonFlag {
  readonly json?: true
}

type AnyFlags = Readonly<Record<string, unknown>>

export const defineKeys: DefineCommand = (program, context) => {
  const keys = program.command('keys').description('API keys for callers')
  defineCreate(keys, context)
  defineList(keys, context)
  defineRevoke(keys, context)
  defineRotate(keys, context)
}

const JSON_OPTION = ['--json', 'print one JSON value instead'] as const
const EXPIRES = 'when it stops working: a time from now, such as 90d, or a day or moment'

function defineCreate(keys: Command, { world, exit }: CommandContext): void {
  addStoreFlags(keys.command('create'))
    .description('make a key and print it once; a running gateway takes it at once')
    .requiredOption('--name <NAME>', 'who it is for: the name in records and logs')
    .option('--tenant <TENANT>', 'the group its requests are counted for')
    .option('--models <A,B>', 'the models it may use, as names or with *; all of them without this')
    .option('--paths <A,B>', 'the paths it may call, such as /v1/chat/*; all of them without this')
    .option('--from <A,B>', 'the networks it may be used from, such as 10.0.0.0/8; anywhere without this')
    .option('--expires <WHEN>', `${EXPIRES}; never without this`)
    .addOption(new Option('--priority <P>', 'who goes first in a queue').choices([...KEY_PRIORITIES]))
    .addOption(
      new Option('--content <C>', 'of which requests content may be kept').choices([...CONTENT_POLICIES]),
    )
    .option('--requests <RATE>', 'how many requests it may make, such as 60/min')
    .option('--tokens <RATE>', 'how many tokens it may use, such as 100k/min')
    .option('--concurrent <N>', 'how many of its requests may be open at once')
    .option('--budget <RATE>', 'how much its requests may cost, such as 50/month')
    .option('--print', 'keep nothing, and print the lines that weir.yaml needs to know the key')
    .option(...JSON_OPTION)
    .action((flags: OrderFlags & JsonFlag & { readonly print?: true } & AnyFlags) => {
      const read = readOrder(flags, world.clock.wall())
      if ('complaints' in read) return exit(complain(world, read.complaints))
      const { order } = read
      if (flags.print === true) {
        const made = createKey(world.ids)
        return exit(say(world, flags.json, [() => linesToJson(made, order), () => printLines(made, order)]))
      }
      return withStore({ flags, world, exit }, (store, desk) => {
        const issued = issueKey(store, order, desk)
        const { place } = store
        return say(world, flags.json, [() => issuedToJson(issued, place), () => printIssued(issued, place)])
      })
    })
}

function defineList(keys: Command, { world, exit }: CommandContext): void {
  addStoreFlags(keys.command('list'))
    .description('list keys, those of the file included')
    .option('--all', 'also those that were revoked')
    .option(...JSON_OPTION)
    .action((flags: JsonFlag & { readonly all?: true } & AnyFlags) => {
      const place = findStore(flags, world)
      if (place === undefined) return exit(EXIT.usage)
      const code = guarded(world, () => {
        const store = openSqliteKeyStoreToRead(place.file)
        const stored = store?.list() ?? []
        store?.close()
        const listed = listKeys({ filed: place.filed, stored }, world.clock.wall()).filter(
          ({ state }) => flags.all === true || state !== 'revoked',
        )
        return say(world, flags.json, [() => listToJson(listed), () => printList(listed)])
      })
      return exit(code)
    })
}

function defineRevoke(keys: Command, { world, exit }: CommandContext): void {
  addStoreFlags(keys.command('revoke <NAME>'))
    .description('close a key for good; a running gateway refuses it within a second')
    .option('--old', 'only what a rotation left behind')
    .option(...JSON_OPTION)
    .action((name: string, flags: JsonFlag & { readonly old?: true } & AnyFlags) =>
      withStore({ flags, world, exit }, (store, desk) => {
        const revoked = revokeKeys(store, { name, onlyOld: flags.old === true }, desk)
        return say(world, flags.json, [() => revokedToJson(name, revoked), () => printRevoked(name, revoked)])
      }),
    )
}

const DEFAULT_OVERLAP = '24h'

function defineRotate(keys: Command, { world, exit }: CommandContext): void {
  addStoreFlags(keys.command('rotate <NAME>'))
    .description('replace a key by a new one that may do the same, and print that once')
    .option(
      '--overlap <DURATION>',
      'how long the key before it still works; 0 for not at all',
      DEFAULT_OVERLAP,
    )
    .option('--expires <WHEN>', `${EXPIRES}; without this it lasts as long as the key before it was made for`)
    .option(...JSON_OPTION)
    .action((name: string, flags: JsonFlag & { overlap: string; expires?: string } & AnyFlags) => {
      const nowMs = world.clock.wall()
      const overlapMs = parseDuration(flags.overlap)
      const expires = flags.expires === undefined ? undefined : readExpiry(flags.expires, nowMs)
      const complaints = [
        ...(overlapMs === undefined ? ['--overlap: expected a duration such as 24h, or 0'] : []),
        ...(typeof expires === 'string' ? [`--expires: ${expires}`] : []),
      ]
      if (overlapMs === undefined || typeof expires === 'string') return exit(complain(world, complaints))
      return withStore({ flags, world, exit }, (store, desk) => {
        const rotated = rotateKey(store, { name, overlapMs, expiresAtMs: expires }, desk)
        const { place } = store
        return say(world, flags.json, [
          () => rotatedToJson(rotated, place),
          () => printRotated(rotated, place),
        ])
      })
    })
}

interface StoreCall extends CommandContext {
  readonly flags: AnyFlags
}

/** Opens the store, does the work, and closes it; says what a person can act on when that fails. */
function withStore(
  { flags, world, exit }: StoreCall,
  work: (store: KeyStore, desk: DeskContext) => number,
): void {
  const place = findStore(flags, world)
  if (place === undefined) return exit(EXIT.usage)
  const code = guarded(world, () => {
    const store = openSqliteKeyStore(place.file)
    try {
      const fileNames = place.filed.map(({ name }) => name)
      return work(store, { ids: world.ids, nowMs: world.clock.wall(), fileNames })
    } finally {
      store.close()
    }
  })
  return exit(code)
}

interface StorePlace {
  readonly file: string
  readonly filed: readonly KeySettings[]
}

/** Where the gateway of this configuration keeps its keys, and which ones the file has. */
function findStore(flags: AnyFlags, world: World): StorePlace | undefined {
  const result = toLoader(flags, world)()
  warn(world, result.warnings)
  if (result.ok) return { file: keyStoreFile(result.config.dataDir), filed: result.config.access.keys }
  world.streams.stderr.write(explain(result.problems))
  const { dataDir } = flags
  if (typeof dataDir !== 'string') return undefined
  // A key must be revocable also while somebody is in the middle of editing the file.
  warn(world, [
    'the configuration is not valid; --data-dir says where the keys are, and those of the file are left out',
  ])
  return { file: keyStoreFile(resolve(world.cwd, dataDir)), filed: [] }
}

/** Refusals are an answer; a store that cannot be used leaves the question open. */
function guarded(world: World, work: () => number): number {
  try {
    return work()
  } catch (thrown) {
    if (thrown instanceof KeyStoreError) {
      world.streams.stderr.write(`error: ${thrown.message}\n`)
      return EXIT.usage
    }
    if (!(thrown instanceof KeyRefusal)) throw thrown
    world.streams.stderr.write(`error: ${thrown.message}${suggest(thrown)}\n`)
    return EXIT.no
  }
}

function suggest({ asked, names }: KeyRefusal): string {
  if (asked === undefined) return ''
  const [near] = findNearest(asked, names)
  if (near !== undefined) return ` Did you mean ${near}?`
  return names.length === 0 ? '' : ' `weir keys list` shows those there are.'
}

/** Only the form that is asked for is made. */
function say(
  { streams }: World,
  json: true | undefined,
  [toJson, toText]: readonly [() => unknown, () => string],
): number {
  streams.stdout.write(json === true ? `${JSON.stringify(toJson())}\n` : toText())
  return EXIT.ok
}

function complain({ streams }: World, complaints: readonly string[]): number {
  streams.stderr.write(complaints.map((complaint) => `error: ${complaint}\n`).join(''))
  return EXIT.usage
}
