// Slices of outlines from one open file, in the order of time. Everything here is synchronous.
import type { DatabaseSync } from 'node:sqlite'
import type { OutlineWants } from '../../../core/outline.ts'
import type { PackedRecords } from '../../codec/layout.ts'
import type { PackedPage } from '../../packed-store.ts'
import { toCondition, type SeqSpan } from '../../sqlite/filter.ts'
import type { Words } from '../../sqlite/words.ts'
import type { RecordFilter } from '../../store.ts'
import { OutlinePacker, toColumns, type Row } from './columns.ts'

export interface Slice {
  readonly filter: RecordFilter
  readonly limit: number
  readonly from: number
}

export class OutlineSlices {
  readonly #db: DatabaseSync
  readonly #words: Words
  readonly #columns: ReturnType<typeof toColumns>
  readonly #packer: OutlinePacker

  constructor({ db, words }: { readonly db: DatabaseSync; readonly words: Words }, wants: OutlineWants) {
    this.#db = db
    this.#words = words
    this.#columns = toColumns(wants)
    this.#packer = new OutlinePacker(words, this.#columns)
  }

  /** Earliest first. */
  read({ filter, limit, from }: Slice): PackedPage {
    const rows = this.#ask(filter, { span: { from }, order: 'ASC', limit })
    const last = rows.at(-1)?.[0]
    // Fewer than the limit are the last ones: every record has its row in both tables.
    const next = rows.length < limit || last === undefined ? undefined : Number(last) + 1
    return { packed: this.#pack(rows), next }
  }

  /** Latest first. */
  latest({ filter, limit }: Omit<Slice, 'from'>): PackedPage {
    const rows = this.#ask(filter, { span: {}, order: 'DESC', limit })
    return { packed: this.#pack(rows), next: undefined }
  }

  #ask(filter: RecordFilter, { span, order, limit }: Choice): readonly Row[] {
    const condition = toCondition(filter, this.#words, span)
    // In this order: the narrow table is gone through, and the wide one looked into for the rows that fit.
    const statement = this.#db.prepare(
      `SELECT ${this.#columns.sql} FROM records CROSS JOIN details USING (seq)
       WHERE ${condition.sql} ORDER BY seq ${order} LIMIT ?`,
    )
    statement.setReturnArrays(true)
    return statement.all(...condition.values, limit) as unknown as readonly Row[]
  }

  #pack(rows: readonly Row[]): PackedRecords {
    for (const row of rows) this.#packer.add(row)
    return this.#packer.take()
  }
}

interface Choice {
  readonly span: SeqSpan
  readonly order: 'ASC' | 'DESC'
  readonly limit: number
}
