// Reads what records add to a report. Where there are few, each of them; where there are very many, all that were bad and some of
// the others, spread over the period: counts come from minutes and are exact, a sample tells what is usual.
import { badFilters } from '../attribution-blame.ts'
import type { BlameFilter } from '../attribution-blame.ts'
import type { ExplainedOutline, OutlineWants } from '../../core/outline.ts'
import { judgesGaps } from '../indicator.ts'
import type { Objective } from '../objective.ts'
import type { Usual } from '../usual.ts'
import { MINUTE_MS } from '../windows/config.ts'
import type { Collector } from './details.ts'
import type { Span } from './report.ts'

export type ScanFilter = Partial<Pick<BlameFilter, 'sinceMs' | 'untilMs' | 'slowerThanMs' | 'outcome'>>

export interface RecordSource {
  /** Earliest first. */
  scan(filter: ScanFilter, wants: OutlineWants): AsyncIterable<readonly ExplainedOutline[]>
  /** No more of each record than is wanted, which comes several times as fast. */
  readonly givesOutlines?: boolean
  /** The latest of these; absent: each record is read. */
  readonly page?: Page
}

type Page = (query: {
  readonly filter: ScanFilter
  readonly limit: number
  readonly wants: OutlineWants
}) => Promise<{ readonly records: readonly ExplainedOutline[] }>

export interface Reader {
  readonly objective: Objective
  readonly period: Span
  /** Longest first, as far as they matter. */
  readonly incidents: readonly Span[]
  /** Requests that were counted or left out. */
  readonly events: number
  readonly collector: Collector
}

export interface ReadingInput {
  readonly source: RecordSource
  readonly readers: readonly Reader[]
  readonly usual: Usual
  readonly onProgress: (progress: { step: 'records'; ratio: number; records: number }) => void
}

/** No request takes longer from its beginning to its end; one that does may be missing from what records add. */
const LONGEST_REQUEST_MS = 3_600_000
/** So many are read in some ten seconds: whole records, and outlines of them. */
const MOST_WHOLE = 200_000
const MOST_OUTLINES = 2_000_000
/** The period in so many pieces, and so many records of each: rates over days show, and a minute's burst is not all there is. */
const SAMPLED_SPANS = 120
const PER_SPAN = 500
const MOST_INCIDENTS = 20

/** When the first of the records that are kept began; undefined where none is. */
export async function readRecords(input: ReadingInput): Promise<number | undefined> {
  const { source, readers } = input
  const firstMs = await findFirst(source)
  if (firstMs === undefined || readers.length === 0) return firstMs
  const sinceMs = Math.min(...readers.map(({ period }) => period.fromMinute * MINUTE_MS)) - LONGEST_REQUEST_MS
  const untilMs = Math.max(...readers.map(({ period }) => period.toMinute * MINUTE_MS))
  const times = { fromMs: Math.max(firstMs, sinceMs), sinceMs, untilMs }
  const most = source.givesOutlines === true ? MOST_OUTLINES : MOST_WHOLE
  const isMany = readers.some(({ events }) => events > most)
  const isFindable = readers.every(({ objective }) => badFilters(objective.indicator).length > 0)
  const { page } = source
  if (page !== undefined && isMany && isFindable) await readSome(input, times, page)
  else await readAll(input, times)
  return firstMs
}

interface Times {
  readonly fromMs: number
  readonly sinceMs: number
  readonly untilMs: number
}

async function readAll({ source, readers, usual, onProgress }: ReadingInput, times: Times): Promise<void> {
  const { fromMs, sinceMs, untilMs } = times
  let records = 0
  for await (const slice of source.scan({ sinceMs, untilMs }, wantsOf(readers))) {
    for (const explained of slice) {
      for (const { collector } of readers) collector.add(explained)
      usual.note(explained.record)
    }
    records += slice.length
    onProgress({ step: 'records', ratio: ratioOf(slice.at(-1), { fromMs, untilMs }), records })
  }
}

async function readSome(input: ReadingInput, times: Times, page: Page): Promise<void> {
  const { source, readers, usual, onProgress } = input
  const { fromMs, sinceMs, untilMs } = times
  let records = 0
  const note = (ratio: number, count: number): void => {
    records += count
    onProgress({ step: 'records', ratio, records })
  }
  const spans = toSpans(readers, { fromMs, untilMs })
  const steps = spans.length + readers.length
  const wants = wantsOf(readers)
  const seen = new Set<string>()
  for (const [at, span] of spans.entries()) {
    const found = await page({ filter: span, limit: PER_SPAN, wants })
    const fresh = found.records.filter(({ record }) => !seen.has(record.id))
    for (const explained of fresh) {
      seen.add(explained.record.id)
      for (const { collector } of readers) collector.sample(explained)
      usual.note(explained.record)
    }
    note((at + 1) / steps, fresh.length)
  }
  for (const [at, { objective, collector }] of readers.entries())
    for (const wanted of badFilters(objective.indicator))
      for await (const slice of source.scan({ ...wanted, sinceMs, untilMs }, wants)) {
        for (const explained of slice) collector.addBad(explained)
        note((spans.length + at + ratioOf(slice.at(-1), { fromMs, untilMs })) / steps, slice.length)
      }
  note(1, 0)
}

/** All of the time in equal pieces, and once more each incident, so that what went well in it can be compared. */
function toSpans(
  readers: readonly Reader[],
  { fromMs, untilMs }: { readonly fromMs: number; readonly untilMs: number },
): readonly { readonly sinceMs: number; readonly untilMs: number }[] {
  const stepMs = (untilMs - fromMs) / SAMPLED_SPANS
  const equal = Array.from({ length: SAMPLED_SPANS }, (_, at) => ({
    sinceMs: Math.round(fromMs + at * stepMs),
    untilMs: Math.round(fromMs + (at + 1) * stepMs),
  }))
  const incidents = readers.flatMap((reader) =>
    reader.incidents.slice(0, MOST_INCIDENTS).map(({ fromMinute, toMinute }) => ({
      sinceMs: fromMinute * MINUTE_MS,
      untilMs: toMinute * MINUTE_MS,
    })),
  )
  return [...equal, ...incidents]
}

function ratioOf(
  last: ExplainedOutline | undefined,
  { fromMs, untilMs }: { readonly fromMs: number; readonly untilMs: number },
): number {
  if (untilMs <= fromMs) return 1
  const lastMs = last?.record.startedAtMs ?? fromMs
  return Math.min(1, Math.max(0, (lastMs - fromMs) / (untilMs - fromMs)))
}

function wantsOf(readers: readonly Reader[]): OutlineWants {
  return { sums: true, gaps: readers.some(({ objective }) => judgesGaps(objective)) }
}

const NOTHING: OutlineWants = { sums: false, gaps: false }

async function findFirst(source: RecordSource): Promise<number | undefined> {
  const slices = source.scan({}, NOTHING)[Symbol.asyncIterator]()
  const first = await slices.next()
  await slices.return?.()
  return first.done === true ? undefined : first.value[0]?.record.startedAtMs
}
