import assert from 'node:assert/strict'
import { test } from 'node:test'
import { byPriority } from './priority.ts'

const at = (name: string, priority: number, inflight = 0) => ({ name, priority, view: { inflight } })
const names = (order: readonly { name: string }[]): string => order.map(({ name }) => name).join(' ')

test('a tier comes wholly before the next, however busy it is', () => {
  const backends = [at('b', 2), at('a', 1, 9), at('d', 7), at('c', 2, 1)]
  assert.equal(names(byPriority(backends, 0)), 'a b c d')
})

test('within a tier the less busy come first and equals take turns', () => {
  const backends = [at('a', 1), at('b', 1), at('c', 1, 1), at('d', 2), at('e', 2)]
  assert.equal(names(byPriority(backends, 0)), 'a b c d e')
  assert.equal(names(byPriority(backends, 1)), 'b a c e d')
})
