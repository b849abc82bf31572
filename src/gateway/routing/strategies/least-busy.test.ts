import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { BackendView } from '../view.ts'
import { byLeastBusy } from './least-busy.ts'

const backend = fc.record({ inflight: fc.nat(3), up: fc.constantFrom(true, true, false, undefined) })
const fleet = fc.array(backend, { maxLength: 6 }).map((given): { view: BackendView }[] =>
  given.map((each, index) => ({
    view: { ...each, name: `b${index}`, kind: 'openai', models: undefined, patterns: [] },
  })),
)

test('an order holds every backend once, those that are down last, the less busy before the busier', () => {
  fc.assert(
    fc.property(fleet, fc.nat(), (backends, turn) => {
      const before = structuredClone(backends)
      const ordered = byLeastBusy(backends, turn)
      assert.deepEqual(new Set(ordered), new Set(backends))
      assert.equal(ordered.length, backends.length)
      const ranks = ordered.map(({ view }) => (view.up === false ? 1_000 : 0) + view.inflight)
      assert.deepEqual(
        ranks,
        ranks.toSorted((a, b) => a - b),
      )
      assert.deepEqual(backends, before, 'the given list was changed')
      assert.deepEqual(byLeastBusy(backends, turn), ordered)
    }),
  )
})

test('equals take turns: each leads as often as the other, whoever else is busy or down', () => {
  fc.assert(
    fc.property(fleet, fc.nat(1_000_000), (backends, turn) => {
      const [best] = byLeastBusy(backends, turn)
      if (best === undefined) return
      const { inflight } = best.view
      const isDown = best.view.up === false
      const equals = backends.filter(
        ({ view }) => (view.up === false) === isDown && view.inflight === inflight,
      )
      const leaders = equals.map((_, index) => byLeastBusy(backends, turn + index)[0])
      assert.deepEqual(new Set(leaders), new Set(equals))
    }),
  )
})
