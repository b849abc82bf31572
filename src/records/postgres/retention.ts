// What is too old or too much leaves: days as whole tables, the rest of a day row by row.
import type { Removed, RecordStore, Retention } from '../store.ts'
import { DAY_MS, dropDay, listDays, startOfDay, type DayTable, type Days } from './days.ts'
import { retainMinutes } from './minutes.ts'
import { toSafeText } from './rows.ts'
import { LOCK_SPACE, LOCKS, lockKey } from './schema.ts'
import type { Ask, Session } from './session.ts'

/** Removing takes as long as a whole day of records needs to be read; nobody waits for it. */
const RETENTION_MS = 600_000
/** Rows that are removed in one statement: a second's work at most, so that no lock is held for longer. */
const SLICE_ROWS = 20_000
/** A large day is counted by what the planner knows of it: reading it all, only to say how much it was, could take minutes. */
const MOST_COUNTED = 1_000_000
/** Removed to below the limit by this much, so that it is not reached again with the next batch. */
const TARGET_RATIO = 0.9

const NOTHING: Removed = { records: 0, minutes: 0, hours: 0 }

export async function retain(
  { session, days }: { readonly session: Session; readonly days: Days },
  retention: Retention,
  nowMs: number,
): Promise<Removed> {
  await days.prepare(nowMs)
  try {
    return await session.run((ask) => retainAlone(ask, retention, nowMs), RETENTION_MS)
  } finally {
    days.forget()
  }
}

/** One gateway at a time; the others leave it to that one. */
async function retainAlone(ask: Ask, retention: Retention, nowMs: number): Promise<Removed> {
  const lock = `${LOCK_SPACE}, ${lockKey(LOCKS.retention)}`
  const [row] = await ask(`select pg_try_advisory_lock(${lock}) as held`)
  if (row?.['held'] !== true) return NOTHING
  const { recordsMs, maxBytes } = retention
  const records = (await removeOld(ask, nowMs - recordsMs)) + (await removeExcess(ask, maxBytes))
  const counts = await retainMinutes(ask, { ...retention, nowMs })
  // A failure before this ends the session, and the lock with it.
  await ask(`select pg_advisory_unlock(${lock})`)
  return { records, ...counts }
}

async function removeOld(ask: Ask, beforeMs: number): Promise<number> {
  let removed = 0
  for (const table of await listDays(ask)) {
    if (table.dayMs + DAY_MS <= beforeMs || table.state !== 'attached') removed += await removeDay(ask, table)
    else if (table.dayMs === startOfDay(beforeMs))
      removed += await removeRows(ask, table, Math.ceil(beforeMs))
  }
  return removed
}

async function removeDay(ask: Ask, table: DayTable): Promise<number> {
  const count = table.parent === 'weir_records' ? await countRows(ask, table) : 0
  await dropDay(ask, table)
  return count
}

async function countRows(ask: Ask, { name }: DayTable): Promise<number> {
  const [counted] = await ask(
    `select count(*)::int as count from (select from ${name} limit ${MOST_COUNTED}) as counted`,
  )
  const count = Number(counted?.['count'])
  if (count < MOST_COUNTED) return count
  const [known] = await ask(`select reltuples as count from pg_class where oid = '${name}'::regclass`)
  return Math.max(count, Number(known?.['count']))
}

async function removeRows(ask: Ask, { name, parent }: DayTable, beforeMs: number): Promise<number> {
  const sql = `
    with gone as (
      delete from ${name} where ctid = any(array(
        select ctid from ${name} where started_ms < $1 limit ${SLICE_ROWS}
      )) returning 1
    )
    select count(*)::int as count from gone`
  let removed = 0
  for (;;) {
    const [row] = await ask(sql, [beforeMs])
    const count = Number(row?.['count'])
    removed += parent === 'weir_records' ? count : 0
    if (count < SLICE_ROWS) return removed
  }
}

const BYTES = `
  select coalesce(sum(pg_total_relation_size(oid)), 0)::double precision as bytes from pg_class
  where relnamespace = current_schema()::regnamespace and relkind = 'r' and relname like 'weir\\_%'`

export async function readBytes(ask: Ask): Promise<number> {
  const [row] = await ask(BYTES)
  return Number(row?.['bytes'])
}

/** The oldest days as a whole; of the last one that has records the older part, after which its tables are written anew. */
async function removeExcess(ask: Ask, maxBytes: number | undefined): Promise<number> {
  if (maxBytes === undefined || (await readBytes(ask)) <= maxBytes) return 0
  const target = maxBytes * TARGET_RATIO
  let removed = 0
  const tables = (await listDays(ask)).filter(({ state }) => state === 'attached')
  const filled = await filledDays(ask, tables)
  for (const [at, dayMs] of filled.entries()) {
    const excess = (await readBytes(ask)) - target
    if (excess <= 0) break
    const ofDay = tables.filter((table) => table.dayMs === dayMs)
    const isLast = at === filled.length - 1
    if (isLast) removed += await shrinkDay(ask, ofDay, excess)
    else for (const table of ofDay) removed += await removeDay(ask, table)
  }
  return removed
}

async function filledDays(ask: Ask, tables: readonly DayTable[]): Promise<readonly number[]> {
  const filled: number[] = []
  for (const { name, parent, dayMs } of tables) {
    if (parent !== 'weir_records') continue
    const [row] = await ask(`select exists (select from ${name}) as filled`)
    if (row?.['filled'] === true) filled.push(dayMs)
  }
  return filled
}

/**
 * Removed rows leave holes in a table, not a smaller one: it is written anew. Batches of that moment wait, or fail and are
 * counted; a limit that is larger than a day of records never comes here.
 */
async function shrinkDay(ask: Ask, tables: readonly DayTable[], excess: number): Promise<number> {
  const records = tables.find(({ parent }) => parent === 'weir_records')
  if (records === undefined) return 0
  const sizes = tables.map(({ name }) => `pg_total_relation_size('${name}')`)
  const [size] = await ask(`select (${sizes.join(' + ')})::double precision as bytes`)
  const shareRatio = Math.min(1, excess / Math.max(1, Number(size?.['bytes'])))
  const [cut] = await ask(
    `select percentile_disc($1::double precision) within group (order by started_ms) as ms from ${records.name}`,
    [shareRatio],
  )
  let removed = 0
  for (const table of tables) {
    removed += await removeRows(ask, table, Number(cut?.['ms']) + 1)
    await ask(`vacuum full ${table.name}`)
  }
  return removed
}

/** Of one key or tenant: what was said, or everything. */
export async function purge(
  session: Session,
  { of, what }: Parameters<RecordStore['purge']>[0],
): Promise<number> {
  const [column, name] = 'key' in of ? ['key', of.key] : ['tenant', of.tenant]
  const remove = async (ask: Ask, table: string): Promise<number> => {
    const sql = `with gone as (delete from ${table} where ${column} = $1 returning 1)
      select count(*)::double precision as count from gone`
    const [row] = await ask(sql, [toSafeText(name)])
    return Number(row?.['count'])
  }
  return session.transaction(async (ask) => {
    const contents = await remove(ask, 'weir_contents')
    return what === 'content' ? contents : remove(ask, 'weir_records')
  }, RETENTION_MS)
}
