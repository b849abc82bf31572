// A real Alertmanager takes what we tell it, holds it while we say so, and lets it go.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Message } from '../../src/alerting/notifier.ts'
import { receiverSchema } from '../../src/alerting/notifiers/config.ts'
import { createNotifier } from '../../src/alerting/notifiers/registry.ts'
import { createManualClock, systemClock, type Clock } from '../../src/core/clock.ts'
import { createCountingIds } from '../../src/core/ids.ts'
import { startAlertmanager, type HeldAlert } from '../support/alertmanager.ts'
import { createMessage, LINK_URL, SILENCE } from '../support/receivers/messages.ts'
import { until } from '../support/weir.ts'

const signal = new AbortController().signal

function open(url: string, clock: Clock = systemClock) {
  const written = { name: 'am', kind: 'alertmanager', url, labels: { cluster: 'c1' } }
  return createNotifier(receiverSchema.parse(written), { clock, ids: createCountingIds() })
}

/** As of now: what began long ago and was not said again would be over. */
function atNow(message: Message, endedAtMs?: number): Message {
  const alerts = message.alerts.map(({ alert, summary }) => ({
    ...{ alert: { ...alert, startedAtMs: Date.now() - 60_000 }, summary, endedAtMs },
  }))
  return { ...message, alerts, createdAtMs: Date.now() }
}

test('Alertmanager holds what fires, with everything that was said, and lets it go when it is over', async (context) => {
  const alertmanager = await startAlertmanager(context)
  if (alertmanager === undefined) return
  const notifier = open(alertmanager.url)
  const delivery = await notifier.deliver(atNow(createMessage()), signal)
  assert.deepEqual(delivery, { result: 'delivered', answer: 'Alertmanager answered 200' })
  const [held, ...others] = await alertmanager.alerts()
  assert.ok(held !== undefined && others.length === 0)
  assert.deepEqual(held.labels, {
    alertname: 'BackendDown',
    backend: 'gpu-a',
    severity: 'page',
    cluster: 'c1',
  })
  assert.equal(held.annotations['summary'], 'The backend gpu-a has not answered for a minute.')
  assert.equal(held.annotations['runbook_url'], LINK_URL)
  assert.equal(held.annotations['silence'], SILENCE)
  assert.match(held.annotations['description'] ?? '', /qwen3:32b go to gpu-b/)
  assert.equal(held.generatorURL, LINK_URL)
  assert.equal(held.status.state, 'active')

  const resolved = await notifier.deliver(atNow(createMessage({ kind: 'resolved' }), Date.now()), signal)
  assert.equal(resolved.result, 'delivered')
  await until(async () => (await alertmanager.alerts()).length === 0, 'the end of the alert')
  await notifier.close()
})

test('what is told again stays one alert, for some minutes more', async (context) => {
  const alertmanager = await startAlertmanager(context)
  if (alertmanager === undefined) return
  const clock = createManualClock(Date.now())
  const notifier = open(alertmanager.url, clock)
  assert.equal(notifier.refreshMs, 60_000)
  const ends: number[] = []
  const message = atNow(createMessage())
  for (let times = 0; times < 3; times += 1) {
    await notifier.deliver(message, signal)
    const held: readonly HeldAlert[] = await alertmanager.alerts()
    assert.equal(held.length, 1)
    ends.push(Date.parse(held[0]?.endsAt ?? ''))
    clock.advance(60_000)
  }
  assert.deepEqual([(ends[1] ?? 0) - (ends[0] ?? 0), (ends[2] ?? 0) - (ends[1] ?? 0)], [60_000, 60_000])
  assert.ok((ends[0] ?? 0) > Date.now() + 3 * 60_000)
  await notifier.close()
})

test('a test and a heartbeat are alerts that end by themselves', async (context) => {
  const alertmanager = await startAlertmanager(context)
  if (alertmanager === undefined) return
  const notifier = open(alertmanager.url)
  for (const kind of ['test', 'heartbeat'] as const) {
    const message = { ...createMessage({ kind }), createdAtMs: Date.now() }
    assert.equal((await notifier.deliver(message, signal)).result, 'delivered')
  }
  const names = (await alertmanager.alerts()).map(({ labels }) => labels['alertname'])
  assert.deepEqual(names.sort(), ['WeirHeartbeat', 'WeirTest'])
  await notifier.close()
})

test('labels that Alertmanager would refuse are made such that it takes them', async (context) => {
  const alertmanager = await startAlertmanager(context)
  if (alertmanager === undefined) return
  const notifier = open(`${alertmanager.url}/`)
  const message = atNow(createMessage())
  const alerts = message.alerts.map((each) => ({
    ...each,
    alert: { ...each.alert, labels: { 'a-b.c': 'x', '9z': 'y', empty: '', backend: 'a\u0000b \ud800' } },
  }))
  const delivery = await notifier.deliver({ ...message, alerts }, signal)
  assert.equal(delivery.result, 'delivered', JSON.stringify(delivery))
  const [held] = await alertmanager.alerts()
  assert.deepEqual(held?.labels, {
    ...{ a_b_c: 'x', _9z: 'y', backend: 'ab \ufffd' },
    ...{ alertname: 'BackendDown', severity: 'page', cluster: 'c1' },
  })
  await notifier.close()
})
