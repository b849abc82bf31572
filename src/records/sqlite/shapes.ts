// Statements by the shape of rows: a value that is bound costs ten times one that stands in the statement, and most columns of a
// row hold nothing, 0, or one of few words. Rows of one shape go in by sixteens. It knows no records; who calls has a transaction.
import type { DatabaseSync, StatementSync } from 'node:sqlite'

export type Value = number | string | Uint8Array | null

/** What a column of a row holds, in two bits: sixteen columns are one number, a key. */
export const STATE = { null: 0, zero: 1, bound: 2 } as const
const KEY_BITS = 4
const LAST_OF_KEY = 0xf
const STATE_MASK = 3
/** The lower bit of each column. */
const LOWER_BITS = 0x5555_5555

/** Of a column of few words, beside their numbers: nothing, and what cannot stand in a statement. */
export const FEW = { null: 0, any: -1 } as const

/** More cost less a row, but fewer rows find enough of their kind in a batch. */
const ROWS_PER_STATEMENT = 16
/** Each has two statements, of about 200 KiB together. */
const MOST_SHAPES = 32
/** Columns that are bound although a row holds nothing there: dearer than those is a statement of its own. */
const MOST_IDLE = 6
/** A shape that differs from the one before it in so few columns becomes one with it: traffic goes back and forth. */
const MOST_JOINED = 3

export interface Table {
  readonly name: string
  /** Those whose states stand in keys. */
  readonly columns: readonly string[]
  /** Those of few words: names of our own, each a number of a word. */
  readonly few: readonly string[]
}

/** What is told of a row before its values. */
export interface RowOutline {
  /** The states of the columns. */
  readonly keys: Int32Array
  /** Of each column of few words its number, or FEW. */
  readonly few: Int32Array
}

export class ShapedRows {
  /** Of the row that is taken next. */
  readonly outline: RowOutline
  readonly #db: DatabaseSync
  readonly #table: Table
  readonly #shapes: Shape[] = []
  /** Everything is bound: for rows of the rarer shapes. */
  readonly #full: Shape
  #last: Shape
  #rows = 0
  #rare = 0

  constructor(db: DatabaseSync, table: Table) {
    this.#db = db
    this.#table = table
    const { columns, few } = table
    this.outline = {
      keys: new Int32Array(((columns.length - 1) >>> KEY_BITS) + 1),
      few: new Int32Array(few.length),
    }
    this.#full = new Shape(db, table, toFull(this.outline))
    this.#last = this.#full
  }

  /** The shape that takes the values of the row; it may be written later, with others. */
  take(): Shape {
    const { outline } = this
    if (this.#last === this.#full || !this.#last.fits(outline)) {
      // Rows keep their order: one that goes in between others divides a page, and both halves stay half empty.
      this.#last.flush()
      this.#last = this.#shapes.find((shape) => shape.fits(outline)) ?? this.#learn()
    }
    this.#rows += 1
    if (this.#last === this.#full) this.#rare += 1
    return this.#last
  }

  /** Writes what waits. */
  flush(): void {
    this.#last.flush()
    // The traffic is another one than that in which these were learned.
    if (this.#rare * 2 > this.#rows) this.#shapes.length = 0
    this.#rows = 0
    this.#rare = 0
  }

  /** What waits came to nothing with its transaction. */
  forget(): void {
    this.#last.forget()
  }

  #learn(): Shape {
    if (this.#shapes.length >= MOST_SHAPES) return this.#full
    const joined = this.#last === this.#full ? toPlain(this.outline) : this.#last.join(this.outline)
    const shape = new Shape(this.#db, this.#table, joined)
    this.#shapes.push(shape)
    return shape
  }
}

export class Shape {
  /** The columns that are bound: places in `columns`, and behind those in `few`. */
  readonly bound: Uint8Array
  readonly #db: DatabaseSync
  readonly #table: Table
  readonly #outline: RowOutline
  readonly #waiting: Value[]
  #filled = 0
  #one: StatementSync | undefined
  #several: StatementSync | undefined

  constructor(db: DatabaseSync, table: Table, outline: RowOutline) {
    this.#db = db
    this.#table = table
    this.#outline = outline
    const { columns, few } = table
    const all = [
      ...columns.map((_, at) => this.#isBound(at)),
      ...few.map((_, at) => outline.few[at] === FEW.any),
    ]
    this.bound = Uint8Array.from(all.flatMap((isBound, at) => (isBound ? [at] : [])))
    this.#waiting = new Array<Value>(this.bound.length * ROWS_PER_STATEMENT).fill(null)
  }

  fits({ keys, few }: RowOutline): boolean {
    const own = this.#outline
    let idle = 0
    for (let at = 0; at < keys.length; at += 1) {
      const states = own.keys[at] ?? 0
      const differing = toColumns(states ^ (keys[at] ?? 0))
      if (differing === 0) continue
      if ((differing & ~(states >>> 1)) !== 0) return false
      idle += countBits(differing)
    }
    for (let at = 0; at < few.length; at += 1) {
      if (own.few[at] !== few[at] && own.few[at] !== FEW.any) return false
    }
    return idle <= MOST_IDLE
  }

  /** What is told of such rows, and of ours as well where that costs little. */
  join(row: RowOutline): RowOutline {
    const own = this.#outline
    let count = 0
    const keys = row.keys.map((key, at) => {
      const differing = toColumns((own.keys[at] ?? 0) ^ key)
      count += countBits(differing)
      // Bound, and so neither of the other two.
      return (key & ~differing) | (differing << 1)
    })
    const few = row.few.map((word, at) => {
      if (word === own.few[at]) return word
      count += 1
      return FEW.any
    })
    return count <= MOST_JOINED ? { keys, few } : toPlain(row)
  }

  /** The next of the values that are bound. */
  put(value: Value): void {
    this.#waiting[this.#filled] = value
    this.#filled += 1
  }

  /** A row has all its values. */
  end(): void {
    if (this.#filled < this.#waiting.length) return
    this.#filled = 0
    this.#several ??= this.#prepare(ROWS_PER_STATEMENT)
    // `run` would make an object of what became of it.
    this.#several.get(...this.#waiting)
  }

  flush(): void {
    const width = this.bound.length
    const filled = this.#filled
    this.#filled = 0
    for (let from = 0; from < filled; from += width) {
      this.#one ??= this.#prepare(1)
      this.#one.get(...this.#waiting.slice(from, from + width))
    }
  }

  forget(): void {
    this.#filled = 0
  }

  #isBound(column: number): boolean {
    return this.#stateOf(column) === STATE.bound
  }

  #stateOf(column: number): number {
    const key = this.#outline.keys[column >>> KEY_BITS] ?? 0
    return (key >>> ((column & LAST_OF_KEY) << 1)) & STATE_MASK
  }

  #prepare(rows: number): StatementSync {
    const { name, columns, few } = this.#table
    const used: string[] = []
    const values: string[] = []
    const add = (column: string, value: string): void => void (used.push(column), values.push(value))
    for (const [at, column] of columns.entries()) {
      const state = this.#stateOf(at)
      if (state !== STATE.null) add(column, state === STATE.zero ? '0' : '?')
    }
    for (const [at, column] of few.entries()) {
      const word = this.#outline.few[at] ?? FEW.null
      if (word !== FEW.null) add(column, word === FEW.any ? '?' : String(word))
    }
    const all = new Array<string>(rows).fill(`(${values.join(', ')})`).join(', ')
    // A refused row ends the whole transaction, which it would anyway: so nothing is kept to take back a part of the statement.
    return this.#db.prepare(`INSERT OR ROLLBACK INTO ${name} (${used.join(', ')}) VALUES ${all}`)
  }
}

/** Into keys that are empty at first. */
export function noteState(keys: Int32Array, column: number, state: number): void {
  const place = column >>> KEY_BITS
  keys[place] = (keys[place] ?? 0) | (state << ((column & LAST_OF_KEY) << 1))
}

function toPlain({ keys, few }: RowOutline): RowOutline {
  return { keys: keys.slice(), few: few.slice() }
}

function toFull({ keys, few }: RowOutline): RowOutline {
  return { keys: keys.slice().fill(LOWER_BITS << 1), few: few.slice().fill(FEW.any) }
}

/** Of differing states the columns: each by its lower bit. */
function toColumns(states: number): number {
  return (states | (states >>> 1)) & LOWER_BITS
}

/** Of lower bits. */
function countBits(bits: number): number {
  let rest = bits
  let count = 0
  for (; rest !== 0; rest &= rest - 1) count += 1
  return count
}
