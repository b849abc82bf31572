import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Alert } from '../core/alert.ts'
import {
  HOUR_MS,
  MINUTE_MS,
  NOON_MS,
  toBurn,
  toDown,
  toGatewayDown,
  toReceiver,
  toRoute,
  toTestPolicy,
} from './fixtures/alerts.ts'
import { createAlertWorld, createFakeReceiver, SLOW_PACE, type AlertWorld } from './fixtures/world.ts'
import { MEMORY_DOCUMENT } from './memory-text.ts'
import { DEAD_ALERT } from './watchdog.ts'

const RETRY = { result: 'retry', reason: 'status 503', afterMs: undefined } as const
const REFUSED = { result: 'failed', reason: 'the robot is gone' } as const

const got = ({ receivers }: AlertWorld, name = 'oncall'): string[] =>
  receivers[name]!.got.map(({ kind, title }) => `${kind} ${title.split(':')[0]}`)

const during = (fromMs: number, toMs: number, ...alerts: Alert[]) => {
  return (atMs: number): readonly Alert[] => (atMs >= fromMs && atMs < toMs ? alerts : [])
}

test('an alert is told once within half a minute, again after an hour, and its end once', async () => {
  const world = createAlertWorld({ policy: toTestPolicy() })
  await world.run(30_000, () => [toBurn()])
  assert.deepEqual(got(world), ['firing PAGE'])
  await world.run(2 * HOUR_MS + 10 * MINUTE_MS, () => [toBurn()])
  assert.deepEqual(got(world), ['firing PAGE', 'firing PAGE', 'firing PAGE'])
  await world.run(HOUR_MS, () => [])
  assert.deepEqual(got(world).slice(3), ['resolved RESOLVED (PAGE)'])
})

test('what goes on for less than the wait is told to nobody', async () => {
  const world = createAlertWorld({ policy: toTestPolicy({ routes: [toRoute({ waitMs: 60_000 })] }) })
  await world.run(HOUR_MS, during(NOON_MS, NOON_MS + 45_000, toBurn()))
  assert.deepEqual(got(world), [])
})

test('while it is not known what holds, nothing begins, nothing ends, nothing is repeated', async () => {
  const world = createAlertWorld({
    policy: toTestPolicy({ watchdog: { afterMs: 24 * HOUR_MS, beat: undefined } }),
  })
  await world.run(MINUTE_MS, () => [toBurn()])
  await world.run(3 * HOUR_MS, () => undefined)
  assert.deepEqual(got(world), ['firing PAGE'])
  await world.run(5 * MINUTE_MS, () => [])
  assert.deepEqual(got(world), ['firing PAGE', 'resolved RESOLVED (PAGE)'])
})

test('a first message says what the latest evaluation found, not what the one before it did', async () => {
  const world = createAlertWorld({ policy: toTestPolicy() })
  const soon = NOON_MS + 15_000
  await world.run(MINUTE_MS, (atMs) => (atMs < soon ? [toDown('a')] : [toDown('a'), toDown('b')]))
  assert.deepEqual(
    world.receivers['oncall']!.got.map(({ alerts }) => alerts.map(({ alert }) => alert.labels['backend'])),
    [['a', 'b']],
  )
})

test('a first message waits no longer than some seconds for an evaluation that does not come', async () => {
  const world = createAlertWorld({ policy: toTestPolicy() })
  await world.run(20_000, () => [toBurn()], { tickMs: 20_000, stepMs: 5_000 })
  assert.deepEqual(got(world), ['firing PAGE'])
})

test('backends that go down together are told in one message, and one that follows is added after the interval', async () => {
  const world = createAlertWorld({ policy: toTestPolicy() })
  await world.run(MINUTE_MS, () => [toDown('a'), toDown('b')])
  assert.equal(world.receivers['oncall']!.got[0]!.alerts.length, 2)
  await world.run(6 * MINUTE_MS, () => [toDown('a'), toDown('b'), toDown('c')])
  assert.deepEqual(
    world.receivers['oncall']!.got.map(({ alerts }) => alerts.length),
    [2, 3],
  )
  await world.run(10 * MINUTE_MS, () => [])
  assert.deepEqual(got(world), ['firing PAGE', 'firing PAGE', 'resolved RESOLVED (PAGE)'])
})

test('a page hides the ticket of its objective and of no other, and a gateway that is down hides everything', async () => {
  const world = createAlertWorld({ policy: toTestPolicy() })
  const page = toBurn()
  const ticket = toBurn({ severity: 'ticket' })
  const other = toBurn({ severity: 'ticket', slo: 'another' })
  await world.run(MINUTE_MS, () => [page, ticket, other])
  assert.deepEqual(got(world), ['firing PAGE', 'firing TICKET'])
  assert.match(world.receivers['oncall']!.got[1]!.title, /another/)
  await world.run(10 * MINUTE_MS, () => [ticket, other])
  assert.deepEqual(
    got(world).slice(2),
    ['resolved RESOLVED (PAGE)', 'firing TICKET'],
    'what the page hid is told when people know that it is over',
  )

  const down = createAlertWorld({ policy: toTestPolicy() })
  await down.run(MINUTE_MS, () => [page, ticket, toDown('a'), toGatewayDown()])
  assert.deepEqual(
    down.receivers['oncall']!.got.map(({ alerts }) => alerts[0]!.alert.name),
    ['GatewayDown'],
  )
})

const OUT = { backend: 'gpu-1', models: ['qwen3:4b'] }
const FAILED = { model: undefined, band: undefined, shareRatio: 1 }

test('one outage is one page: who reads that a promise is broken, and which backend does not answer, needs no second one', async () => {
  const world = createAlertWorld({ policy: toTestPolicy() })
  const page = toBurn({ slo: 'chat-available', down: [OUT] })
  await world.run(75_000, () => [page])
  await world.run(20 * MINUTE_MS, () => [page, toDown('gpu-1')])
  assert.deepEqual(got(world), ['firing PAGE'])
  assert.match(world.receivers['oncall']!.got[0]!.text, /No answer from backend gpu-1 \(qwen3:4b\)\./)
  const muted = world.log.find(({ message }) => message === 'an alert is muted')
  assert.equal(muted?.fields['reason'], 'hidden by SloBudgetBurn')
  await world.run(10 * MINUTE_MS, () => [])
  assert.deepEqual(got(world), ['firing PAGE', 'resolved RESOLVED (PAGE)'])
})

test('a backend that is still away when its page is over is told then', async () => {
  const world = createAlertWorld({ policy: toTestPolicy() })
  await world.run(MINUTE_MS, () => [toBurn({ down: [OUT] }), toDown('gpu-1')])
  await world.run(10 * MINUTE_MS, () => [toDown('gpu-1')])
  assert.deepEqual(
    world.receivers['oncall']!.got.map(({ kind, alerts }) => `${kind} ${alerts[0]!.alert.name}`),
    ['firing SloBudgetBurn', 'resolved SloBudgetBurn', 'firing BackendDown'],
  )
})

test('a backend has its own page where the promise breaks elsewhere, where nobody would hear of it, and beside a ticket', async () => {
  const elsewhere = [{ ...FAILED, phase: 'backend_overloaded', backend: 'gpu-2' }]
  const here = [{ ...FAILED, phase: 'backend_unreachable', backend: 'gpu-1' }]
  const nowhere = [{ ...FAILED, phase: 'no_backend', backend: undefined }]
  const told = async (burn: Alert, change: Parameters<typeof toTestPolicy>[0] = {}): Promise<boolean> => {
    const world = createAlertWorld({ policy: toTestPolicy(change) })
    await world.run(MINUTE_MS, () => [burn, toDown('gpu-1')])
    return Object.values(world.receivers).some(({ got }) =>
      got.some(({ alerts }) => alerts.some(({ alert }) => alert.name === 'BackendDown')),
    )
  }
  assert.equal(await told(toBurn({ down: [OUT], blamed: here })), false)
  assert.equal(await told(toBurn({ down: [OUT], blamed: nowhere })), false)
  assert.equal(await told(toBurn({ down: [OUT], blamed: elsewhere })), true)
  assert.equal(await told(toBurn({ blamed: here })), true, 'its page does not say that gpu-1 is away')
  assert.equal(await told(toBurn({ down: [OUT], severity: 'ticket' })), true)
  const routes = [
    toRoute({ matchers: [{ key: 'slo', pattern: '*' }], to: ['team'] }),
    toRoute({ to: ['oncall'] }),
  ]
  const receivers = [toReceiver('team'), toReceiver('oncall')]
  assert.equal(await told(toBurn({ down: [OUT] }), { routes, receivers }), true)
  const isMaintained = ({ name }: Alert): string | undefined =>
    name === 'SloBudgetBurn' ? 'planned' : undefined
  assert.equal(await told(toBurn({ down: [OUT] }), { maintenanceOf: isMaintained }), true)
})

test('a backend that was told first hides the page of the promise, also while that burns on a little when the backend is back', async () => {
  const told = async (echo: readonly (readonly [number, Alert])[]): Promise<readonly string[]> => {
    const world = createAlertWorld({ policy: toTestPolicy() })
    await world.run(4 * MINUTE_MS, () => [toDown('gpu-1')])
    await world.run(10 * MINUTE_MS, () => [toDown('gpu-1'), toBurn({ down: [OUT] })])
    for (const [minutes, alert] of echo) await world.run(minutes * MINUTE_MS, () => [alert])
    await world.run(10 * MINUTE_MS, () => [])
    return world.receivers['oncall']!.got.map(({ kind, alerts }) => `${kind} ${alerts[0]!.alert.name}`)
  }
  const [fast, easing] = [toBurn(), toBurn({ easing: 'whole' })]
  const one = ['firing BackendDown', 'resolved BackendDown']
  assert.deepEqual(await told([[5, fast]]), one)
  assert.deepEqual(
    await told([
      [5, fast],
      [25, easing],
    ]),
    one,
  )
  const both = [...one, 'firing SloBudgetBurn', 'resolved SloBudgetBurn']
  assert.deepEqual(await told([[10, fast]]), both, 'it burns for another reason by now')
  assert.deepEqual(
    await told([
      [5, fast],
      [40, easing],
    ]),
    both,
  )
})

test('a page is over with the minutes that raised it, while a slower pair has not seen its window yet', async () => {
  const world = createAlertWorld({ policy: toTestPolicy() })
  await world.run(5 * MINUTE_MS, () => [toBurn()])
  await world.run(30 * MINUTE_MS, () => [toBurn({ easing: 'partial' })])
  assert.deepEqual(got(world), ['firing PAGE', 'resolved RESOLVED (PAGE)'])
  const [, over] = world.receivers['oncall']!.got
  assert.ok(over!.createdAtMs - NOON_MS <= 8 * MINUTE_MS, 'told as soon as it had been quiet for two minutes')
  await world.run(MINUTE_MS, () => [toBurn()])
  assert.deepEqual(got(world).slice(2), ['firing PAGE'], 'what burns anew is told')

  const slow = createAlertWorld({ policy: toTestPolicy() })
  await slow.run(30 * MINUTE_MS, () => [toBurn({ easing: 'partial' })])
  assert.deepEqual(got(slow), ['firing PAGE'], 'what a slower pair alone has found is told')
  const seen = createAlertWorld({ policy: toTestPolicy() })
  await seen.run(5 * MINUTE_MS, () => [toBurn()])
  await seen.run(30 * MINUTE_MS, () => [toBurn({ easing: 'whole' })])
  assert.deepEqual(got(seen), ['firing PAGE'], 'a window that was seen whole says what it says')
})

test('a page that goes and comes back lets no ticket through in between', async () => {
  const world = createAlertWorld({ policy: toTestPolicy() })
  const [page, ticket] = [toBurn(), toBurn({ severity: 'ticket' })]
  await world.run(20 * MINUTE_MS, (atMs) =>
    Math.floor(atMs / MINUTE_MS) % 2 === 0 ? [page, ticket] : [ticket],
  )
  assert.deepEqual(got(world), ['firing PAGE'])
})

test('an inhibition needs its labels on both sides: two alerts without any do not hide each other', async () => {
  const inhibitions = [
    {
      source: [{ key: 'alert', pattern: 'GatewayBusy' }],
      target: [{ key: 'alert', pattern: 'BackendDown' }],
      equal: ['zone'],
    },
  ]
  const world = createAlertWorld({ policy: toTestPolicy({ inhibitions }) })
  const busy = { ...toBurn(), name: 'GatewayBusy', labels: {} }
  await world.run(MINUTE_MS, () => [busy, toDown('a')])
  assert.equal(got(world).length, 2)
})

test('a silence written by another process mutes what matches until it ends, and then it is told', async () => {
  const world = createAlertWorld({ policy: toTestPolicy() })
  const endsAtMs = NOON_MS + HOUR_MS
  const silence = {
    id: 's1',
    matchers: [{ key: 'slo', pattern: 'chat-*' }],
    author: 'ann',
    reason: 'known',
    createdAtMs: NOON_MS,
    endsAtMs,
  }
  world.documents.texts.set('alerting/silence/s1', JSON.stringify(silence))
  await world.run(50 * MINUTE_MS, () => [toBurn(), toBurn({ slo: 'other' })])
  assert.deepEqual(got(world), ['firing PAGE'])
  assert.match(world.receivers['oncall']!.got[0]!.title, /other/)
  assert.deepEqual(world.alerting.gauges().alerts[1], { severity: 'page', state: 'muted', count: 1 })
  await world.run(11 * MINUTE_MS, () => [toBurn(), toBurn({ slo: 'other' })])
  const about = world.receivers['oncall']!.got.map(({ title }) => /chat-first-token/.test(title))
  assert.deepEqual(about.toSorted(), [false, false, true], 'the other one is told again after an hour')
})

test('a silence that cannot be read silences nothing', async () => {
  const world = createAlertWorld({ policy: toTestPolicy() })
  world.documents.texts.set('alerting/silence/x', '{"id":"x","matchers":[]}')
  world.documents.texts.set('alerting/silence/y', 'no json')
  await world.run(MINUTE_MS, () => [toBurn()])
  assert.deepEqual(got(world), ['firing PAGE'])
})

test('planned work mutes what falls into it', async () => {
  const maintenanceOf = (alert: Alert, nowMs: number) =>
    nowMs < NOON_MS + HOUR_MS && alert.labels['backend'] === 'a' ? 'driver update' : undefined
  const world = createAlertWorld({ policy: toTestPolicy({ maintenanceOf }) })
  await world.run(30 * MINUTE_MS, () => [toDown('a')])
  assert.deepEqual(got(world), [])
  await world.run(31 * MINUTE_MS, () => [toDown('a')])
  assert.deepEqual(got(world), ['firing PAGE'])
})

test('what was told is told to be over, also when it was silenced in between', async () => {
  const world = createAlertWorld({ policy: toTestPolicy() })
  await world.run(MINUTE_MS, () => [toBurn()])
  const silence = {
    ...{ id: 's1', matchers: [{ key: 'alert', pattern: '*' }], author: 'ann', reason: '' },
    ...{ createdAtMs: NOON_MS, endsAtMs: NOON_MS + 24 * HOUR_MS },
  }
  world.documents.texts.set('alerting/silence/s1', JSON.stringify(silence))
  await world.run(3 * HOUR_MS, () => [toBurn()])
  assert.deepEqual(got(world), ['firing PAGE'])
  await world.run(10 * MINUTE_MS, () => [])
  assert.deepEqual(got(world), ['firing PAGE', 'resolved RESOLVED (PAGE)'])
})

for (const how of ['orderly', 'crash'] as const) {
  test(`after a restart (${how}) nobody is told twice, and everybody is told what is over`, async () => {
    const world = createAlertWorld({ policy: toTestPolicy() })
    await world.run(MINUTE_MS, () => [toBurn(), toDown('a')])
    assert.equal(got(world).length, 2)
    await world.restart(how)
    await world.run(10 * MINUTE_MS, () => [toBurn()])
    assert.deepEqual(got(world).slice(2), ['resolved RESOLVED (PAGE)'])
    const [over] = world.receivers['oncall']!.got.slice(2)
    assert.match(over!.title, /backend a/)
  })
}

test('what one receiver took and another did not is tried again there alone, also after a restart', async () => {
  const policy = toTestPolicy({
    receivers: [toReceiver('oncall'), toReceiver('team')],
    routes: [toRoute({ to: ['oncall', 'team'] })],
  })
  const world = createAlertWorld({ policy })
  world.receivers['team']!.always = RETRY
  await world.run(MINUTE_MS, () => [toBurn()])
  assert.deepEqual([got(world).length, got(world, 'team').length], [1, 0])
  await world.restart('orderly')
  world.receivers['team']!.always = undefined
  await world.run(MINUTE_MS, () => [toBurn()])
  assert.deepEqual([got(world).length, got(world, 'team').length], [1, 1])
})

test('a memory that cannot be read is begun anew with a line in the log', async () => {
  for (const text of ['{', '{"version":99}', '{"version":1,"alerts":{"a":{}},"groups":[],"writtenAtMs":1}']) {
    const world = createAlertWorld({ policy: toTestPolicy() })
    world.documents.texts.set(MEMORY_DOCUMENT, text)
    await world.run(MINUTE_MS, () => [toBurn()])
    assert.deepEqual(got(world), ['firing PAGE'])
    assert.ok(world.log.some(({ level, message }) => level === 'error' && /cannot be read/.test(message)))
  }
})

test('a store that does not answer keeps nobody from being told, which is said once, and nobody is told twice for it', async () => {
  const world = createAlertWorld({ policy: toTestPolicy() })
  await world.run(MINUTE_MS, () => [toBurn()])
  await world.restart('crash')
  world.documents.isDown = true
  await world.run(2 * MINUTE_MS, () => [toBurn(), toDown('a')])
  // Nothing can be known of before, so the page is told again: better twice than never.
  assert.deepEqual(got(world).length, 3)
  const complaints = () => world.log.filter(({ message }) => /cannot be kept/.test(message))
  assert.equal(complaints().length, 1)
  world.documents.isDown = false
  await world.run(10 * MINUTE_MS, () => [toBurn(), toDown('a')])
  assert.equal(got(world).length, 3)
  assert.ok(world.log.some(({ message }) => /is kept again/.test(message)))
  await world.run(10 * MINUTE_MS, () => [])
  assert.deepEqual(got(world).slice(3).length, 2)
})

test('a receiver that cannot be reached is tried again and again, and given up for its fallback', async () => {
  const policy = toTestPolicy({
    receivers: [toReceiver('oncall', { fallback: 'mail' }), toReceiver('mail')],
  })
  const world = createAlertWorld({ policy })
  world.receivers['oncall']!.always = RETRY
  await world.run(10 * MINUTE_MS, () => [toBurn()])
  assert.ok(world.receivers['oncall']!.tried.length >= 4)
  assert.ok(world.receivers['oncall']!.tried.length <= 12, 'with pauses that grow')
  assert.equal(
    world.receivers['mail']!.got.filter(({ alerts }) => alerts[0]!.alert.name === 'SloBudgetBurn').length,
    1,
  )
  assert.ok(world.log.some(({ level, message }) => level === 'error' && /given up/.test(message)))
  await world.run(20 * MINUTE_MS, () => [])
  const ends = world.receivers['mail']!.got.filter(
    ({ kind, alerts }) => kind === 'resolved' && alerts[0]!.alert.name === 'SloBudgetBurn',
  )
  assert.equal(ends.length, 1, 'who was told of it is told of its end')
})

test('a refusal for good goes to the fallback at once, and is counted', async () => {
  const policy = toTestPolicy({
    receivers: [toReceiver('oncall', { fallback: 'mail' }), toReceiver('mail')],
  })
  const world = createAlertWorld({ policy })
  world.receivers['oncall']!.always = REFUSED
  await world.run(MINUTE_MS, () => [toBurn()])
  assert.deepEqual(got(world, 'mail'), ['firing PAGE'])
  assert.equal(world.counted.get('oncall failed'), 1)
  assert.equal(world.counted.get('mail delivered'), 1)
})

test('what could not be told while it lasted is told when the receiver is back, in one message that says so', async () => {
  const world = createAlertWorld({ policy: toTestPolicy() })
  world.receivers['oncall']!.always = RETRY
  await world.run(3 * MINUTE_MS, () => [toBurn()])
  await world.run(4 * MINUTE_MS, () => [])
  world.receivers['oncall']!.always = undefined
  await world.run(30 * MINUTE_MS, () => [])
  assert.deepEqual(got(world), ['resolved RESOLVED (PAGE)'])
  assert.match(world.receivers['oncall']!.got[0]!.text, /could not be delivered while it lasted: status 503/)
})

test('a receiver that hangs holds nobody else up', async () => {
  const policy = toTestPolicy({
    receivers: [toReceiver('oncall'), toReceiver('team')],
    routes: [toRoute({ to: ['oncall', 'team'] })],
  })
  const world = createAlertWorld({ policy })
  world.receivers['oncall']!.isHanging = true
  await world.run(30_000, () => [toBurn()])
  assert.deepEqual(got(world, 'team'), ['firing PAGE'])
  assert.deepEqual(got(world), [])
})

test('a storm is told in one message where the service counts messages, and one by one where it does not', async () => {
  const many = Array.from({ length: 30 }, (_, at) => toBurn({ slo: `slo-${at}` }))
  const counting = createFakeReceiver({ rate: { messages: 20, periodMs: MINUTE_MS } })
  const policy = toTestPolicy({
    receivers: [toReceiver('oncall'), toReceiver('hook')],
    routes: [toRoute({ to: ['oncall', 'hook'] })],
  })
  const world = createAlertWorld({ policy, receivers: { oncall: counting } })
  await world.run(MINUTE_MS, () => many)
  assert.equal(counting.got.length, 2, 'one was on its way when the others came')
  assert.equal(counting.got.at(-1)!.alerts.length, 29)
  assert.equal(world.receivers['hook']!.got.length, 30)
  await world.run(10 * MINUTE_MS, () => [])
  assert.ok(counting.got.length <= 4)
})

test('a service that forgets is told again before it does, also after a restart', async () => {
  const forgetful = createFakeReceiver()
  const policy = toTestPolicy({ receivers: [toReceiver('oncall', { refreshMs: 2 * MINUTE_MS })] })
  const world = createAlertWorld({ policy, receivers: { oncall: forgetful } })
  await world.run(10 * MINUTE_MS, () => [toBurn()])
  assert.ok(forgetful.got.length >= 4)
  await world.restart('crash')
  const before = forgetful.got.length
  await world.run(3 * MINUTE_MS, () => [toBurn()])
  assert.ok(forgetful.got.length > before)
})

test('without an evaluation for minutes that is an alert of its own, and over when it goes on', async () => {
  const world = createAlertWorld({ policy: toTestPolicy() })
  await world.run(MINUTE_MS, () => [toBurn()])
  await world.run(7 * MINUTE_MS, () => undefined)
  assert.equal(world.receivers['oncall']!.got.at(-1)!.alerts[0]!.alert.name, DEAD_ALERT)
  assert.equal(world.alerting.gauges().evaluates, false)
  await world.run(5 * MINUTE_MS, () => [toBurn()])
  assert.equal(got(world).at(-1), 'resolved RESOLVED (PAGE)')
  assert.equal(world.alerting.gauges().evaluates, true)
  assert.equal(got(world).length, 3)
})

test('an engine that says nothing at all any more is noticed too', async () => {
  const world = createAlertWorld({ policy: toTestPolicy() })
  await world.run(MINUTE_MS, () => [])
  for (let step = 0; step < 120; step += 1) {
    world.clock.advance(5_000)
    await new Promise<void>((resolve) => void setImmediate(resolve))
  }
  assert.equal(world.receivers['oncall']!.got[0]!.alerts[0]!.alert.name, DEAD_ALERT)
})

test('that one receiver cannot be reached is told to the others', async () => {
  const policy = toTestPolicy({ receivers: [toReceiver('oncall'), toReceiver('team')] })
  const world = createAlertWorld({ policy })
  world.receivers['oncall']!.always = RETRY
  await world.run(12 * MINUTE_MS, () => [toBurn()])
  const [message] = world.receivers['team']!.got
  assert.equal(message!.alerts[0]!.alert.name, DEAD_ALERT)
  assert.match(message!.text, /^oncall cannot be reached, and is not told of alerts: status 503\./)
  assert.equal(world.alerting.gauges().delivers, false)
})

test('the heart beats while everything works, and is still when objectives are not evaluated', async () => {
  const policy = toTestPolicy({
    receivers: [toReceiver('oncall'), toReceiver('beat')],
    watchdog: { afterMs: 5 * MINUTE_MS, beat: { to: 'beat', everyMs: MINUTE_MS } },
  })
  const world = createAlertWorld({ policy })
  await world.run(10 * MINUTE_MS, () => [])
  const beats = world.receivers['beat']!.got
  assert.ok(beats.length >= 9 && beats.every(({ kind }) => kind === 'heartbeat'))
  await world.run(6 * MINUTE_MS, () => undefined)
  const before = beats.length
  await world.run(10 * MINUTE_MS, () => undefined)
  assert.ok(beats.filter(({ kind }) => kind === 'heartbeat').length <= before)
})

test('a gateway that stands down says nothing, and goes on from what the other one wrote', async () => {
  const world = createAlertWorld({ policy: toTestPolicy() })
  await world.run(MINUTE_MS, () => [toBurn()])
  world.alerting.standDown()
  for (let step = 0; step < 400; step += 1) world.clock.advance(5_000)
  assert.equal(got(world).length, 1)
  await world.run(MINUTE_MS, () => [toBurn()])
  assert.equal(got(world).length, 1)
})

test('without receivers alerts are counted and logged, one line for each change', async () => {
  const world = createAlertWorld({ policy: toTestPolicy({ receivers: [], routes: [] }) })
  await world.run(10 * MINUTE_MS, during(NOON_MS, NOON_MS + 5 * MINUTE_MS, toBurn()))
  assert.deepEqual(
    world.log.map(({ level, message }) => `${level}: ${message}`),
    ['warn: an alert fires', 'info: an alert is over'],
  )
  assert.equal(world.log[0]!.fields['alert'], 'SloBudgetBurn')
})

test('a receiver that wants no ends is told none', async () => {
  const world = createAlertWorld({
    policy: toTestPolicy({ receivers: [toReceiver('oncall', { tellsResolved: false })] }),
  })
  await world.run(10 * MINUTE_MS, during(NOON_MS, NOON_MS + 5 * MINUTE_MS, toBurn()))
  assert.deepEqual(got(world), ['firing PAGE'])
  await world.run(10 * MINUTE_MS, () => [toBurn()])
  assert.deepEqual(got(world), ['firing PAGE', 'firing PAGE'])
})

test('routes: the first that matches counts, continue goes on, nobody is told twice', async () => {
  const policy = toTestPolicy({
    receivers: [toReceiver('oncall'), toReceiver('team'), toReceiver('all')],
    routes: [
      toRoute({ matchers: [{ key: 'slo', pattern: 'chat-*' }], to: ['team'], continues: true }),
      toRoute({ matchers: [{ key: 'severity', pattern: 'page' }], to: ['oncall', 'team'] }),
      toRoute({ to: ['all'] }),
    ],
  })
  const world = createAlertWorld({ policy })
  await world.run(MINUTE_MS, () => [toBurn(), toBurn({ slo: 'x', severity: 'ticket' })])
  assert.deepEqual([got(world).length, got(world, 'team').length, got(world, 'all').length], [1, 1, 1])
  assert.deepEqual(got(world, 'all'), ['firing TICKET'])
})

for (const [onMinutes, offMinutes] of [
  [1, 1],
  [2, 3],
  [3, 7],
  [5, 40],
] as const) {
  test(`an alert that holds for ${onMinutes} min of every ${onMinutes + offMinutes} cannot fill a chat in a day`, async () => {
    const world = createAlertWorld({ policy: toTestPolicy() })
    const cycleMs = (onMinutes + offMinutes) * MINUTE_MS
    await world.run(
      24 * HOUR_MS,
      (atMs) => ((atMs - NOON_MS) % cycleMs < onMinutes * MINUTE_MS ? [toBurn()] : []),
      SLOW_PACE,
    )
    const count = got(world).length
    assert.ok(count >= 2 && count <= 36, `${count} messages`)
  })
}

test('an alert that no message can be made about is said in the log once in a while, and holds up no other', async () => {
  const world = createAlertWorld({ policy: toTestPolicy() })
  const odd = toBurn({ slo: 'odd', startedAtMs: -1e20 })
  await world.run(10 * MINUTE_MS, () => [odd, toBurn()])
  assert.deepEqual(got(world), ['firing PAGE'])
  const broken = world.log.filter(({ message }) => message === 'a message about an alert could not be made')
  assert.deepEqual(
    broken.map(({ level, fields }) => [level, fields['receiver']]),
    [['error', 'oncall']],
  )
})
