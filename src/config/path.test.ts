import assert from 'node:assert/strict'
import { test } from 'node:test'
import { printPath, printPattern, valueAt, withValue } from './path.ts'

test('a path is printed as people would say it', () => {
  assert.equal(printPath(['backends', 0, 'timeouts', 'firstToken']), 'backends[0].timeouts.firstToken')
  assert.equal(printPath([]), '')
  assert.equal(printPath(['a b', '1']), '["a b"]["1"]')
  assert.equal(printPattern(['keys', 12, 'models', 3]), 'keys[].models[]')
})

test('only what really stands there is found', () => {
  const root: unknown = JSON.parse('{"a": [{"b": 0}], "__proto__": {"c": 1}}')
  assert.equal(valueAt(root, ['a', 0, 'b']), 0)
  assert.equal(valueAt(root, ['__proto__', 'c']), 1)
  assert.equal(valueAt(root, []), root)
  for (const path of [
    ['constructor'],
    ['a', 1],
    ['a', 0, 'b', 'c'],
    ['toString', 'name'],
    ['a', 'length', 'x'],
  ]) {
    assert.equal(valueAt(root, path), undefined, printPath(path))
  }
})

test('a changed copy leaves the original as it was', () => {
  const root = { a: [{ b: 1 }, 2], c: 'x' }
  assert.deepEqual(withValue(root, ['a', 0, 'b'], 9), { a: [{ b: 9 }, 2], c: 'x' })
  assert.deepEqual(withValue(root, ['d', 'e'], 9), { a: [{ b: 1 }, 2], c: 'x', d: { e: 9 } })
  assert.deepEqual(withValue(root, ['c', 'e'], 9), root)
  assert.deepEqual(root, { a: [{ b: 1 }, 2], c: 'x' })
})
