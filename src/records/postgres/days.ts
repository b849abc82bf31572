// The tables of single days below `weir_records` and `weir_contents`: made ahead of their day, taken away as a whole.
// Days are those of UTC. Neither step locks out who reads or writes other days.
import { LOCK_SPACE, LOCKS, lockKey } from './schema.ts'
import type { Ask, Row, Session } from './session.ts'

export const DAY_MS = 86_400_000
const PARENTS = ['weir_records', 'weir_contents'] as const
/** `weir_records_20261121`; eight digits, so that no other table is taken for one. */
const DAY_TABLE = /^weir_(?:records|contents)_(\d{4})(\d{2})(\d{2})$/
/** The first and last days that eight digits can say; a broken clock must not make a table we cannot find again. */
const FIRST_MS = 0
const LAST_MS = Date.UTC(9_999, 11, 31)

/** A moment as it is kept: in a day that has a table. */
export function toKeptMs(startedAtMs: number): number {
  return Math.min(LAST_MS, Math.max(FIRST_MS, Math.floor(startedAtMs)))
}

export function startOfDay(ms: number): number {
  return Math.floor(ms / DAY_MS) * DAY_MS
}

function suffixOf(dayMs: number): string {
  return new Date(dayMs).toISOString().slice(0, 10).replaceAll('-', '')
}

export interface DayTable {
  readonly name: string
  readonly parent: (typeof PARENTS)[number]
  readonly dayMs: number
  /** `leaving`: a detachment was interrupted. `alone`: it was detached, and is only to be dropped. */
  readonly state: 'attached' | 'leaving' | 'alone'
}

const LIST = `
  select c.relname as name, i.inhdetachpending as leaving
  from pg_class c left join pg_inherits i on i.inhrelid = c.oid
  where c.relnamespace = current_schema()::regnamespace and c.relkind = 'r'
    and (c.relname like 'weir\\_records\\_%' or c.relname like 'weir\\_contents\\_%')
  order by c.relname`

/** Those there are, the oldest first. */
export async function listDays(ask: Ask): Promise<readonly DayTable[]> {
  const tables = (await ask(LIST)).flatMap(toDayTable)
  return tables.sort((left, right) => left.dayMs - right.dayMs || left.name.localeCompare(right.name))
}

function toDayTable({ name, leaving }: Row): DayTable[] {
  const [, year, month, day] = DAY_TABLE.exec(String(name)) ?? []
  if (year === undefined) return []
  const dayMs = Date.UTC(Number(year), Number(month) - 1, Number(day))
  const parent = String(name).startsWith(PARENTS[0]) ? PARENTS[0] : PARENTS[1]
  const state = leaving === null ? 'alone' : leaving === true ? 'leaving' : 'attached'
  return [{ name: String(name), parent, dayMs, state }]
}

/** Makes the tables of these days where they are missing; several gateways may ask at once. */
export async function makeDays(session: Session, days: readonly number[]): Promise<void> {
  await session.transaction(async (ask) => {
    await ask(`select pg_advisory_xact_lock(${LOCK_SPACE}, ${lockKey(LOCKS.tables)})`)
    const there = new Map((await listDays(ask)).map((table) => [table.name, table.state]))
    for (const dayMs of days) {
      for (const parent of PARENTS) {
        const name = `${parent}_${suffixOf(dayMs)}`
        const state = there.get(name)
        if (state === 'attached') continue
        if (state !== undefined) await ask(`drop table ${name}`)
        // Made beside its parent and then attached: made below it at once, it would lock out every reader of the others.
        await ask(`create table ${name} (like ${parent} including all)`)
        await ask(
          `alter table ${parent} attach partition ${name} for values from (${dayMs}) to (${dayMs + DAY_MS})`,
        )
      }
    }
  })
}

/** Takes one table away. Not in a transaction: the detachment waits for who still reads it, and holds up nobody meanwhile. */
export async function dropDay(ask: Ask, { name, parent, state }: DayTable): Promise<void> {
  if (state === 'attached') await ask(`alter table ${parent} detach partition ${name} concurrently`)
  if (state === 'leaving') await ask(`alter table ${parent} detach partition ${name} finalize`)
  await ask(`drop table ${name}`)
}

/** Remembers which days have their tables, so that a batch asks for them only when it is the first of its day. */
export interface Days {
  ensure(startedMs: Iterable<number>): Promise<void>
  /** Makes today's and those ahead of it. */
  prepare(nowMs: number): Promise<void>
  /** Somebody else may have dropped some. */
  forget(): void
}

/** Enough that a gateway which starts on a Friday finds its tables after the weekend, whoever is leading. */
const DAYS_AHEAD = 3
const MOST_REMEMBERED = 1_000

export function createDays(session: Session): Days {
  const known = new Set<number>()
  const ensureDays = async (days: Iterable<number>): Promise<void> => {
    const missing = [...new Set(days)].filter((day) => !known.has(day))
    if (missing.length === 0) return
    await makeDays(session, missing)
    if (known.size > MOST_REMEMBERED) known.clear()
    for (const day of missing) known.add(day)
  }
  return {
    ensure: (startedMs) => ensureDays([...startedMs].map(startOfDay)),
    prepare(nowMs) {
      const today = startOfDay(toKeptMs(nowMs))
      return ensureDays(Array.from({ length: DAYS_AHEAD + 1 }, (_, ahead) => today + ahead * DAY_MS))
    },
    forget: () => known.clear(),
  }
}
