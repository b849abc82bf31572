// The rows of a record in `records` and `details`: first what they hold where, then the values that are to be bound.
// No object per record but the values themselves.
import type { DatabaseSync } from 'node:sqlite'
import { FLAG, NUM, REF } from '../codec/layout.ts'
import { PackedReader } from '../codec/reader.ts'
import { ByteWriter, writeAttempts, writeGaps } from './bytes.ts'
import { OTHER_NUMBERS, OTHER_WORDS, OWN_COLUMNS, SEARCHED_NUMBERS, SEARCHED_WORDS } from './columns.ts'
import type { NumberColumn, WordColumn } from './columns.ts'
import { writeHex, writeId } from './ids.ts'
import { msOfSeq } from './seq.ts'
import { FEW, STATE, ShapedRows, noteState, type Shape, type Value } from './shapes.ts'
import type { Words, WordValue } from './words.ts'

/** Columns that hold one of few words in all traffic: the others are models, backends, keys and tenants. */
const FEW_WORDS: ReadonlySet<number> = new Set([
  ...[REF.outcome, REF.cause, REF.endpoint, REF.method, REF.dialect, REF.operation, REF.fallbackReason],
  ...[REF.provider, REF.finishReason, REF.currency, REF.code, REF.blame, REF.interruptedBy, REF.shed],
  REF.gapBounds,
])

const NO_RECORDS = new PackedReader({
  ...{ count: 0, numbers: new Float64Array(0), refs: new Uint32Array(0), words: [], text: '' },
})

interface Columns {
  readonly own: readonly string[]
  readonly numbers: readonly NumberColumn[]
  readonly words: readonly WordColumn[]
}

/** One of the tables: how its columns follow each other, and where each takes its value from. */
class RowPlan {
  readonly rows: ShapedRows
  /** Values that are neither, of the row in hand. */
  readonly own: Value[]
  /** Places of NUM. */
  readonly numbers: Uint8Array
  /** Places of REF: those of many words, and behind them those of few. */
  readonly words: Uint8Array
  readonly isFree: readonly boolean[]
  readonly many: number

  constructor(db: DatabaseSync, name: string, { own, numbers, words }: Columns) {
    const many = words.filter(({ ref }) => !FEW_WORDS.has(ref))
    const few = words.filter(({ ref }) => FEW_WORDS.has(ref))
    this.own = new Array<Value>(own.length).fill(null)
    this.numbers = Uint8Array.from(numbers.map(({ number }) => number))
    this.words = Uint8Array.from([...many, ...few].map(({ ref }) => ref))
    this.isFree = [...many, ...few].map(({ isFree }) => isFree === true)
    this.many = many.length
    const columns = [...own, ...[...numbers, ...many].map(({ column }) => column)]
    this.rows = new ShapedRows(db, { name, columns, few: few.map(({ column }) => column) })
  }
}

export class RecordRows {
  readonly #words: Words
  readonly #records: RowPlan
  readonly #details: RowPlan
  /** Values of rows that wait. */
  readonly #bytes = new ByteWriter()
  #reader = NO_RECORDS
  /** By reference of the pack in hand: what stands for its word in the file. */
  #wordValues: (WordValue | undefined)[] = []

  constructor(db: DatabaseSync, words: Words) {
    this.#words = words
    this.#records = new RowPlan(db, 'records', {
      ...{ own: ['seq'], numbers: SEARCHED_NUMBERS, words: SEARCHED_WORDS },
    })
    this.#details = new RowPlan(db, 'details', {
      ...{ own: OWN_COLUMNS, numbers: OTHER_NUMBERS, words: OTHER_WORDS },
    })
  }

  /** Whatever waits of a batch that came to nothing is gone. */
  begin(reader: PackedReader): void {
    this.#reader = reader
    this.#wordValues = new Array<undefined>(reader.packed.words.length + 1)
    this.#bytes.clear()
    this.#records.rows.forget()
    this.#details.rows.forget()
  }

  /** The record that the reader stands on, as the rows with this number. Returns its id as it stands in the file. */
  add(seq: number): string | Uint8Array {
    this.#records.own[0] = seq
    this.#addRow(this.#records)
    const id = this.#setOwn(this.#details.own, seq)
    this.#addRow(this.#details)
    return id
  }

  flush(): void {
    this.#records.rows.flush()
    this.#details.rows.flush()
  }

  /** In the order of OWN_COLUMNS. */
  #setOwn(own: Value[], seq: number): string | Uint8Array {
    const reader = this.#reader
    const { text } = reader.packed
    const startedAtMs = reader.number(NUM.startedAt)
    const id = writeId(this.#bytes, { text, at: reader.textAt, length: reader.ref(REF.idLength) })
    own[0] = seq
    own[1] = msOfSeq(seq) === startedAtMs ? null : startedAtMs
    own[2] = id
    own[3] = reader.has(FLAG.hasTrace) ? this.#traceId() : null
    own[4] = reader.has(FLAG.hasSpan) ? this.#spanId() : null
    own[5] = reader.ref(REF.flags)
    own[6] = reader.ref(REF.cause) === 0 ? null : reader.verdictText
    own[7] = reader.attempts === 0 ? null : writeAttempts(this.#bytes, reader, this.#nameOf)
    own[8] = reader.ref(REF.gapBounds) === 0 ? null : writeGaps(this.#bytes, reader)
    return id
  }

  #traceId(): Value {
    const reader = this.#reader
    const at = reader.textAt + reader.ref(REF.idLength)
    return writeHex(this.#bytes, { text: reader.packed.text, at, length: reader.ref(REF.traceLength) })
  }

  #spanId(): Value {
    const reader = this.#reader
    const at = reader.textAt + reader.ref(REF.idLength) + reader.ref(REF.traceLength)
    return writeHex(this.#bytes, { text: reader.packed.text, at, length: reader.ref(REF.spanLength) })
  }

  #addRow(plan: RowPlan): void {
    this.#outline(plan)
    const shape = plan.rows.take()
    this.#putValues(plan, shape)
    shape.end()
  }

  /** What the row holds where. The hottest loops of the thread: they read the arrays of the pack themselves. */
  #outline({ rows, own, numbers, words, many }: RowPlan): void {
    const { packed, numberAt, refAt } = this.#reader
    const { keys, few } = rows.outline
    keys.fill(0)
    let column = 0
    for (; column < own.length; column += 1)
      noteState(keys, column, own[column] === null ? STATE.null : STATE.bound)
    for (let at = 0; at < numbers.length; at += 1, column += 1) {
      noteState(keys, column, toState(packed.numbers[numberAt + (numbers[at] ?? 0)]))
    }
    for (let at = 0; at < many; at += 1, column += 1) {
      const isThere = packed.refs[refAt + (words[at] ?? 0)] !== 0
      noteState(keys, column, isThere ? STATE.bound : STATE.null)
    }
    for (let at = 0; at < few.length; at += 1) {
      const ref = packed.refs[refAt + (words[many + at] ?? 0)] ?? 0
      few[at] = ref === 0 ? FEW.null : this.#fewOf(ref)
    }
  }

  #fewOf(ref: number): number {
    const value = this.#wordOf(ref, true)
    return typeof value === 'number' ? value : FEW.any
  }

  #putValues({ own, numbers, words, isFree }: RowPlan, shape: Shape): void {
    const { packed, numberAt, refAt } = this.#reader
    const { bound } = shape
    const firstWord = own.length + numbers.length
    for (let at = 0; at < bound.length; at += 1) {
      const column = bound[at] ?? 0
      if (column < own.length) shape.put(own[column] ?? null)
      else if (column < firstWord) {
        const value = packed.numbers[numberAt + (numbers[column - own.length] ?? 0)] ?? Number.NaN
        shape.put(Number.isNaN(value) ? null : value)
      } else {
        const ref = packed.refs[refAt + (words[column - firstWord] ?? 0)] ?? 0
        shape.put(ref === 0 ? null : this.#wordOf(ref, isFree[column - firstWord] === true))
      }
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

/** NaN is nothing. */
function toState(value: number | undefined): number {
  if (value === 0) return STATE.zero
  return value === undefined || Number.isNaN(value) ? STATE.null : STATE.bound
}
