// A filter as an SQL condition over `records`. Every value goes in as a bound parameter, never as text of a statement.
import type { RecordFilter } from '../store.ts'
import { firstSeqOf } from './seq.ts'
import { toWordCondition, type Words, type WordValue } from './words.ts'

const LEAST_FAILED = 400

export interface Condition {
  /** Always a condition: `TRUE` where nothing is asked for. */
  readonly sql: string
  readonly values: readonly WordValue[]
}

/** Numbers of rows, beside the times of a filter: from (inclusive) and before (exclusive). */
export interface SeqSpan {
  readonly from?: number
  readonly before?: number
}

export function toCondition(filter: RecordFilter, words: Words, span: SeqSpan = {}): Condition {
  const parts: Condition[] = []
  const add = (sql: string, ...values: readonly WordValue[]): void => void parts.push({ sql, values })
  const { status, slowerThanMs, model } = filter
  const { from, before } = narrow(span, filter)
  if (from !== -Infinity) add('seq >= ?', from)
  if (before !== Infinity) add('seq < ?', before)
  if (status !== undefined) {
    add('status BETWEEN ? AND ?', status.from, status.to)
    // Said in the words of the index over what failed, which is a few of many.
    if (status.from >= LEAST_FAILED) add(`status >= ${LEAST_FAILED}`)
  }
  if (slowerThanMs !== undefined) add('duration_ms > ?', slowerThanMs)
  if (model !== undefined) {
    const sides = ['model_routed', 'model_asked'].map((column) =>
      toWordCondition(column, { pattern: model, words }),
    )
    add(`(${sides.map(({ sql }) => sql).join(' OR ')})`, ...sides.flatMap(({ values }) => values))
  }
  for (const column of ['backend', 'key', 'tenant', 'outcome', 'endpoint'] as const) {
    const name = filter[column]
    // These are always words: one that the file does not know stands in no row.
    if (name !== undefined) add(`${column} = ?`, words.find(name) ?? null)
  }
  return {
    sql: parts.length === 0 ? 'TRUE' : parts.map(({ sql }) => sql).join(' AND '),
    values: parts.flatMap(({ values }) => values),
  }
}

/** One bound on each side: of two SQLite begins at the first, and walks to the other row by row. */
function narrow(
  { from = -Infinity, before = Infinity }: SeqSpan,
  { sinceMs, untilMs }: RecordFilter,
): Required<SeqSpan> {
  return {
    from: sinceMs === undefined ? from : Math.max(from, toBoundSeq(sinceMs)),
    before: untilMs === undefined ? before : Math.min(before, toBoundSeq(untilMs)),
  }
}

/** The first row that began at or after that moment. */
function toBoundSeq(ms: number): number {
  return firstSeqOf(Math.ceil(ms))
}
