// Counts of objectives by minute and by hour. An hour is the sum of its minutes at all times: both are written together.
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { ObjectiveMinute, ObjectiveSum } from '../../core/minutes.ts'
import type { RecordStore } from '../store.ts'

const HOUR = 60

/** Minutes before this one were removed for their age. */
const MINUTES_FROM = 'minutes_from'
/** How many batches were written. */
const BATCHES = 'batches'

export class Counts {
  readonly #db: DatabaseSync
  readonly #addMinute: StatementSync
  readonly #insertMinute: StatementSync
  readonly #addHour: StatementSync
  readonly #objective: StatementSync
  readonly #insertObjective: StatementSync
  readonly #noteBatch: StatementSync

  constructor(db: DatabaseSync) {
    this.#db = db
    this.#addMinute = db.prepare(
      `UPDATE minutes SET good = good + ?, total = total + ?, excluded = excluded + ?
       WHERE objective = ? AND minute = ?`,
    )
    this.#insertMinute = db.prepare(
      'INSERT INTO minutes (good, total, excluded, objective, minute) VALUES (?, ?, ?, ?, ?)',
    )
    this.#addHour = db.prepare(
      `INSERT INTO hours (good, total, excluded, objective, hour, minutes) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET good = good + ?1, total = total + ?2, excluded = hours.excluded + ?3, minutes = minutes + ?6`,
    )
    this.#noteBatch = db.prepare(
      'INSERT INTO marks (name, value) VALUES (?, 1) ON CONFLICT DO UPDATE SET value = value + 1 RETURNING value',
    )
    this.#objective = db.prepare('SELECT id FROM objectives WHERE name = ?')
    this.#insertObjective = db.prepare('INSERT INTO objectives (name) VALUES (?) RETURNING id')
  }

  /** Inside a transaction of the caller's. */
  add(minutes: readonly ObjectiveMinute[]): void {
    if (minutes.length === 0) return
    const from = this.#minutesFrom()
    for (const { objective, minute, good, total, excluded } of minutes) {
      const id = this.#idOf(objective)
      const counts = [good, total, excluded, id] as const
      // Of an hour whose minutes are gone one late minute would look like the whole of it.
      const isNew = minute >= from && Number(this.#addMinute.run(...counts, minute).changes) === 0
      if (isNew) this.#insertMinute.run(...counts, minute)
      this.#addHour.run(...counts, Math.floor(minute / HOUR), isNew ? 1 : 0)
    }
  }

  /** Inside the transaction that writes a batch; answers how many there were with it. */
  noteBatch(): number {
    return Number(this.#noteBatch.get(BATCHES)?.['value'])
  }

  batches(): number {
    return this.#markOf(BATCHES)
  }

  sum(from: number, to: number): Map<string, ObjectiveSum> {
    if (to <= from) return new Map()
    const gone = this.#minutesFrom()
    const firstHour = Math.ceil(from / HOUR)
    const lastHour = Math.floor(to / HOUR)
    // The last hour is not over within the window: minute by minute, or whole where its minutes are gone.
    const isLastWhole = lastHour * HOUR < gone && lastHour * HOUR < to && lastHour * HOUR >= from
    const hours: Span = [firstHour, isLastWhole ? lastHour + 1 : lastHour]
    const minutes: readonly Span[] =
      firstHour > lastHour
        ? [[from, to]]
        : [
            [from, firstHour * HOUR],
            [lastHour * HOUR, isLastWhole ? lastHour * HOUR : to],
          ]
    const sums = new Map<string, ObjectiveSum>()
    this.#addUp(sums, { table: 'hours', unit: 'hour', count: 'sum(minutes)' }, hours)
    for (const span of minutes) {
      this.#addUp(sums, { table: 'minutes', unit: 'minute', count: 'count(*)' }, span)
    }
    return sums
  }

  rows({ objective, fromMinute, toMinute, step }: Parameters<RecordStore['minutes']>[0]): ObjectiveMinute[] {
    const [table, unit, factor] = step === 'hour' ? ['hours', 'hour', HOUR] : ['minutes', 'minute', 1]
    return this.#db
      .prepare(
        `SELECT ${unit} * ${factor} AS minute, good, total, excluded FROM ${table}
         WHERE objective = (SELECT id FROM objectives WHERE name = ?) AND ${unit} >= ? AND ${unit} < ? ORDER BY ${unit}`,
      )
      .all(objective, Math.ceil(fromMinute / factor), Math.ceil(toMinute / factor))
      .map((row) => ({
        objective,
        minute: Number(row['minute']),
        good: Number(row['good']),
        total: Number(row['total']),
        excluded: Number(row['excluded']),
      }))
  }

  /** Removes minutes and hours that ended before these minutes, by whole hours; answers how many of each. */
  remove(minutesBefore: number, hoursBefore: number): { readonly minutes: number; readonly hours: number } {
    const firstKept = Math.floor(minutesBefore / HOUR) * HOUR
    if (firstKept > this.#minutesFrom()) {
      this.#db
        .prepare(
          'INSERT INTO marks (name, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value',
        )
        .run(MINUTES_FROM, firstKept)
    }
    const remove = (table: string, unit: string, before: number): number =>
      Number(this.#db.prepare(`DELETE FROM ${table} WHERE ${unit} < ?`).run(before).changes)
    return {
      minutes: remove('minutes', 'minute', firstKept),
      hours: remove('hours', 'hour', Math.floor(hoursBefore / HOUR)),
    }
  }

  #addUp(
    sums: Map<string, ObjectiveSum>,
    { table, unit, count }: { table: string; unit: string; count: string },
    [from, to]: Span,
  ): void {
    if (to <= from) return
    const rows = this.#db
      .prepare(
        // Rows of all objectives lie by time: added up where they lie, and named afterwards. A join first reads the whole table.
        `SELECT name, good, total, excluded, minutes FROM (
           SELECT objective, sum(good) AS good, sum(total) AS total, sum(excluded) AS excluded, ${count} AS minutes
           FROM ${table} WHERE ${unit} >= ? AND ${unit} < ? GROUP BY objective
         ) JOIN objectives ON id = objective`,
      )
      .all(from, to)
    for (const row of rows) {
      const name = String(row['name'])
      const sum = sums.get(name)
      sums.set(name, {
        good: (sum?.good ?? 0) + Number(row['good']),
        total: (sum?.total ?? 0) + Number(row['total']),
        excluded: (sum?.excluded ?? 0) + Number(row['excluded']),
        minutes: (sum?.minutes ?? 0) + Number(row['minutes']),
      })
    }
  }

  #idOf(objective: string): number {
    const id = this.#objective.get(objective)?.['id'] ?? this.#insertObjective.get(objective)?.['id']
    return Number(id)
  }

  #minutesFrom(): number {
    return this.#markOf(MINUTES_FROM)
  }

  #markOf(name: string): number {
    return Number(this.#db.prepare('SELECT value FROM marks WHERE name = ?').get(name)?.['value'] ?? 0)
  }
}

/** From (inclusive) to (exclusive). */
type Span = readonly [from: number, to: number]
