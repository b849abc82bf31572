import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Alert } from '../core/alert.ts'
import { HOUR_MS, MINUTE_MS, NOON_MS, toBurn, toDown, toTestPolicy } from './fixtures/alerts.ts'
import { createAlertWorld, SLOW_PACE, type AlertWorld } from './fixtures/world.ts'
import { notificationIdOf, type Notification } from './identity.ts'

const FIRST: Notification = {
  ...{ groupId: 'page BackendDown{}', kind: 'firing', startedAtMs: NOON_MS, toldAtMs: undefined },
  alerts: ['a', 'b'],
}

test('a notification is another one with another group, state, beginning, predecessor or alert, and with nothing else', () => {
  const others: readonly Notification[] = [
    FIRST,
    { ...FIRST, groupId: 'ticket BackendDown{}' },
    { ...FIRST, kind: 'resolved' },
    { ...FIRST, startedAtMs: NOON_MS + 1 },
    { ...FIRST, toldAtMs: NOON_MS },
    { ...FIRST, alerts: ['a'] },
    { ...FIRST, alerts: ['a","b'] },
  ]
  assert.equal(new Set(others.map(notificationIdOf)).size, others.length)
  assert.equal(notificationIdOf({ ...FIRST, alerts: ['b', 'a'] }), notificationIdOf(FIRST))
  assert.match(notificationIdOf(FIRST), /^[0-9a-f]{32}$/)
})

const tried = ({ receivers }: AlertWorld): string[] => receivers['oncall']!.tried.map(({ id }) => id)
const delivered = ({ receivers }: AlertWorld): string[] => receivers['oncall']!.got.map(({ id }) => id)

async function whileRefusing(world: AlertWorld, during: () => Promise<void>): Promise<void> {
  const receiver = world.receivers['oncall']!
  receiver.always = { result: 'retry', reason: 'status 503', afterMs: undefined }
  await during()
  receiver.always = undefined
}

test('every try of one notification has one id, before and after a restart, in order or not', async () => {
  for (const how of ['orderly', 'crash'] as const) {
    const world = createAlertWorld({ policy: toTestPolicy() })
    await whileRefusing(world, async () => {
      await world.run(2 * MINUTE_MS, () => [toBurn()])
      await world.restart(how)
      // Whoever finds alerts may have begun anew as well.
      await world.run(2 * MINUTE_MS, () => [toBurn({ startedAtMs: NOON_MS + 2 * MINUTE_MS })])
    })
    await world.run(MINUTE_MS, () => [toBurn()])
    assert.ok(tried(world).length >= 4, how)
    assert.equal(new Set(tried(world)).size, 1, how)
    assert.equal(delivered(world).length, 1, how)

    await whileRefusing(world, async () => {
      await world.run(4 * MINUTE_MS, () => [])
      await world.restart(how)
      await world.run(2 * MINUTE_MS, () => [])
    })
    await world.run(5 * MINUTE_MS, () => [])
    assert.equal(delivered(world).length, 2, how)
    assert.equal(new Set(tried(world)).size, 2, `${how}: the end is another notification, and one`)
  }
})

test('what arrived just before a crash that forgot it comes again under the same id', async () => {
  const world = createAlertWorld({ policy: toTestPolicy() })
  await world.run(5_000, () => [toBurn()], { tickMs: 5_000, stepMs: 5_000 })
  const kept = new Map(world.documents.texts)
  await world.run(MINUTE_MS, () => [toBurn()])
  assert.equal(delivered(world).length, 1)
  await world.restart('crash')
  for (const [name, text] of kept) world.documents.texts.set(name, text)
  await world.restart('crash')
  await world.run(MINUTE_MS, () => [toBurn({ startedAtMs: NOON_MS + MINUTE_MS })])
  assert.equal(delivered(world).length, 2)
  assert.equal(new Set(delivered(world)).size, 1)
})

test('what is told on purpose has an id of its own: what joins, a reminder, the end, and what comes back', async () => {
  const world = createAlertWorld({ policy: toTestPolicy() })
  const hold = async (durationMs: number, ...alerts: readonly Alert[]): Promise<void> =>
    world.run(durationMs, () => alerts, SLOW_PACE)
  await hold(MINUTE_MS, toDown('a'))
  await hold(HOUR_MS + 20 * MINUTE_MS, toDown('a'), toDown('b'))
  await hold(10 * MINUTE_MS)
  await hold(10 * MINUTE_MS, toDown('a', NOON_MS + 2 * HOUR_MS))
  await hold(10 * MINUTE_MS)
  assert.deepEqual(
    world.receivers['oncall']!.got.map(({ kind }) => kind),
    ['firing', 'firing', 'firing', 'resolved', 'firing', 'resolved'],
  )
  assert.equal(new Set(delivered(world)).size, 6)
})
