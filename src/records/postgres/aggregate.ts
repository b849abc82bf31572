// Counts, sums and exact quantiles over records, by groups.
import type { AggregateQuery, AggregateRow, Group, Measure } from '../store.ts'
import { createParameters, toCondition } from './filter.ts'
import type { Row, Session } from './session.ts'

const MEASURES: Readonly<Record<Measure, string>> = {
  duration: 'duration_ms',
  firstToken: 'first_token_ms',
  perToken: 'per_token_ms',
}

const HOUR_MS = 3_600_000

const GROUPS: Readonly<Record<Group, string>> = {
  model: 'model_routed',
  backend: 'backend',
  tenant: 'tenant',
  key: 'key',
  endpoint: 'endpoint',
  outcome: 'outcome',
  cause: 'cause',
  hour: `started_ms / ${HOUR_MS}`,
}

export async function aggregate(session: Session, query: AggregateQuery): Promise<readonly AggregateRow[]> {
  const { filter, measure, quantiles, by } = query
  const parameters = createParameters()
  const value = MEASURES[measure]
  const where = toCondition(filter, parameters)
  // By the nearest rank, as `percentile_disc` has it: a value that was really measured.
  const ranks = `percentile_disc(${parameters.add(quantiles)}::double precision[]) within group (order by ${value})`
  const sql = `
    select ${by.map((group, at) => `(${GROUPS[group]})::text as g${at}, `).join('')}
      count(*)::double precision as count, sum(${value}) as sum_ms, ${ranks} as quantiles
    from weir_records where ${where} and ${value} is not null
    ${by.length === 0 ? '' : `group by ${by.map((_, at) => at + 1).join(', ')}`}
    order by count desc`
  const rows = await session.run((ask) => ask(sql, parameters.values))
  return rows.filter((row) => Number(row['count']) > 0).map((row) => toAggregateRow(row, by))
}

function toAggregateRow(row: Row, by: readonly Group[]): AggregateRow {
  const group = by.flatMap((name, at) => {
    const text = row[`g${at}`]
    return typeof text === 'string' ? [[name, toGroupText(name, text)] as const] : []
  })
  const values = Array.isArray(row['quantiles']) ? row['quantiles'] : []
  return {
    group: Object.fromEntries(group),
    count: Number(row['count']),
    sumMs: Number(row['sum_ms'] ?? 0),
    quantilesMs: values.map(Number),
  }
}

function toGroupText(group: Group, text: string): string {
  return group === 'hour' ? new Date(Number(text) * HOUR_MS).toISOString() : text
}
