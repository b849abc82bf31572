// Minutes of objectives in PostgreSQL. Each event is in exactly one of two tables: in its minute, or, once that minute is too old
// to be kept, in its hour. So a sum over time is a sum over both.
import type { ObjectiveMinute, ObjectiveSum } from '../../core/minutes.ts'
import type { RecordStore } from '../store.ts'
import { toSafeText } from './rows.ts'
import type { Ask, Row, Session } from './session.ts'

export const MINUTES_AN_HOUR = 60

/** One row for each objective and minute, in an order that all gateways share: two that add to the same rows never block each other for good. */
export function toDeltas(minutes: readonly ObjectiveMinute[]): readonly ObjectiveMinute[] {
  const sums = new Map<string, ObjectiveMinute>()
  for (const each of minutes) {
    const key = keyOf(each)
    const before = sums.get(key)
    sums.set(key, before === undefined ? each : add(before, each, 1))
  }
  return [...sums.values()].sort((left, right) => compare(keyOf(left), keyOf(right)))
}

/** What is left of the first when the second was counted before. */
export function subtract(
  minutes: readonly ObjectiveMinute[],
  counted: readonly ObjectiveMinute[],
): readonly ObjectiveMinute[] {
  const before = new Map(toDeltas(counted).map((each) => [keyOf(each), each]))
  return toDeltas(minutes).flatMap((each) => {
    const done = before.get(keyOf(each))
    const rest = done === undefined ? each : add(each, done, -1)
    return done === undefined || rest.total > 0 || rest.excluded > 0 ? [rest] : []
  })
}

function keyOf({ objective, minute }: ObjectiveMinute): string {
  return `${minute}:${objective}`
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0
}

function add(left: ObjectiveMinute, right: ObjectiveMinute, sign: 1 | -1): ObjectiveMinute {
  return {
    ...left,
    good: Math.max(0, left.good + sign * right.good),
    total: Math.max(0, left.total + sign * right.total),
    excluded: Math.max(0, left.excluded + sign * right.excluded),
  }
}

const ADD = `
  insert into weir_minutes as kept (objective, minute, good, total, left_out)
  select objective, minute, good, total, excluded
  from json_to_recordset($1::json) as added (objective text, minute bigint, good bigint, total bigint, excluded bigint)
  on conflict (objective, minute) do update set
    good = kept.good + excluded.good,
    total = kept.total + excluded.total,
    left_out = kept.left_out + excluded.left_out`

export async function addMinutes(ask: Ask, deltas: readonly ObjectiveMinute[]): Promise<void> {
  if (deltas.length === 0) return
  await ask(ADD, [JSON.stringify(deltas.map((each) => ({ ...each, objective: toSafeText(each.objective) })))])
}

const SUMS = `
  select objective, sum(good)::double precision as good, sum(total)::double precision as total,
    sum(left_out)::double precision as left_out, sum(minutes)::double precision as minutes
  from (
    select objective, good, total, left_out, 1 as minutes from weir_minutes where minute >= $1 and minute < $2
    union all
    select objective, good, total, left_out, minutes from weir_hours where minute >= $1 and minute < $2
  ) as kept
  group by objective`

const BY_MINUTE = `
  select minute, good, total, left_out from weir_minutes
  where objective = $1 and minute >= $2 and minute < $3 order by minute`

const BY_HOUR = `
  select minute, sum(good) as good, sum(total) as total, sum(left_out) as left_out
  from (
    select minute - minute % ${MINUTES_AN_HOUR} as minute, good, total, left_out from weir_minutes
    where objective = $1 and minute >= $2 and minute < $3 + ${MINUTES_AN_HOUR}
    union all
    select minute, good, total, left_out from weir_hours where objective = $1
  ) as kept
  where minute >= $2 and minute < $3 group by minute order by minute`

export function createMinutes(session: Session): Pick<RecordStore, 'sumMinutes' | 'minutes'> {
  return {
    async sumMinutes(fromMinute, toMinute) {
      const rows = await session.run((ask) => ask(SUMS, [Math.ceil(fromMinute), Math.ceil(toMinute)]))
      return new Map(rows.map((row) => [String(row['objective']), toSum(row)]))
    },
    async minutes({ objective, fromMinute, toMinute, step }) {
      const values = [toSafeText(objective), Math.ceil(fromMinute), Math.ceil(toMinute)]
      const rows = await session.run((ask) => ask(step === 'hour' ? BY_HOUR : BY_MINUTE, values))
      return rows.map((row) => ({ objective, minute: Number(row['minute']), ...toCounts(row) }))
    },
  }
}

function toCounts(row: Row): Pick<ObjectiveSum, 'good' | 'total' | 'excluded'> {
  return { good: Number(row['good']), total: Number(row['total']), excluded: Number(row['left_out']) }
}

function toSum(row: Row): ObjectiveSum {
  return { ...toCounts(row), minutes: Number(row['minutes']) }
}

/** Moves each hour whose last minute is too old from one table to the other, in one statement: nothing is counted twice or lost. */
const ROLL_UP = `
  with gone as (delete from weir_minutes where minute < $1 returning *),
  kept as (
    insert into weir_hours as kept (objective, minute, good, total, left_out, minutes)
    select objective, minute - minute % ${MINUTES_AN_HOUR}, sum(good), sum(total), sum(left_out), count(*)
    from gone group by 1, 2 order by 1, 2
    on conflict (objective, minute) do update set
      good = kept.good + excluded.good,
      total = kept.total + excluded.total,
      left_out = kept.left_out + excluded.left_out,
      minutes = kept.minutes + excluded.minutes
  )
  select count(*)::double precision as count from gone`

const FORGET = `
  with gone as (delete from weir_hours where minute < $1 returning 1)
  select count(*)::double precision as count from gone`

const MINUTE_MS = 60_000

/** Whole hours only. */
export async function retainMinutes(
  ask: Ask,
  {
    minutesMs,
    hoursMs,
    nowMs,
  }: { readonly minutesMs: number; readonly hoursMs: number; readonly nowMs: number },
): Promise<{ readonly minutes: number; readonly hours: number }> {
  const removeBefore = async (sql: string, ms: number): Promise<number> => {
    const minute = Math.floor(ms / MINUTE_MS / MINUTES_AN_HOUR) * MINUTES_AN_HOUR
    const [row] = await ask(sql, [minute])
    return Number(row?.['count'] ?? 0)
  }
  const minutes = await removeBefore(ROLL_UP, nowMs - minutesMs)
  return { minutes, hours: await removeBefore(FORGET, nowMs - hoursMs) }
}
