import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { test, type TestContext } from 'node:test'
import fc from 'fast-check'
import type { ObjectiveMinute } from '../../core/minutes.ts'
import { Counts } from './counts.ts'
import { migrate } from './schema.ts'

function open(context?: TestContext): { readonly db: DatabaseSync; readonly counts: Counts } {
  const db = new DatabaseSync(':memory:')
  context?.after(() => db.close())
  migrate(db, 'memory')
  return { db, counts: new Counts(db) }
}

const HOURS = 6
const anyMinute = fc.nat(HOURS * 60 - 1)
const anyRow: fc.Arbitrary<ObjectiveMinute> = fc.record({
  objective: fc.constantFrom('chat', 'embed', 'moderate'),
  minute: anyMinute,
  good: fc.nat(3),
  total: fc.integer({ min: 3, max: 9 }),
  excluded: fc.nat(2),
})

test('sums over any minutes are those of the minutes one by one, by objective', () => {
  fc.assert(
    fc.property(fc.array(anyRow), anyMinute, anyMinute, (rows, from, to) => {
      const { db, counts } = open()
      counts.add(rows)
      const expected = new Map<string, number[]>()
      for (const { objective, minute, good, total, excluded } of rows) {
        if (minute < from || minute >= to) continue
        const [g = 0, t = 0, e = 0] = expected.get(objective) ?? []
        expected.set(objective, [g + good, t + total, e + excluded])
      }
      const sums = [...counts.sum(from, to)].map(([name, { good, total, excluded }]): [string, number[]] => [
        name,
        [good, total, excluded],
      ])
      assert.deepEqual(new Map(sums), expected)
      db.close()
    }),
    { numRuns: 200 },
  )
})

test('no sum reads more of the table than its own time', (context) => {
  const { db, counts } = open(context)
  const asked: string[] = []
  const prepare = db.prepare.bind(db)
  context.mock.method(db, 'prepare', (sql: string) => {
    asked.push(sql)
    return prepare(sql)
  })
  counts.sum(30, 330)
  const plans = asked
    .filter((sql) => sql.includes('sum('))
    .map((sql) =>
      prepare(`EXPLAIN QUERY PLAN ${sql}`)
        .all(0, 1)
        .map(({ detail }) => String(detail)),
    )
  assert.equal(plans.length, 3)
  for (const plan of plans) {
    assert.ok(
      plan.some((step) => /^SEARCH (?:minutes|hours) USING PRIMARY KEY/.test(step)),
      plan.join('; '),
    )
    assert.ok(!plan.some((step) => /AUTOMATIC|SCAN (?:minutes|hours|t\b)/.test(step)), plan.join('; '))
  }
})
