import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HOUR_MS, MINUTE_MS, toBurn, toReceiver, toTestPolicy } from './fixtures/alerts.ts'
import { createAlertWorld, flush, settle, type AlertWorld } from './fixtures/world.ts'

const DAY_MS = 24 * HOUR_MS
const kindsOf = ({ receivers }: AlertWorld, name = 'oncall'): string[] =>
  receivers[name]!.got.map(({ kind }) => kind)

test('what began just before the wall clock was set back is told, repeated and ended as always', async () => {
  const world = createAlertWorld({ policy: toTestPolicy() })
  await settle(world.alerting.evaluate([toBurn()]), world.clock)
  world.clock.jumpWall(-DAY_MS)
  await world.run(MINUTE_MS, () => [toBurn()])
  assert.deepEqual(kindsOf(world), ['firing'])
  world.clock.jumpWall(-DAY_MS)
  await world.run(HOUR_MS + 5 * MINUTE_MS, () => [toBurn()])
  assert.deepEqual(kindsOf(world), ['firing', 'firing'])
  await settle(world.alerting.evaluate([]), world.clock)
  world.clock.jumpWall(-DAY_MS)
  await world.run(5 * MINUTE_MS, () => [])
  assert.deepEqual(kindsOf(world), ['firing', 'firing', 'resolved'])
})

test('somebody else is told in place of who cannot be, also when the clock is set back meanwhile', async () => {
  const world = createAlertWorld({
    policy: toTestPolicy({ receivers: [toReceiver('oncall', { fallback: 'second' }), toReceiver('second')] }),
  })
  world.receivers['oncall']!.always = { result: 'retry', reason: 'status 503', afterMs: undefined }
  await world.run(MINUTE_MS, () => [toBurn()])
  world.clock.jumpWall(-DAY_MS)
  await world.run(15 * MINUTE_MS, () => [toBurn()])
  await flush()
  assert.deepEqual(kindsOf(world, 'second').slice(0, 1), ['firing'])
})
