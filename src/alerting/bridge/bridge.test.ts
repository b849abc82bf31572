import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createManualClock } from '../../core/clock.ts'
import type { Delivery, Message } from '../notifier.ts'
import { createBridge, type BridgeReceiver } from './bridge.ts'

const DELIVERED: Delivery = { result: 'delivered', answer: 'DingTalk took it' }

interface Body {
  readonly groupKey?: string
  readonly alerts?: readonly Readonly<Record<string, unknown>>[]
  readonly [key: string]: unknown
}

function alert(status: 'firing' | 'resolved', fingerprint = 'f1', startsAt = '2026-11-21T12:00:00Z') {
  return {
    ...{ status, fingerprint, startsAt },
    labels: { alertname: 'HighLatency', severity: 'critical', model: 'qwen3:32b' },
    annotations: { summary: 'It is slow.' },
    endsAt: status === 'firing' ? '0001-01-01T00:00:00Z' : '2026-11-21T12:05:00Z',
    generatorURL: 'http://prometheus.example/graph?g0.expr=x',
  }
}

function bodyOf({ alerts = [alert('firing')], ...rest }: Body = {}): string {
  const isOver = alerts.every(({ status }) => status === 'resolved')
  return JSON.stringify({
    version: '4',
    groupKey: '{}:{alertname="HighLatency"}',
    status: isOver ? 'resolved' : 'firing',
    receiver: 'weir',
    groupLabels: { alertname: 'HighLatency' },
    commonLabels: { alertname: 'HighLatency', severity: 'critical' },
    commonAnnotations: {},
    externalURL: 'http://alertmanager.example',
    alerts,
    ...rest,
  })
}

function open(change: Partial<BridgeReceiver> = {}) {
  const clock = createManualClock()
  const messages: Message[] = []
  const outcomes: (Delivery | Promise<Delivery>)[] = []
  const counted: string[] = []
  const reported: string[] = []
  const receiver: BridgeReceiver = {
    notifier: {
      kind: 'dingtalk',
      rate: undefined,
      async deliver(message) {
        messages.push(message)
        return outcomes.shift() ?? DELIVERED
      },
      close: () => Promise.resolve(),
    },
    language: 'en',
    tellsResolved: true,
    timeoutMs: 10_000,
    ...change,
  }
  const bridge = createBridge({
    receivers: () => new Map([['oncall', receiver]]),
    timeZone: () => 'UTC',
    clock,
    report: (level, message) => void reported.push(`${level} ${message}`),
    count: (name, result) => void counted.push(`${name} ${result}`),
  })
  const take = async (body: string = bodyOf()): Promise<number> => (await bridge.take('oncall', body)).status
  return { bridge, take, clock, messages, outcomes, counted, reported }
}

test('what was delivered is answered 200, counted and logged', async () => {
  const { bridge, counted, reported, messages } = open()
  assert.deepEqual(await bridge.take('oncall', bodyOf()), {
    status: 200,
    message: 'DingTalk took it.',
    retryAfterMs: undefined,
  })
  assert.deepEqual(counted, ['oncall delivered'])
  assert.deepEqual(reported, ['info an alert of Alertmanager was passed on'])
  assert.equal(messages[0]?.title, 'PAGE: HighLatency')
})

test('what may go better later is a 503, and is sent again when it comes again', async () => {
  const { bridge, take, outcomes, messages, counted } = open()
  outcomes.push({ result: 'retry', reason: 'DingTalk answered -1', afterMs: 5_000 })
  const reply = await bridge.take('oncall', bodyOf())
  assert.deepEqual(reply, { status: 503, message: 'DingTalk answered -1.', retryAfterMs: 5_000 })
  assert.equal(await take(), 200)
  assert.equal(messages.length, 2)
  assert.deepEqual(counted, ['oncall retried', 'oncall delivered'])
})

test('each try of a notification has one id, and what is said anew has another', async () => {
  const { take, clock, messages, outcomes } = open()
  outcomes.push({ result: 'retry', reason: 'busy', afterMs: undefined })
  await take()
  clock.advance(20_000)
  await take()
  clock.advance(3_600_000)
  await take()
  await take(bodyOf({ alerts: [alert('resolved')] }))
  await take(bodyOf({ alerts: [alert('firing', 'f1', '2026-11-21T13:10:00Z')] }))
  const ids = messages.map(({ id }) => id)
  assert.equal(ids.length, 5)
  assert.equal(ids[0], ids[1])
  assert.equal(new Set(ids).size, 4)
})

test('what would go no better is a 424, which Alertmanager does not repeat', async () => {
  const { bridge, outcomes, reported } = open()
  outcomes.push({ result: 'failed', reason: 'DingTalk answered 310000: sign not match' })
  assert.equal((await bridge.take('oncall', bodyOf())).status, 424)
  assert.match(reported[0] ?? '', /^error /)
})

test('a pair of Alertmanagers that both send is heard once a minute', async () => {
  const { take, clock, messages } = open()
  assert.deepEqual([await take(), await take()], [200, 200])
  assert.equal(messages.length, 1)
  clock.advance(60_000)
  assert.equal(await take(), 200)
  assert.equal(messages.length, 2)
})

test('the second of a pair waits for the first, and takes over when that fails', async () => {
  const { take, outcomes, messages } = open()
  const gate = Promise.withResolvers<Delivery>()
  outcomes.push(gate.promise)
  const both = Promise.all([take(), take()])
  gate.resolve({ result: 'retry', reason: 'busy', afterMs: undefined })
  assert.deepEqual(await both, [503, 200])
  assert.equal(messages.length, 2)
})

test('what is new in a group is said, with all of the group', async () => {
  const { take, messages } = open()
  await take(bodyOf({ alerts: [alert('firing', 'a')] }))
  await take(bodyOf({ alerts: [alert('firing', 'a'), alert('firing', 'b')] }))
  assert.deepEqual(
    messages.map(({ alerts }) => alerts.length),
    [1, 2],
  )
})

test('the end of an alert is no repetition of its beginning, nor is a new beginning', async () => {
  const { take, messages } = open()
  for (const alerts of [
    [alert('firing')],
    [alert('resolved')],
    [alert('firing', 'f1', '2026-11-21T12:05:30Z')],
    [alert('firing', 'f1', '2026-11-21T12:05:30Z')],
  ])
    await take(bodyOf({ alerts }))
  assert.deepEqual(
    messages.map(({ kind }) => kind),
    ['firing', 'resolved', 'firing'],
  )
})

test('groups are told apart', async () => {
  const { take, messages } = open()
  await take(bodyOf({ groupKey: 'one' }))
  await take(bodyOf({ groupKey: 'other' }))
  assert.equal(messages.length, 2)
})

test('a receiver that wants no news of the end gets none', async () => {
  const { take, messages } = open({ tellsResolved: false })
  assert.equal(await take(bodyOf({ alerts: [alert('resolved')] })), 200)
  assert.equal(messages.length, 0)
  await take(bodyOf({ alerts: [alert('resolved', 'a'), alert('firing', 'b')] }))
  assert.equal(messages.length, 1)
})

test('an unknown receiver is a 404 that names the nearest, and nothing else', () => {
  const { bridge } = open()
  assert.deepEqual(bridge.refuse('oncal'), {
    status: 404,
    message: 'There is no receiver of this name; did you mean oncall?',
    retryAfterMs: undefined,
  })
  assert.equal(bridge.refuse('payroll')?.message, 'There is no receiver of this name.')
  assert.equal(bridge.refuse('x'.repeat(100_000))?.status, 404)
  assert.equal(bridge.refuse('oncall'), undefined)
})

test('a receiver that forgets is not bridged to: nobody would remind it', () => {
  const notifier = { kind: 'alertmanager', rate: undefined, refreshMs: 60_000 }
  const { bridge } = open({
    notifier: { ...notifier, deliver: () => Promise.resolve(DELIVERED), close: () => Promise.resolve() },
  })
  assert.equal(bridge.refuse('oncall')?.status, 400)
})

test('what is no notification is a 400 that quotes nothing', async () => {
  const { bridge, messages } = open()
  for (const [body, expected] of [
    ['', /not JSON/],
    ['{', /not JSON/],
    ['[]', /version 4/],
    ['null', /version 4/],
    [bodyOf({ version: '3' }), /see version/],
    [bodyOf({ alerts: [] }), /see alerts/],
    [bodyOf({ alerts: [{ ...alert('firing'), startsAt: 'soon' }] }), /see alerts\.0\.startsAt/],
    [bodyOf({ alerts: [{ ...alert('firing'), labels: { a: 1 } }] }), /see alerts\.0\.labels\.a/],
    [bodyOf({ status: 'maybe' }), /see status/],
  ] as const) {
    const reply = await bridge.take('oncall', body)
    assert.equal(reply.status, 400, body)
    assert.match(reply.message, expected)
  }
  assert.equal(messages.length, 0)
})

test('a bridge that closes ends what is under way, to be sent again', async () => {
  let seen: AbortSignal | undefined
  const { bridge } = open({
    notifier: {
      kind: 'dingtalk',
      rate: undefined,
      deliver: (_, signal) => {
        seen = signal
        return new Promise((resolve) =>
          signal.addEventListener('abort', () =>
            resolve({ result: 'retry', reason: 'cut off', afterMs: undefined }),
          ),
        )
      },
      close: () => Promise.resolve(),
    },
  })
  const reply = bridge.take('oncall', bodyOf())
  await Promise.resolve()
  bridge.close()
  assert.equal((await reply).status, 503)
  assert.equal(seen?.aborted, true)
})
