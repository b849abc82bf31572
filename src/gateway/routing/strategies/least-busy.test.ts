import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { byLeastBusy } from './least-busy.ts'

const fleet = fc
  .array(fc.nat(3), { maxLength: 6 })
  .map((given) => given.map((inflight, index) => ({ name: `b${index}`, view: { inflight } })))

test('an order holds every backend once, the less busy before the busier', () => {
  fc.assert(
    fc.property(fleet, fc.nat(), (backends, turn) => {
      const before = structuredClone(backends)
      const ordered = byLeastBusy(backends, turn)
      assert.deepEqual(new Set(ordered), new Set(backends))
      assert.equal(ordered.length, backends.length)
      const load = ordered.map(({ view }) => view.inflight)
      assert.deepEqual(
        load,
        load.toSorted((a, b) => a - b),
      )
      assert.deepEqual(backends, before, 'the given list was changed')
      assert.deepEqual(byLeastBusy(backends, turn), ordered)
    }),
  )
})

test('equals take turns: each leads as often as the other, whoever else is busy', () => {
  fc.assert(
    fc.property(fleet, fc.nat(1_000_000), (backends, turn) => {
      const [best] = byLeastBusy(backends, turn)
      if (best === undefined) return
      const equals = backends.filter(({ view }) => view.inflight === best.view.inflight)
      const leaders = equals.map((_, index) => byLeastBusy(backends, turn + index)[0])
      assert.deepEqual(new Set(leaders), new Set(equals))
    }),
  )
})
