// Statements by the shape of rows: a value that is bound costs ten times one that stands in the statement, and most columns of a
// row hold nothing or 0. Rows of one shape go in by eights. It knows no records; who calls has a transaction.
import type { DatabaseSync, StatementSync } from 'node:sqlite'

export type Value = number | string | Uint8Array | null

/** What a column of a row holds, in two bits: sixteen columns are one number, a key. */
const STATE = { null: 0, zero: 1, bound: 2 } as const
const STATE_MASK = 3
const keyOf = (column: number): number => column >>> 4
const shiftOf = (column: number): number => (column & 0xf) << 1
/** The lower bit of each column. */
const LOWER_BITS = 0x5555_5555

/** More cost less a row, but fewer rows find enough of their kind in a batch. */
const ROWS_PER_STATEMENT = 8
/** Each has two statements, of about 100 KiB together. */
const MOST_SHAPES = 32
/** Columns that are bound although a row holds nothing there: dearer than those is a statement of its own. */
const MOST_IDLE = 6
/** A shape that differs from the one before it in so few columns becomes one with it: traffic goes back and forth. */
const MOST_JOINED = 3

export interface Table {
  readonly name: string
  readonly columns: readonly string[]
}

export class ShapedRows {
  readonly #db: DatabaseSync
  readonly #table: Table
  readonly #shapes: Shape[] = []
  /** Everything is bound: for rows of the rarer shapes. */
  readonly #full: Shape
  #last: Shape
  /** The row in hand. */
  readonly #values: Value[]
  readonly #keys: Int32Array
  #column = 0
  #rows = 0
  #rare = 0

  constructor(db: DatabaseSync, table: Table) {
    this.#db = db
    this.#table = table
    this.#values = new Array<Value>(table.columns.length).fill(null)
    this.#keys = new Int32Array(keyOf(table.columns.length - 1) + 1)
    this.#full = new Shape(db, table, undefined)
    this.#last = this.#full
  }

  /** What comes next is a row: a value for each column, in their order. */
  begin(): void {
    this.#column = 0
    this.#keys.fill(0)
  }

  /** NaN is nothing. */
  number(value: number): void {
    if (value === 0) this.#put(0, STATE.zero)
    else if (Number.isNaN(value)) this.#put(null, STATE.null)
    else this.#put(value, STATE.bound)
  }

  value(value: Value): void {
    this.#put(value, value === null ? STATE.null : STATE.bound)
  }

  /** The row may be written later, with others. */
  end(): void {
    if (!this.#last.fits(this.#keys)) {
      // Rows keep their order: one that goes in between others divides a page, and both halves stay half empty.
      this.#last.flush()
      this.#last = this.#find() ?? this.#learn()
    }
    this.#rows += 1
    if (this.#last === this.#full) this.#rare += 1
    this.#last.add(this.#values)
  }

  #put(value: Value, state: number): void {
    const column = this.#column
    this.#values[column] = value
    this.#keys[keyOf(column)] = (this.#keys[keyOf(column)] ?? 0) | (state << shiftOf(column))
    this.#column = column + 1
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

  #find(): Shape | undefined {
    for (const shape of this.#shapes) if (shape.fits(this.#keys)) return shape
    return undefined
  }

  #learn(): Shape {
    if (this.#shapes.length >= MOST_SHAPES) return this.#full
    const shape = new Shape(this.#db, this.#table, this.#last.join(this.#keys))
    this.#shapes.push(shape)
    return shape
  }
}

class Shape {
  readonly #db: DatabaseSync
  readonly #table: Table
  readonly #keys: Int32Array | undefined
  /** The columns that are bound. */
  readonly #bound: Uint8Array
  readonly #waiting: Value[]
  #count = 0
  #one: StatementSync | undefined
  #several: StatementSync | undefined

  constructor(db: DatabaseSync, table: Table, keys: Int32Array | undefined) {
    this.#db = db
    this.#table = table
    this.#keys = keys
    const bound = table.columns.flatMap((_, column) =>
      stateOf(keys, column) === STATE.bound ? [column] : [],
    )
    this.#bound = Uint8Array.from(bound)
    this.#waiting = new Array<Value>(bound.length * ROWS_PER_STATEMENT).fill(null)
  }

  /** The one of all columns never does: it is taken where no other fits. */
  fits(keys: Int32Array): boolean {
    const own = this.#keys
    if (own === undefined) return false
    let idle = 0
    for (let at = 0; at < own.length; at += 1) {
      const shape = own[at] ?? 0
      const differing = toColumns(shape ^ (keys[at] ?? 0))
      if (differing === 0) continue
      const bound = (shape >>> 1) & LOWER_BITS
      if ((differing & ~bound) !== 0) return false
      idle += countBits(differing)
    }
    return idle <= MOST_IDLE
  }

  /** The keys of a shape for such rows, and for ours as well where that costs little. */
  join(keys: Int32Array): Int32Array {
    const own = this.#keys
    if (own === undefined) return keys.slice()
    let count = 0
    const joined = keys.map((key, at) => {
      const differing = toColumns((own[at] ?? 0) ^ key)
      count += countBits(differing)
      // Bound, and so neither of the other two.
      return (key & ~differing) | (differing << 1)
    })
    return count <= MOST_JOINED ? joined : keys.slice()
  }

  add(values: readonly Value[]): void {
    const bound = this.#bound
    const waiting = this.#waiting
    const from = this.#count * bound.length
    for (let at = 0; at < bound.length; at += 1) waiting[from + at] = values[bound[at] ?? 0] ?? null
    this.#count += 1
    if (this.#count < ROWS_PER_STATEMENT) return
    this.#count = 0
    this.#several ??= this.#prepare(ROWS_PER_STATEMENT)
    // `run` would make an object of what became of it.
    this.#several.get(...waiting)
  }

  flush(): void {
    const width = this.#bound.length
    const count = this.#count
    this.#count = 0
    for (let row = 0; row < count; row += 1) {
      this.#one ??= this.#prepare(1)
      this.#one.get(...this.#waiting.slice(row * width, (row + 1) * width))
    }
  }

  forget(): void {
    this.#count = 0
  }

  #prepare(rows: number): StatementSync {
    const { name, columns } = this.#table
    const states = columns.map((_, column) => stateOf(this.#keys, column))
    const used = columns.filter((_, column) => states[column] !== STATE.null)
    const row = states.flatMap((state) => (state === STATE.null ? [] : [state === STATE.zero ? '0' : '?']))
    const values = new Array<string>(rows).fill(`(${row.join(', ')})`)
    // A refused row ends the whole transaction, which it would anyway: so nothing is kept to take back a part of the statement.
    return this.#db.prepare(
      `INSERT OR ROLLBACK INTO ${name} (${used.join(', ')}) VALUES ${values.join(', ')}`,
    )
  }
}

function stateOf(keys: Int32Array | undefined, column: number): number {
  if (keys === undefined) return STATE.bound
  return ((keys[keyOf(column)] ?? 0) >>> shiftOf(column)) & STATE_MASK
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
