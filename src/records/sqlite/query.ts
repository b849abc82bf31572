// Questions about records, asked of one open file: pages, slices of a scan, aggregates. Everything here is synchronous.
import type { DatabaseSync } from 'node:sqlite'
import { RecordStoreError } from '../store.ts'
import type { AggregateQuery, AggregateRow, Group, Measure, RecordFilter } from '../store.ts'
import type { StoredContent } from '../store.ts'
import type { PackedRecords } from '../codec/layout.ts'
import type { PackedPage } from '../packed-store.ts'
import { toQuantiles } from '../quantiles.ts'
import { COLLECT, Collector } from './collector.ts'
import { toCondition } from './filter.ts'
import { IdBlocks } from './id-blocks.ts'
import { ROW_SQL, RowPacker, type Row } from './rows.ts'
import { PER_MS } from './seq.ts'
import type { Words, WordValue } from './words.ts'

const HOUR_MS = 3_600_000

const MEASURE_SQL: Readonly<Record<Measure, string>> = {
  duration: 'duration_ms',
  firstToken: 'first_token_ms',
  perToken: 'CASE WHEN output_tokens > 1 THEN (duration_ms - first_token_ms) / (output_tokens - 1) END',
}

const GROUP_SQL: Readonly<Record<Group, string>> = {
  model: 'model_routed',
  backend: 'backend',
  tenant: 'tenant',
  key: 'key',
  endpoint: 'endpoint',
  outcome: 'outcome',
  cause: 'cause',
  hour: `seq / ${PER_MS * HOUR_MS}`,
}

export class RecordQueries {
  readonly #db: DatabaseSync
  readonly #words: Words
  readonly #rows: RowPacker
  readonly #collector: Collector
  readonly #ids: IdBlocks

  constructor(db: DatabaseSync, words: Words) {
    this.#db = db
    this.#words = words
    this.#rows = new RowPacker(words)
    this.#collector = new Collector(db)
    this.#ids = new IdBlocks(db)
  }

  find(id: string): PackedPage {
    const seq = this.#ids.find(id)
    const packed = this.#all(`${ROW_SQL} WHERE r.seq = ?`, [seq ?? null])
    return { packed, next: undefined }
  }

  content(requestId: string): StoredContent | undefined {
    const seq = this.#ids.find(requestId) ?? null
    const row = this.#db.prepare('SELECT prompt, answer, is_cut FROM contents WHERE seq = ?').get(seq)
    if (row === undefined) return undefined
    const { prompt, answer, is_cut: isCut } = row
    return { requestId, prompt: String(prompt), answer: String(answer), isCut: isCut === 1 }
  }

  page(filter: RecordFilter, { limit, cursor }: { limit: number; cursor?: string | undefined }): PackedPage {
    const before = cursor === undefined ? Number.MAX_SAFE_INTEGER : toSeq(cursor)
    const condition = toCondition(filter, this.#words, { before })
    const seqs = this.#seqs(`SELECT seq FROM records WHERE ${condition.sql} ORDER BY seq DESC LIMIT ?`, [
      ...condition.values,
      limit + 1,
    ])
    const shown = seqs.slice(0, limit)
    const last = seqs.length > limit ? shown.at(-1) : undefined
    return { packed: this.#rowsOf(shown, 'DESC'), next: last === undefined ? undefined : String(last) }
  }

  slice(filter: RecordFilter, { limit, from }: { limit: number; from: number }): PackedPage {
    const condition = toCondition(filter, this.#words, { from })
    const seqs = this.#seqs(`SELECT seq FROM records WHERE ${condition.sql} ORDER BY seq LIMIT ?`, [
      ...condition.values,
      limit + 1,
    ])
    return { packed: this.#rowsOf(seqs.slice(0, limit), 'ASC'), next: seqs[limit] }
  }

  aggregate({ filter, measure, quantiles, by }: AggregateQuery): AggregateRow[] {
    const condition = toCondition(filter, this.#words)
    const measured = MEASURE_SQL[measure]
    const columns = [measured, ...by.map((group) => GROUP_SQL[group])]
    this.#collector.clear()
    this.#db
      .prepare(
        `SELECT ${COLLECT}(${columns.join(', ')}) FROM records WHERE ${condition.sql} AND (${measured}) IS NOT NULL`,
      )
      .get(...condition.values)
    return this.#collector.take().map(({ group, values }) => ({
      group: this.#groupOf(by, group),
      ...toQuantiles(values, quantiles),
    }))
  }

  #groupOf(by: readonly Group[], values: readonly unknown[]): AggregateRow['group'] {
    const entries = by.flatMap((group, at) => {
      const value = values[at]
      const name =
        group === 'hour' ? new Date(Number(value) * HOUR_MS).toISOString() : this.#words.read(value)
      return name === undefined ? [] : [[group, name] as const]
    })
    return Object.fromEntries(entries)
  }

  #seqs(sql: string, values: readonly WordValue[]): number[] {
    return this.#db
      .prepare(sql)
      .all(...values)
      .map(({ seq }) => Number(seq))
  }

  /** Of rows that were found in the narrow table; a query over both would read the wide one through. */
  #rowsOf(seqs: readonly number[], order: 'ASC' | 'DESC'): PackedRecords {
    const sql = `${ROW_SQL} WHERE r.seq IN (SELECT value FROM json_each(?)) ORDER BY r.seq ${order}`
    return this.#all(sql, [JSON.stringify(seqs)])
  }

  #all(sql: string, values: readonly WordValue[]): PackedRecords {
    const statement = this.#db.prepare(sql)
    statement.setReturnArrays(true)
    for (const row of statement.all(...values) as unknown as readonly Row[]) this.#rows.add(row)
    return this.#rows.take()
  }
}

function toSeq(cursor: string): number {
  const seq = /^\d{1,16}$/.test(cursor) ? Number(cursor) : Number.NaN
  if (Number.isSafeInteger(seq)) return seq
  throw new RecordStoreError('other', 'This is not where a page ended: ask for the first page again.')
}
