import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Alert } from '../core/alert.ts'
import {
  HOUR_MS,
  MINUTE_MS,
  NOON_MS,
  toBurn,
  toDown,
  toExhausted,
  toReceiver,
  toRoute,
  toTestPolicy,
} from './fixtures/alerts.ts'
import { createAlertWorld, SLOW_PACE, type AlertWorld } from './fixtures/world.ts'
import { writeSilence } from './silence.ts'

const LONG_MS = 6 * HOUR_MS
const PAGE = toBurn()
const BURN = toBurn({ severity: 'ticket' })
const SPENT = toExhausted()

/** What still holds is told again one day; that is another matter. */
const POLICY = { routes: [toRoute({ repeatMs: { page: 1_000 * HOUR_MS, ticket: 1_000 * HOUR_MS } })] }

const told = ({ receivers }: AlertWorld, name = 'oncall'): string[] =>
  receivers[name]!.got.map(({ kind, severity, alerts }) => {
    const names = alerts.map(({ alert }) => alert.name).join('+')
    return `${kind} ${severity} ${names}`
  })

const hold = async (world: AlertWorld, durationMs: number, ...alerts: readonly Alert[]): Promise<void> =>
  world.run(durationMs, () => alerts, SLOW_PACE)

test('a budget that is spent and still burns is one ticket, whichever of the two is listed first', async () => {
  for (const alerts of [
    [SPENT, BURN],
    [BURN, SPENT],
  ]) {
    const world = createAlertWorld({ policy: toTestPolicy(POLICY) })
    await hold(world, HOUR_MS, ...alerts)
    assert.deepEqual(told(world), ['firing ticket SloBudgetExhausted'])
    const muted = world.log.find(({ message }) => message === 'an alert is muted')
    assert.equal(muted?.fields['reason'], 'hidden by SloBudgetExhausted')
    await hold(world, LONG_MS, SPENT)
    assert.equal(told(world).length, 1, 'that it burns no more is no news to who was not told that it does')
    await hold(world, HOUR_MS)
    assert.deepEqual(told(world).slice(1), ['resolved ticket SloBudgetExhausted'])
  }
})

test('an outage that spent the budget leaves one ticket behind when its page is over', async () => {
  const world = createAlertWorld({ policy: toTestPolicy(POLICY) })
  await hold(world, HOUR_MS, PAGE, BURN, SPENT)
  await hold(world, 5 * HOUR_MS, BURN, SPENT)
  await hold(world, LONG_MS, SPENT)
  assert.deepEqual(told(world), [
    'firing page SloBudgetBurn',
    'resolved page SloBudgetBurn',
    'firing ticket SloBudgetExhausted',
  ])
})

test('who was told that a budget burns is told that it is spent, and of both that they are over', async () => {
  const world = createAlertWorld({ policy: toTestPolicy(POLICY) })
  await hold(world, LONG_MS, BURN)
  await hold(world, LONG_MS, BURN, SPENT)
  await hold(world, LONG_MS, SPENT)
  await hold(world, HOUR_MS)
  assert.deepEqual(told(world), [
    'firing ticket SloBudgetBurn',
    'firing ticket SloBudgetExhausted',
    'resolved ticket SloBudgetBurn',
    'resolved ticket SloBudgetExhausted',
  ])
})

test('a budget that is spent keeps no page back, and is not told anew after it', async () => {
  const world = createAlertWorld({ policy: toTestPolicy(POLICY) })
  await hold(world, LONG_MS, SPENT, BURN)
  await hold(world, HOUR_MS, SPENT, BURN, PAGE)
  await hold(world, LONG_MS, SPENT, BURN)
  assert.deepEqual(told(world), [
    'firing ticket SloBudgetExhausted',
    'firing page SloBudgetBurn',
    'resolved page SloBudgetBurn',
  ])
})

test('what burns on when the budget is there again is told when people know that it is', async () => {
  const world = createAlertWorld({ policy: toTestPolicy(POLICY) })
  await hold(world, HOUR_MS, SPENT, BURN)
  await hold(world, HOUR_MS, BURN)
  assert.deepEqual(told(world), [
    'firing ticket SloBudgetExhausted',
    'resolved ticket SloBudgetExhausted',
    'firing ticket SloBudgetBurn',
  ])
})

test('a restart tells no second ticket, neither in order nor as a crash', async () => {
  for (const how of ['orderly', 'crash'] as const) {
    const world = createAlertWorld({ policy: toTestPolicy(POLICY) })
    await hold(world, HOUR_MS, SPENT, BURN)
    await world.restart(how)
    await hold(world, HOUR_MS, BURN, SPENT)
    assert.deepEqual(told(world), ['firing ticket SloBudgetExhausted'], how)
    await world.restart(how)
    await hold(world, HOUR_MS, BURN)
    await world.restart(how)
    await hold(world, HOUR_MS)
    assert.deepEqual(
      told(world).slice(1),
      ['resolved ticket SloBudgetExhausted', 'firing ticket SloBudgetBurn', 'resolved ticket SloBudgetBurn'],
      how,
    )
  }
})

test('the spent budget of one promise hides nothing of another', async () => {
  const world = createAlertWorld({ policy: toTestPolicy(POLICY) })
  await hold(world, HOUR_MS, SPENT, toBurn({ severity: 'ticket', slo: 'another' }))
  assert.equal(told(world).length, 2)
})

test('a burning budget is told where nobody hears that it is spent: silenced, told to others, or hidden by it', async () => {
  const silenced = createAlertWorld({ policy: toTestPolicy(POLICY) })
  await writeSilence(silenced.documents, {
    ...{ id: 'a1', author: 'wang', reason: 'known', createdAtMs: NOON_MS, endsAtMs: NOON_MS + LONG_MS },
    matchers: [{ key: 'alert', pattern: 'SloBudgetExhausted' }],
  })
  await hold(silenced, HOUR_MS, SPENT, BURN)
  assert.deepEqual(told(silenced), ['firing ticket SloBudgetBurn'])

  const apart = createAlertWorld({
    policy: toTestPolicy({
      routes: [
        toRoute({ matchers: [{ key: 'alert', pattern: 'SloBudgetExhausted' }], to: ['owner'] }),
        toRoute({ to: ['oncall'] }),
      ],
      receivers: [toReceiver('owner'), toReceiver('oncall')],
    }),
  })
  await hold(apart, HOUR_MS, SPENT, BURN)
  assert.deepEqual(told(apart), ['firing ticket SloBudgetBurn'])
  assert.deepEqual(told(apart, 'owner'), ['firing ticket SloBudgetExhausted'])
})

test('the end of one backend is told without the one that was hidden beside it', async () => {
  const world = createAlertWorld({ policy: toTestPolicy(POLICY) })
  const page = toBurn({ down: [{ backend: 'gpu-1', models: [] }] })
  await hold(world, 5 * MINUTE_MS, page)
  await hold(world, HOUR_MS, page, toDown('gpu-1'), toDown('gpu-2'))
  await hold(world, HOUR_MS)
  const ends = world.receivers['oncall']!.got.filter(({ kind }) => kind === 'resolved')
  assert.deepEqual(ends.map(({ title }) => title.split(',')[0]).toSorted(), [
    'RESOLVED (PAGE): backend gpu-2 does not answer',
    'RESOLVED (PAGE): chat-first-token spends its error budget 16.2 times as fast as allowed',
  ])
})

test('where the configuration hides the other way round, it is kept to: neither pair hides each other', async () => {
  const inhibitions = [
    {
      source: [{ key: 'alert', pattern: 'SloBudgetBurn' }],
      target: [{ key: 'alert', pattern: 'SloBudgetExhausted' }],
      equal: ['slo'],
    },
    {
      source: [{ key: 'alert', pattern: 'BackendDown' }],
      target: [{ key: 'alert', pattern: 'SloBudgetBurn' }],
      equal: [],
    },
  ]
  const budget = createAlertWorld({ policy: toTestPolicy({ ...POLICY, inhibitions }) })
  await hold(budget, HOUR_MS, SPENT, BURN)
  assert.deepEqual(told(budget), ['firing ticket SloBudgetBurn'])

  const outage = createAlertWorld({ policy: toTestPolicy({ ...POLICY, inhibitions }) })
  await hold(outage, HOUR_MS, toBurn({ down: [{ backend: 'gpu-1', models: [] }] }), toDown('gpu-1'))
  assert.deepEqual(told(outage), ['firing page BackendDown'])
})
