import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FailureCounts } from './attribution-failures.ts'
import { FAILED, toRecord } from './fixtures/record.ts'

test('failures lie where they are, against all that went well there and elsewhere', () => {
  const counts = new FailureCounts()
  const places = [
    { backend: 'a', modelRouted: 'm', tenant: 'north' },
    { backend: 'b', modelRouted: 'm', tenant: 'north' },
    { backend: undefined, modelRouted: undefined, tenant: undefined },
  ]
  for (const place of places) for (let at = 0; at < 100; at += 1) counts.add(toRecord(place), false)
  for (let at = 0; at < 9; at += 1) counts.add(toRecord({ ...FAILED, ...places[1] }), true)
  counts.add(toRecord({ ...FAILED, ...places[0] }), true)
  const [first, second] = counts.slices()
  assert.deepEqual([first?.phase, first?.backend, first?.shareRatio], ['backend_error', 'b', 0.9])
  assert.deepEqual([second?.backend, second?.shareRatio], [undefined, 0.1])
})

test('more tenants than can be held apart are counted without a name, and none is lost', () => {
  const counts = new FailureCounts()
  for (let at = 0; at < 6_000; at += 1) counts.add(toRecord({ tenant: `t${at}`, backend: 'a' }), false)
  for (let round = 0; round < 2; round += 1)
    for (let at = 0; at < 6_000; at += 1)
      counts.add(toRecord({ ...FAILED, tenant: `t${at}`, backend: 'a' }), true)
  const slices = counts.slices()
  assert.deepEqual(
    slices.map(({ phase, tenant, shareRatio }) => [phase, tenant, shareRatio]),
    [['backend_error', undefined, 1]],
  )
})
