// `weir requests purge`: removes for good what is kept of one key or tenant, also while the gateway runs. Without --yes it only
// says how much that would be.
import type { Command } from 'commander'
import { systemClock } from '../../core/clock.ts'
import { toPrintable } from '../../records/read/width.ts'
import { RecordStoreError, type RecordStore } from '../../records/store.ts'
import { addStoreFlags, toLoader, warn, type CommandContext } from '../define.ts'
import { explain } from '../../config/explain.ts'
import { EXIT, type World } from '../world.ts'

interface PurgeFlags {
  readonly key?: string
  readonly tenant?: string
  readonly contentOnly?: true
  readonly yes?: true
}

export interface Purge {
  readonly of: { readonly key: string } | { readonly tenant: string }
  readonly what: 'content' | 'records'
  readonly isSure: boolean
}

export function defineRequestsPurge(requests: Command, { world, exit }: CommandContext): void {
  const command = addStoreFlags(requests.command('purge'))
    .description('remove for good what is kept of one key or tenant; exit 1 if nothing was removed')
    .option('--key <K>', 'of this key')
    .option('--tenant <T>', 'of this tenant')
    .option('--content-only', 'only prompts and answers; the records stay')
    .option('--yes', 'do it; without this it is only said how much that would be')
  command.action(async () => {
    // The parser gives flags that both know to `requests`, wherever they stand.
    const flags = command.optsWithGlobals<PurgeFlags & Readonly<Record<string, unknown>>>()
    exit(await run(flags, { known: command.options.map((option) => option.attributeName()), world }))
  })
}

interface RunContext {
  readonly known: readonly string[]
  readonly world: World
}

async function run(
  flags: PurgeFlags & Readonly<Record<string, unknown>>,
  { known, world }: RunContext,
): Promise<number> {
  const strangers = Object.keys(flags).filter((name) => !known.includes(name))
  // To ignore a filter would remove more than was meant.
  const purge = strangers.length > 0 ? NO_FILTERS : readPurge(flags)
  if (typeof purge === 'string') {
    say(world, `error: ${purge}`)
    return EXIT.usage
  }
  const result = toLoader(flags, world)()
  warn(world, result.warnings)
  if (!result.ok) {
    world.streams.stderr.write(explain(result.problems))
    return EXIT.usage
  }
  // Loaded here, so that no other command waits for it.
  const { openRecordsToChange } = await import('../../records/read/open.ts')
  let store: RecordStore | undefined
  try {
    const { records, dataDir } = result.config
    store = await openRecordsToChange({ store: records.store, dataDir }, systemClock)
    return await purgeRecords(store, purge, world)
  } catch (thrown) {
    if (!(thrown instanceof RecordStoreError)) throw thrown
    say(world, `error: ${thrown.message}`)
    return EXIT.usage
  } finally {
    await store?.close()
  }
}

const NO_FILTERS = 'purge knows no filters: it removes all of one key or of one tenant'

/** A sentence where the flags do not say whose records are meant. */
export function readPurge({ key, tenant, contentOnly, yes }: PurgeFlags): Purge | string {
  if (key !== undefined && tenant !== undefined) return 'give --key or --tenant, not both'
  const of = key !== undefined ? { key } : tenant !== undefined ? { tenant } : undefined
  if (of === undefined) return 'say of whom: --key K or --tenant T'
  return { of, what: contentOnly === true ? 'content' : 'records', isSure: yes === true }
}

type PurgedStore = Pick<RecordStore, 'aggregate' | 'purge'>

export async function purgeRecords(
  store: PurgedStore,
  { of, what, isSure }: Purge,
  world: Pick<World, 'streams'>,
): Promise<number> {
  const whose = 'key' in of ? `key ${toPrintable(of.key)}` : `tenant ${toPrintable(of.tenant)}`
  const count = isSure ? await store.purge({ of, what }) : await countOf(store, of)
  if (count === 0) {
    say(world, `weir: nothing is kept of ${whose}`)
    return EXIT.no
  }
  const requests = `${count} ${count === 1 ? 'request' : 'requests'} of ${whose}`
  if (isSure) {
    const done =
      what === 'content'
        ? `prompts and answers of ${requests} are removed`
        : `${requests} are removed, with what was said in them`
    say(world, `weir: ${done}`)
    return EXIT.ok
  }
  const would =
    what === 'content'
      ? `whatever was said in ${requests} would be removed`
      : `${requests} would be removed, with what was said in them`
  say(world, `weir: ${would}; nothing was yet: the same command with --yes does it`)
  return EXIT.no
}

async function countOf(store: PurgedStore, filter: Purge['of']): Promise<number> {
  const rows = await store.aggregate({ filter, measure: 'duration', quantiles: [], by: [] })
  return rows.reduce((sum, row) => sum + row.count, 0)
}

function say({ streams }: Pick<World, 'streams'>, line: string): void {
  streams.stderr.write(`${line}\n`)
}
