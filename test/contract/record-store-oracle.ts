// What a filter, a measure and a quantile mean, written down a second time and as plainly as possible: stores are held against it.
import assert from 'node:assert/strict'
import type { RequestRecord } from '../../src/core/record.ts'
import type { AggregateQuery, AggregateRow, Group, Measure } from '../../src/records/store.ts'
import type { RecordFilter, StoredRecord } from '../../src/records/store.ts'

function fits(pattern: string, name: string | undefined): boolean {
  if (name === undefined) return false
  const escaped = pattern.split('*').map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
  return new RegExp(`^${escaped.join('.*')}$`, 'su').test(name)
}

const isEqual = (asked: string | undefined, has: string | undefined): boolean =>
  asked === undefined || asked === has

export function matches(filter: RecordFilter, { record: r }: StoredRecord): boolean {
  const { sinceMs = -Infinity, untilMs = Infinity, status, slowerThanMs = -Infinity, model } = filter
  return (
    r.startedAtMs >= sinceMs &&
    r.startedAtMs < untilMs &&
    (status === undefined || (r.status >= status.from && r.status <= status.to)) &&
    r.durationMs > slowerThanMs &&
    (model === undefined || fits(model, r.modelRouted) || fits(model, r.modelAsked)) &&
    isEqual(filter.backend, r.backend) &&
    isEqual(filter.key, r.key) &&
    isEqual(filter.tenant, r.tenant) &&
    isEqual(filter.outcome, r.outcome) &&
    isEqual(filter.endpoint, r.endpoint)
  )
}

function measureOf(measure: Measure, r: RequestRecord): number | undefined {
  if (measure === 'duration') return r.durationMs
  if (measure === 'firstToken') return r.firstTokenMs
  const { outputTokens } = r.usage
  if (r.firstTokenMs === undefined || outputTokens === undefined || outputTokens < 2) return undefined
  return (r.durationMs - r.firstTokenMs) / (outputTokens - 1)
}

const HOUR_MS = 3_600_000

function groupOf(group: Group, { record, verdict }: StoredRecord): string | undefined {
  if (group === 'model') return record.modelRouted
  if (group === 'cause') return verdict?.cause
  if (group === 'hour') return new Date(Math.floor(record.startedAtMs / HOUR_MS) * HOUR_MS).toISOString()
  return record[group]
}

/** The smallest value that at least this share of all values does not exceed. */
function nearestRank(sorted: readonly number[], quantile: number): number {
  const rank = Math.max(1, Math.ceil(quantile * sorted.length))
  return sorted[rank - 1] ?? Number.NaN
}

export function aggregated(all: readonly StoredRecord[], query: AggregateQuery): AggregateRow[] {
  const groups = new Map<string, { group: AggregateRow['group']; values: number[] }>()
  for (const stored of all) {
    const value = measureOf(query.measure, stored.record)
    if (value === undefined || !matches(query.filter, stored)) continue
    const named = query.by.flatMap((by) => {
      const name = groupOf(by, stored)
      return name === undefined ? [] : [[by, name] as const]
    })
    const key = JSON.stringify(named)
    const found = groups.get(key) ?? { group: Object.fromEntries(named), values: [] as number[] }
    groups.set(key, found)
    found.values.push(value)
  }
  return [...groups.values()].map(({ group, values }) => {
    const sorted = values.toSorted((one, other) => one - other)
    return {
      group,
      count: values.length,
      sumMs: values.reduce((sum, value) => sum + value, 0),
      quantilesMs: query.quantiles.map((quantile) => nearestRank(sorted, quantile)),
    }
  })
}

/** Sums of fractions depend on the order in which they are added up. */
const SUM_TOLERANCE = 1e-9

const keyOf = ({ group }: AggregateRow): string => JSON.stringify(Object.entries(group).toSorted())

export function assertSameRows(actual: readonly AggregateRow[], expected: readonly AggregateRow[]): void {
  const sort = (rows: readonly AggregateRow[]): AggregateRow[] =>
    rows.toSorted((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1))
  const plain = (rows: readonly AggregateRow[]): unknown =>
    sort(rows).map(({ group, count, quantilesMs }) => ({
      key: keyOf({ group } as AggregateRow),
      count,
      quantilesMs,
    }))
  assert.deepEqual(plain(actual), plain(expected))
  for (const [at, { sumMs }] of sort(expected).entries()) {
    const difference = Math.abs((sort(actual)[at]?.sumMs ?? Number.NaN) - sumMs)
    assert.ok(difference <= SUM_TOLERANCE * Math.max(1, sumMs), `${difference} away from ${sumMs}`)
  }
}
