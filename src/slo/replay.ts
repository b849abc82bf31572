// Which alerts a changed configuration would have raised over the records that are kept, and which the present one would have:
// the same records through both, so that only the promises differ. What cannot be replayed is said.
import { printDuration } from '../core/units.ts'
import type { ExplainedOutline } from '../core/outline.ts'
import { windowsOf } from './evaluate.ts'
import { judgesGaps } from './indicator.ts'
import type { RecordSource } from './report/build.ts'
import type { Span } from './report/report.ts'
import { readTape, sumOf, type CountSource, type Tape } from './report/tape.ts'
import { toPresence, type Presence } from './replay/presence.ts'
import { replaySide, type ReplayedSide } from './replay/side.ts'
import { createReplayTape, type ReplayTape } from './replay/tape.ts'
import { toCounted, type ServiceLevels } from './resolve.ts'
import { MINUTE_MS } from './windows/config.ts'

export interface ReplayedLevels {
  readonly levels: ServiceLevels
  /** What comes back sooner is not over. */
  readonly resolveAfterMs: number
}

export interface ReplayInput {
  readonly source: CountSource & RecordSource
  readonly changed: ReplayedLevels
  readonly present: ReplayedLevels | undefined
  readonly span: Span
  readonly onProgress: (progress: { step: 'records'; ratio: number; records: number }) => void
}

export interface ReplayReport extends Span {
  readonly version: 1
  /** Records that were read. */
  readonly records: number
  readonly changed: ReplayedSide
  readonly present: ReplayedSide | undefined
  /** What could not be replayed, or not wholly; sentences. */
  readonly notes: readonly string[]
}

/** Somebody has to have asked for something. */
export class NothingToReplay extends Error {
  override readonly name = 'NothingToReplay'
}

const LONGEST_REQUEST_MS = 3_600_000

export async function replay(input: ReplayInput): Promise<ReplayReport> {
  const { source, changed, present, span } = input
  const sides = [changed, ...(present === undefined ? [] : [present])]
  const tapes = sides.map(({ levels }) => createReplayTape(levels, span))
  const read = await readRecords(tapes, input)
  if (read.firstMs === undefined) throw new NothingToReplay('no record of this time is kept')
  const counted = await readCounted(sides, source, span)
  const presence = toPresence([...counted.values()], span)
  const [first, second] = sides.map(({ levels, resolveAfterMs }, at) => {
    const tape = tapes[at] ?? createReplayTape(levels, span)
    return replaySide({ levels, tape, span, presence, resolveAfterMs })
  })
  if (first === undefined) throw new TypeError('there is always a changed side')
  const uncounted = first.objectives.filter((each) => each.total + each.excluded === 0)
  const notes = toNotes({
    ...{ input, firstMs: read.firstMs, presence, counted, present: tapes[1] },
    uncounted: uncounted.map(({ name }) => name),
  })
  return { version: 1, ...span, records: read.records, changed: first, present: second, notes }
}

interface Read {
  readonly records: number
  /** When the first of them began. */
  readonly firstMs: number | undefined
}

async function readRecords(
  tapes: readonly ReplayTape[],
  { source, changed, present, span, onProgress }: ReplayInput,
): Promise<Read> {
  const sides = present === undefined ? [changed] : [changed, present]
  const sinceMs = span.fromMinute * MINUTE_MS
  const untilMs = span.toMinute * MINUTE_MS
  const wants = { sums: false, gaps: sides.some(({ levels }) => toCounted(levels).some(judgesGaps)) }
  let records = 0
  let firstMs: number | undefined
  for await (const slice of source.scan({ sinceMs: sinceMs - LONGEST_REQUEST_MS, untilMs }, wants)) {
    const within = slice.filter(({ record }) => record.startedAtMs + record.durationMs >= sinceMs)
    for (const { record } of within) for (const tape of tapes) tape.add(record)
    records += within.length
    firstMs ??= within[0]?.record.startedAtMs
    onProgress({ step: 'records', ratio: ratioOf(within.at(-1), sinceMs, untilMs), records })
  }
  return { records, firstMs }
}

function ratioOf(last: ExplainedOutline | undefined, sinceMs: number, untilMs: number): number {
  const ratio = ((last?.record.startedAtMs ?? sinceMs) - sinceMs) / (untilMs - sinceMs)
  return Math.min(1, Math.max(0, ratio))
}

/** What gateways counted then, by name: it tells when one was there. */
async function readCounted(
  sides: readonly ReplayedLevels[],
  source: CountSource,
  span: Span,
): Promise<ReadonlyMap<string, Tape>> {
  const names = new Set(sides.flatMap(({ levels }) => levels.objectives.map(({ name }) => name)))
  const tapes = new Map<string, Tape>()
  for (const name of names) tapes.set(name, await readTape(source, name, span))
  return tapes
}

interface NotesInput {
  readonly input: ReplayInput
  readonly firstMs: number
  readonly presence: Presence | undefined
  readonly counted: ReadonlyMap<string, Tape>
  readonly present: ReplayTape | undefined
  /** Changed objectives that no record is about: mostly a name that is not written as it is in records. */
  readonly uncounted: readonly string[]
}

const HOUR_MS = 3_600_000
const DAY_MINUTES = 1_440

function toNotes({ input, firstMs, presence, counted, present, uncounted }: NotesInput): readonly string[] {
  const { changed, span } = input
  const notes: string[] = []
  const sinceMs = span.fromMinute * MINUTE_MS
  if (firstMs - sinceMs > HOUR_MS)
    notes.push(`The first record is of ${printMoment(firstMs)}: before it nothing came, or nothing is kept.`)
  notes.push(...toWindowNotes(changed.levels, span))
  const silent = changed.levels.rules.filter(({ kind }) => kind !== 'requests').map(({ name }) => name)
  if (silent.length > 0)
    notes.push(
      `Records say nothing of backends that nobody asked, nor of gauges: not replayed are ${silent.join(', ')}.`,
    )
  if (presence === undefined)
    notes.push('Nobody has counted for these objectives then, so that "no data" is not replayed.')
  else if (presence.missing > 0)
    notes.push(
      `In ${presence.missing} minutes nobody counted: no gateway was there, or its counts were lost.`,
    )
  notes.push(...uncounted.map((name) => `${name}: none of these records is of a request that counts for it.`))
  notes.push(...toLostNotes(counted, present, input))
  return notes
}

/** A window that reaches further back than what is replayed holds less than it would have. */
function toWindowNotes({ objectives }: ServiceLevels, { fromMinute, toMinute }: Span): readonly string[] {
  const length = toMinute - fromMinute
  return objectives.flatMap((objective) => {
    const { name, window, noDataMinutes, burns } = objective
    const own = window.kind === 'rolling' ? window.days * DAY_MINUTES : undefined
    const asked = burns.flatMap(({ longMinutes, shortMinutes }) => [longMinutes, shortMinutes])
    const longest = Math.max(
      ...windowsOf(objective).filter((each) => asked.includes(each) || each === noDataMinutes),
      0,
    )
    const parts = [
      ...(own === undefined || own > length
        ? [own === undefined ? 'its month' : `its window of ${printMinutes(own)}`]
        : []),
      ...(longest > length ? [`an alert over ${printMinutes(longest)}`] : []),
    ]
    if (parts.length === 0) return []
    return [
      `${name}: ${parts.join(' and ')} may reach further back than the ${printMinutes(length)} that are replayed, and hold less than they would have.`,
    ]
  })
}

/** What the present objectives were counted to be then is known; where records are fewer, some were lost. */
function toLostNotes(
  counted: ReadonlyMap<string, Tape>,
  tape: ReplayTape | undefined,
  { present, span }: ReplayInput,
): readonly string[] {
  if (tape === undefined) return []
  return (present?.levels.objectives ?? []).flatMap(({ name }) => {
    const was = sumOf(counted.get(name)?.pieces ?? []).total
    const { total } = tape.sum(name, span.fromMinute, span.toMinute)
    if (was <= total) return []
    return [
      `${name}: ${was} requests were counted then, of which ${was - total} have no record that counts now: it is gone, or something else was meant.`,
    ]
  })
}

function printMinutes(minutes: number): string {
  return printDuration(minutes * MINUTE_MS)
}

function printMoment(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 'yyyy-mm-ddThh:mm'.length).replace('T', ' ')} UTC`
}
