import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createParameters, toCondition, toLikePattern } from './filter.ts'

test('nothing that a person wrote stands in the text of a query', () => {
  const evil = "'; drop table weir_records; --"
  const filter = { model: evil, backend: evil, key: evil, tenant: evil, endpoint: evil }
  const parameters = createParameters()
  const sql = toCondition(filter, parameters)
  assert.ok(!sql.includes('drop'))
  assert.deepEqual(parameters.values, [evil, evil, evil, evil, evil])
  assert.ok(toCondition({ model: `${evil}*` }, createParameters()).includes('like $1'))
})

test('no filter is a condition that holds', () => {
  const parameters = createParameters()
  assert.equal(toCondition({}, parameters), 'true')
  assert.deepEqual(parameters.values, [])
})

test('moments are compared as whole milliseconds that a column can hold', () => {
  const parameters = createParameters()
  toCondition({ sinceMs: 1.25, untilMs: Infinity }, parameters)
  assert.deepEqual(parameters.values, [2, 2 ** 53])
})

test('a star is any run of characters, every other sign means itself', () => {
  assert.equal(toLikePattern('qwen3*'), 'qwen3%')
  assert.equal(toLikePattern('50%_a\\*'), '50\\%\\_a\\\\%')
  assert.equal(toLikePattern('***'), '%')
})

test('a search for failures says so, for the index that holds only those', () => {
  const condition = (from: number): string => toCondition({ status: { from, to: 599 } }, createParameters())
  assert.ok(condition(500).includes('status >= 400'))
  assert.ok(!condition(200).includes('status >= 400'))
})
