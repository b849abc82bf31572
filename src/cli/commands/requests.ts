// `weir requests`: searches the records of a gateway, running or not, and shows one of them from its beginning to its end.
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { explain } from '../../config/explain.ts'
import { systemClock } from '../../core/clock.ts'
import type { RecordsPlace } from '../../records/read/open.ts'
import { choosePaint } from '../../records/read/paint.ts'
import { createTable } from '../../records/read/table.ts'
import { printWaterfall } from '../../records/read/waterfall.ts'
import { toPrintable } from '../../records/read/width.ts'
import { RecordStoreError, type RecordStore, type StoredRecord } from '../../records/store.ts'
import { addStoreFlags, toLoader, warn, type DefineCommand } from '../define.ts'
import { EXIT, type World } from '../world.ts'
import { explainNothing } from './requests-empty.ts'
import { defineRequestsPurge } from './requests-purge.ts'
import {
  DEFAULT_LIMIT,
  DEFAULT_SINCE,
  readQuestion,
  type RequestFlags,
  type RequestQuestion,
} from './requests-filter.ts'

interface OtherFlags {
  readonly id?: string
  readonly json?: true
}

type Flags = RequestFlags & OtherFlags & Readonly<Record<string, unknown>>

const MOMENT = 'how long ago, such as 7d, or a local time, such as 14:30 or 2026-11-21'

export const defineRequests: DefineCommand = (program, context) => {
  const { world, exit } = context
  const command = addStoreFlags(program.command('requests'))
    .description(
      'search the records of requests, the latest first; show one of them; exit 1 if there is no such id',
    )
    .option('--since <WHEN>', `only those that began then or later: ${MOMENT}; ${DEFAULT_SINCE} without this`)
    .option('--until <WHEN>', 'only those that began before: the same forms; a day is meant to its end')
    .option('--status <S>', 'only those with a status such as 503, 5xx or 400-499')
    .option('--slower-than <D>', 'only those that took longer than a duration such as 3s')
    .option('--model <M>', 'only those of a model, as asked for or as routed; * stands for anything')
    .option('--key <K>', 'only those with this key')
    .option('--tenant <T>', 'only those of this tenant')
    .option('--backend <B>', 'only those that this backend answered, or was the last to be asked')
    .option('--endpoint <E>', 'only those to an endpoint such as /v1/chat/completions')
    .option('--outcome <O>', 'only those that ended so: ok, caller_error, rejected, backend_error, …')
    .option('--limit <N>', `how many at most, or all; ${DEFAULT_LIMIT} without this`)
    .option('--cursor <C>', 'go on where a list ended: it says with what')
    .option(
      '--id <ID>',
      'show one request: where its time went, who was asked, what was said if that is kept',
    )
    .option('--json', 'print one JSON object a line instead')
  command.action(async (flags: Flags) => exit(await run(command, flags, world)))
  defineRequestsPurge(command, context)
}

async function run(command: Command, flags: Flags, world: World): Promise<number> {
  const read = flags.id === undefined ? readQuestion(flags, world.clock.wall()) : undefined
  const complaints = flags.id === undefined ? [] : complainBesideId(command, flags)
  if (read !== undefined && 'complaints' in read) complaints.push(...read.complaints)
  for (const complaint of complaints) say(world, `error: ${complaint}`)
  if (complaints.length > 0) return EXIT.usage
  const place = findPlace(flags, world)
  if (place === undefined) return EXIT.usage
  return withStore(place, world, (store) => {
    if (flags.id !== undefined) return showOne(store, flags.id, { world, isJson: flags.json === true })
    if (read === undefined || !('question' in read)) return Promise.resolve(EXIT.usage)
    return showMany(store, read.question, { world, isJson: flags.json === true })
  })
}

/** One id is one request: what else is asked for would be ignored. */
const BESIDE_ID = ['id', 'json', 'config', 'dataDir']

function complainBesideId(command: Command, flags: Flags): string[] {
  return command.options
    .filter((option) => flags[option.attributeName()] !== undefined)
    .filter((option) => !BESIDE_ID.includes(option.attributeName()))
    .map(({ long }) => `--id shows one request by itself; leave out ${long}`)
}

interface ShowContext {
  readonly world: World
  readonly isJson: boolean
}

function toStyle({ streams, env }: World) {
  const { stdout } = streams
  const columns = stdout.isTTY === true ? stdout.columns : undefined
  return { paint: choosePaint(stdout.isTTY === true, env), columns }
}

async function showOne(store: RecordStore, id: string, { world, isJson }: ShowContext): Promise<number> {
  const stored = await store.find(id)
  if (stored === undefined) {
    say(
      world,
      `error: there is no record of a request ${toPrintable(id)}; it may be older than records are kept`,
    )
    return EXIT.no
  }
  const content = await store.content(id)
  const said = content === undefined ? {} : { content }
  world.streams.stdout.write(
    isJson ? toJsonLine(stored, said) : printWaterfall(stored, content, toStyle(world)),
  )
  return EXIT.ok
}

/** As many as are read at once: enough to be quick, few enough to be held. */
const PAGE_RECORDS = 500

async function showMany(
  store: RecordStore,
  { filter, limit, cursor: first }: RequestQuestion,
  { world, isJson }: ShowContext,
): Promise<number> {
  const printPage = isJson
    ? (page: readonly StoredRecord[]) => page.map((stored) => toJsonLine(stored)).join('')
    : createTable(toStyle(world))
  let left = limit
  let hasFound = false
  let cursor = first
  do {
    const page = await store.page({ filter, limit: Math.min(left, PAGE_RECORDS), cursor })
    if (page.records.length === 0) break
    hasFound = true
    world.streams.stdout.write(printPage(page.records))
    left -= page.records.length
    cursor = page.cursor
  } while (left > 0 && cursor !== undefined)
  if (!hasFound) {
    for (const sentence of await explainNothing(store, filter)) say(world, `weir: ${sentence}`)
    say(world, 'weir: no request fits')
  } else if (cursor !== undefined) {
    say(world, `weir: there are more: the same command with --cursor ${cursor}`)
  }
  return EXIT.ok
}

function toJsonLine({ record, verdict }: StoredRecord, more: Readonly<Record<string, unknown>> = {}): string {
  const { id, ...facts } = record
  return `${JSON.stringify({ id, ...facts, verdict, ...more })}\n`
}

function findPlace(flags: Flags, world: World): RecordsPlace | undefined {
  const result = toLoader(flags, world)()
  warn(world, result.warnings)
  if (result.ok) return { store: result.config.records.store, dataDir: result.config.dataDir }
  world.streams.stderr.write(explain(result.problems))
  const { dataDir } = flags
  if (typeof dataDir !== 'string') return undefined
  // What happened can be looked at also while somebody is in the middle of editing the file.
  warn(world, ['the configuration is not valid; the records of --data-dir are read'])
  return { store: { kind: 'sqlite' }, dataDir: resolve(world.cwd, dataDir) }
}

async function withStore(
  place: RecordsPlace,
  world: World,
  work: (store: RecordStore) => Promise<number>,
): Promise<number> {
  // Loaded here, so that no other command waits for it.
  const { openRecordsToRead } = await import('../../records/read/open.ts')
  let store: RecordStore | undefined
  try {
    store = await openRecordsToRead(place, systemClock)
    return await work(store)
  } catch (thrown) {
    if (!(thrown instanceof RecordStoreError)) throw thrown
    say(world, `error: ${thrown.message}`)
    return EXIT.usage
  } finally {
    await store?.close()
  }
}

function say({ streams }: World, line: string): void {
  streams.stderr.write(`${line}\n`)
}
