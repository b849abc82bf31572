import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import fc from 'fast-check'
import { FEW, STATE, ShapedRows, noteState, type Table, type Value } from './shapes.ts'

/** More columns than one key holds. */
const COLUMNS = ['seq', ...Array.from({ length: 20 }, (_, at) => `c${at}`)]
const FEW_COLUMNS = ['few_one', 'few_two']
const TABLE: Table = { name: 'rows', columns: COLUMNS, few: FEW_COLUMNS }

interface Given {
  /** Of all columns but the first. */
  readonly values: readonly Value[]
  /** Words are numbers from 1. */
  readonly few: readonly Value[]
}

function open() {
  const db = new DatabaseSync(':memory:')
  const others = [...COLUMNS.slice(1), ...FEW_COLUMNS].join(', ')
  db.exec(`CREATE TABLE rows (seq INTEGER PRIMARY KEY, ${others})`)
  const rows = new ShapedRows(db, TABLE)
  const add = (seq: number, { values, few }: Given): void => {
    const all = [seq, ...values]
    rows.outline.keys.fill(0)
    for (const [at, value] of all.entries()) {
      const state = value === null ? STATE.null : value === 0 ? STATE.zero : STATE.bound
      noteState(rows.outline.keys, at, state)
    }
    for (const [at, value] of few.entries()) {
      rows.outline.few[at] = value === null ? FEW.null : typeof value === 'number' ? value : FEW.any
    }
    const shape = rows.take()
    for (const column of shape.bound) shape.put([...all, ...few][column] ?? null)
    shape.end()
  }
  const read = (): unknown[][] => {
    const statement = db.prepare('SELECT * FROM rows ORDER BY seq')
    statement.setReturnArrays(true)
    return statement.all() as unknown as unknown[][]
  }
  return { db, rows, add, read }
}

const anyValue = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom<Value[]>(null, 0) },
  fc.constantFrom<Value[]>(1, 1.5, -1, 'text', "it's", ''),
)
const anyFew = fc.constantFrom<Value[]>(null, 1, 2, 900, '=text')
const anyRow: fc.Arbitrary<Given> = fc.record({
  values: fc.array(anyValue, { minLength: COLUMNS.length - 1, maxLength: COLUMNS.length - 1 }),
  few: fc.array(anyFew, { minLength: FEW_COLUMNS.length, maxLength: FEW_COLUMNS.length }),
})

/** Traffic: a few kinds of requests again and again, in any order, and now and then one of its own. */
const anyTraffic = fc
  .tuple(
    fc.array(anyRow, { minLength: 1, maxLength: 4 }),
    fc.array(fc.tuple(fc.nat(20), anyRow), { maxLength: 120 }),
  )
  .map(([kinds, drawn]) => drawn.map(([kind, own]) => kinds[kind] ?? (kind > 17 ? own : (kinds[0] ?? own))))

test('rows of any shapes stand in the table as they were given, each once', () => {
  fc.assert(
    fc.property(anyTraffic, fc.nat(120), (traffic, pause) => {
      const { db, rows, add, read } = open()
      for (const [at, row] of traffic.entries()) {
        add(at + 1, row)
        if (at === pause) rows.flush()
      }
      rows.flush()
      assert.deepEqual(
        read(),
        traffic.map(({ values, few }, at) => [at + 1, ...values, ...few]),
      )
      db.close()
    }),
  )
})

const toValues = (first: readonly Value[]): Value[] =>
  COLUMNS.slice(1).map((_, column) => first[column] ?? null)

test('more shapes than are remembered are written all the same, and so is what comes after them', () => {
  const { rows, add, read } = open()
  const expected: unknown[][] = []
  for (let at = 0; at < 600; at += 1) {
    // Ten columns that are there or not: far from each other, so that none is joined with the one before it.
    const mixed = Math.imul(at, 0x9e37_79b1) >>> 22
    const values = toValues(
      Array.from({ length: 20 }, (_, bit) => ((mixed >> (bit % 10)) & 1 ? at + 0.5 : null)),
    )
    add(at + 1, { values, few: [1, null] })
    expected.push([at + 1, ...values, 1, null])
    if (at % 200 === 199) rows.flush()
  }
  for (let at = 600; at < 640; at += 1) {
    const values = toValues([at])
    add(at + 1, { values, few: [2, 3] })
    expected.push([at + 1, ...values, 2, 3])
  }
  rows.flush()
  assert.deepEqual(read(), expected)
})

test('rows go in in the order in which they were added, whatever shapes they have', () => {
  const { db, rows, add } = open()
  db.exec(
    `CREATE TABLE came (seq); CREATE TRIGGER t AFTER INSERT ON rows BEGIN INSERT INTO came VALUES (NEW.seq); END`,
  )
  for (let at = 0; at < 200; at += 1) {
    const width = at % 7 === 0 ? 12 : at % 5 === 0 ? 6 : 0
    add(at + 1, { values: toValues(Array.from({ length: width }, () => at + 1)), few: [(at % 3) + 1, null] })
  }
  rows.flush()
  const came = db.prepare('SELECT seq FROM came ORDER BY rowid').all()
  assert.deepEqual(
    came.map(({ seq }) => Number(seq)),
    Array.from({ length: 200 }, (_, at) => at + 1),
  )
})

test('a row that is refused takes its whole transaction with it, and what waited is not written later', () => {
  const { db, rows, add, read } = open()
  const row: Given = { values: toValues([5]), few: [1, 1] }
  db.exec('BEGIN')
  for (let at = 1; at <= 20; at += 1) add(at, row)
  assert.throws(() => {
    // The same number again.
    for (let at = 20; at <= 40; at += 1) add(at, row)
  }, /UNIQUE/)
  assert.equal(db.isTransaction, false)
  rows.forget()
  db.exec('BEGIN')
  add(100, row)
  rows.flush()
  db.exec('COMMIT')
  assert.deepEqual(
    read().map(([seq]) => seq),
    [100],
  )
})
