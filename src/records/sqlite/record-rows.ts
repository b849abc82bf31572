// The rows of a record in `records` and `details`, value by value. No object per record but the values themselves.
import type { DatabaseSync } from 'node:sqlite'
import { FLAG, NUM, REF } from '../codec/layout.ts'
import { PackedReader } from '../codec/reader.ts'
import { ByteWriter, writeAttempts, writeGaps } from './bytes.ts'
import { OTHER_NUMBERS, OTHER_WORDS, OWN_COLUMNS, SEARCHED_NUMBERS, SEARCHED_WORDS } from './columns.ts'
import type { NumberColumn, WordColumn } from './columns.ts'
import { writeHex, writeId } from './ids.ts'
import { msOfSeq } from './seq.ts'
import { ShapedRows } from './shapes.ts'
import type { Words, WordValue } from './words.ts'

const columnOf = ({ column }: { readonly column: string }): string => column

const RECORDS = {
  name: 'records',
  columns: ['seq', ...SEARCHED_NUMBERS.map(columnOf), ...SEARCHED_WORDS.map(columnOf)],
}
const DETAILS = {
  name: 'details',
  columns: [...OWN_COLUMNS, ...OTHER_NUMBERS.map(columnOf), ...OTHER_WORDS.map(columnOf)],
}

const NO_RECORDS = new PackedReader({
  ...{ count: 0, numbers: new Float64Array(0), refs: new Uint32Array(0), words: [], text: '' },
})

export class RecordRows {
  readonly #words: Words
  readonly #records: ShapedRows
  readonly #details: ShapedRows
  /** Values of rows that wait. */
  readonly #bytes = new ByteWriter()
  #reader: PackedReader
  /** By reference of the pack in hand: what stands for its word in the file. */
  #wordValues: (WordValue | undefined)[] = []

  constructor(db: DatabaseSync, words: Words) {
    this.#words = words
    this.#records = new ShapedRows(db, RECORDS)
    this.#details = new ShapedRows(db, DETAILS)
    this.#reader = NO_RECORDS
  }

  /** Whatever stands in a batch that came to nothing is gone. */
  begin(reader: PackedReader): void {
    this.#reader = reader
    this.#wordValues = new Array<undefined>(reader.packed.words.length + 1)
    this.#bytes.clear()
    this.#records.forget()
    this.#details.forget()
  }

  /** The record that the reader stands on, as the row with this number. Returns its id as it stands in the file. */
  add(seq: number): string | Uint8Array {
    const records = this.#records
    records.begin()
    records.number(seq)
    this.#addNumbers(records, SEARCHED_NUMBERS)
    this.#addWords(records, SEARCHED_WORDS)
    records.end()
    const details = this.#details
    details.begin()
    const id = this.#addOwn(details, seq)
    this.#addNumbers(details, OTHER_NUMBERS)
    this.#addWords(details, OTHER_WORDS)
    details.end()
    return id
  }

  flush(): void {
    this.#records.flush()
    this.#details.flush()
  }

  /** In the order of OWN_COLUMNS. */
  #addOwn(into: ShapedRows, seq: number): string | Uint8Array {
    const reader = this.#reader
    const { text } = reader.packed
    const startedAtMs = reader.number(NUM.startedAt)
    const id = writeId(this.#bytes, { text, at: reader.textAt, length: reader.ref(REF.idLength) })
    into.number(seq)
    into.value(msOfSeq(seq) === startedAtMs ? null : startedAtMs)
    into.value(id)
    this.#addTrace(into)
    into.number(reader.ref(REF.flags))
    into.value(reader.ref(REF.cause) === 0 ? null : reader.verdictText)
    into.value(reader.attempts === 0 ? null : writeAttempts(this.#bytes, reader, this.#nameOf))
    into.value(reader.ref(REF.gapBounds) === 0 ? null : writeGaps(this.#bytes, reader))
    return id
  }

  #addTrace(into: ShapedRows): void {
    const reader = this.#reader
    const { text } = reader.packed
    const traceAt = reader.textAt + reader.ref(REF.idLength)
    const length = reader.ref(REF.traceLength)
    into.value(reader.has(FLAG.hasTrace) ? writeHex(this.#bytes, { text, at: traceAt, length }) : null)
    const span = { text, at: traceAt + length, length: reader.ref(REF.spanLength) }
    into.value(reader.has(FLAG.hasSpan) ? writeHex(this.#bytes, span) : null)
  }

  #addNumbers(into: ShapedRows, columns: readonly NumberColumn[]): void {
    for (let at = 0; at < columns.length; at += 1) into.number(this.#reader.number(columns[at]?.number ?? 0))
  }

  #addWords(into: ShapedRows, columns: readonly WordColumn[]): void {
    for (let at = 0; at < columns.length; at += 1) {
      const column = columns[at]
      const ref = column === undefined ? 0 : this.#reader.ref(column.ref)
      into.value(ref === 0 ? null : this.#wordOf(ref, column?.isFree === true))
    }
  }

  /** Names in attempts are our own: always words. */
  readonly #nameOf = (ref: number): number => (ref === 0 ? 0 : Number(this.#wordOf(ref, false)))

  /** A word that is free in one column and our own in another must become a number. */
  #wordOf(ref: number, isFree: boolean): WordValue {
    const known = this.#wordValues[ref]
    if (typeof known === 'number' || (isFree && known !== undefined)) return known ?? null
    const value = this.#words.put(this.#reader.packed.words[ref - 1] ?? '', isFree)
    this.#wordValues[ref] = value
    return value
  }
}
