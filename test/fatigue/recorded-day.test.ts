// How many messages people get: whole days of records, minute by minute, through the engine of service levels and alerting
// as they run in a gateway. Only the clock, the store and the receiver are stand-ins.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { createAlerting, type Alerting } from '../../src/alerting/alerting.ts'
import { toReceiver, toRoute, toTestPolicy } from '../../src/alerting/fixtures/alerts.ts'
import { createFakeReceiver, createMemoryDocuments } from '../../src/alerting/fixtures/world.ts'
import type { Message } from '../../src/alerting/notifier.ts'
import { createManualClock } from '../../src/core/clock.ts'
import { createEngine } from '../../src/slo/engine/engine.ts'
import { toObjective } from '../../src/slo/fixtures/objective.ts'
import { FAILED, toRecord } from '../../src/slo/fixtures/record.ts'
import { createMemoryStore } from '../../src/slo/fixtures/store.ts'
import { createMaintenance } from '../../src/slo/maintenance/maintenance.ts'
import { createMinuteCounter } from '../../src/slo/minutes.ts'
import type { Objective } from '../../src/slo/objective.ts'
import { toCounted } from '../../src/slo/resolve.ts'
import type { ThresholdRule } from '../../src/slo/threshold-rule.ts'
import type { BackendSeen } from '../../src/slo/thresholds/rule-conditions.ts'

const MINUTE_MS = 60_000
const HOUR_MINUTES = 60
const DAY_MINUTES = 24 * HOUR_MINUTES
const MIDNIGHT_MS = Date.UTC(2026, 9, 5)
/** Twice a minute; the engine itself looks four times. */
const STEP_MS = 30_000

const OBJECTIVES: readonly Objective[] = [
  toObjective({ name: 'chat-available', targetRatio: 0.995 }),
  toObjective({
    name: 'chat-first-token',
    targetRatio: 0.98,
    indicator: { kind: 'firstToken', thresholdMs: 2_000 },
  }),
]

/** As every gateway has it that is not told otherwise. */
const BACKEND_DOWN: ThresholdRule = {
  ...{ kind: 'backend-down', name: 'backend-down', alert: 'BackendDown', severity: 'page', backend: '*' },
  ...{ forMs: MINUTE_MS, description: undefined, runbook: undefined },
}

/** What ends in a minute: requests that are well, that failed, and that had to wait for their first token. */
interface Traffic {
  readonly good: number
  readonly failed: number
  readonly slow: number
}

interface Incident {
  readonly fromMinute: number
  readonly minutes: number
  readonly traffic: Traffic
}

interface Day {
  readonly minutes: number
  readonly trafficAt: (minute: number) => Traffic
  /** The process ends and another one begins. */
  readonly restartsAt?: readonly number[]
  /** Whether the only backend answers. */
  readonly isDownAt?: (minute: number) => boolean
  /** Nothing was counted before. */
  readonly isYoung?: boolean
}

async function live({
  minutes,
  trafficAt,
  restartsAt = [],
  isDownAt = () => false,
  isYoung,
}: Day): Promise<readonly Message[]> {
  const clock = createManualClock(MIDNIGHT_MS)
  const store = createMemoryStore()
  if (isYoung !== true) store.write(toHistory())
  const levels = { objectives: OBJECTIVES, rules: [BACKEND_DOWN], maintenance: [] }
  const counter = createMinuteCounter(clock)
  counter.replace(toCounted(levels), createMaintenance([]))
  const oncall = createFakeReceiver({ rate: { messages: 20, periodMs: MINUTE_MS } })
  const documents = createMemoryDocuments()
  const policy = toTestPolicy({ receivers: [toReceiver('oncall')], routes: [toRoute()] })
  const open = (): Alerting =>
    createAlerting({
      setup: { policy, notifiers: new Map([['oncall', oncall]]) },
      ...{ documents, clock, random: () => 0.5, report: () => undefined, count: () => undefined },
    })
  let alerting = open()
  const toBackend = (wallMs: number): BackendSeen => {
    const up = !isDownAt(Math.floor((wallMs - MIDNIGHT_MS) / MINUTE_MS))
    return { name: 'gpu-1', up, reason: 'refused', models: ['qwen3:4b'] }
  }
  const start = () => {
    const engine = createEngine({
      ...{ clock, store, counter },
      surroundings: { backends: () => [toBackend(clock.wall())], read: () => Promise.resolve([]) },
      onAlerts: (alerts) => void alerting.evaluate(alerts),
      onStanding: () => undefined,
      onFailure: (what) => assert.fail(what),
    })
    engine.replace(levels)
    return engine
  }
  let engine = start()
  for (let minute = 0; minute < minutes; minute += 1) {
    const { good, failed, slow } = trafficAt(minute)
    const record = toRecord({ startedAtMs: clock.wall() - 1_200 })
    for (let at = 0; at < good; at += 1) counter.count(record)
    for (let at = 0; at < failed; at += 1) counter.count({ ...record, ...FAILED })
    for (let at = 0; at < slow; at += 1) counter.count({ ...record, firstTokenMs: 9_000 })
    const taken = counter.takeMinutes()
    store.write(taken)
    counter.noteWritten(taken)
    if (restartsAt.includes(minute)) {
      await engine.stop()
      await alerting.close()
      alerting = open()
      engine = start()
    }
    for (let passedMs = 0; passedMs < MINUTE_MS; passedMs += STEP_MS) {
      await engine.tick()
      clock.advance(STEP_MS)
      await turn()
      await turn()
    }
  }
  return oncall.got
}

/** A month without trouble, so that a budget is there to be spent. */
function toHistory() {
  const firstMinute = MIDNIGHT_MS / MINUTE_MS - 29 * DAY_MINUTES
  return OBJECTIVES.flatMap(({ name }) =>
    Array.from({ length: 29 * 24 }, (_, hour) => ({
      ...{ objective: name, minute: firstMinute + hour * HOUR_MINUTES },
      ...{ good: 1_798, total: 1_800, excluded: 0 },
    })),
  )
}

const USUAL: Traffic = { good: 30, failed: 0, slow: 0 }

/** One request in a thousand fails and a few wait too long, as somewhere always does. */
function usualAt(minute: number): Traffic {
  return { ...USUAL, failed: minute % 34 === 0 ? 1 : 0, slow: minute % 7 === 0 ? 1 : 0 }
}

function withIncidents(incidents: readonly Incident[]): (minute: number) => Traffic {
  return (minute) =>
    incidents.find(({ fromMinute, minutes }) => minute >= fromMinute && minute < fromMinute + minutes)
      ?.traffic ?? usualAt(minute)
}

const INCIDENTS: readonly Incident[] = [
  { fromMinute: 3 * HOUR_MINUTES, minutes: 20, traffic: { good: 20, failed: 10, slow: 0 } },
  { fromMinute: 11 * HOUR_MINUTES, minutes: 30, traffic: { good: 0, failed: 30, slow: 0 } },
  { fromMinute: 19 * HOUR_MINUTES, minutes: 45, traffic: { good: 5, failed: 0, slow: 25 } },
]

function told(messages: readonly Message[], severity: string): string[] {
  return messages
    .filter((message) => message.severity === severity)
    .map(({ kind, alerts }) => `${kind} ${alerts[0]?.alert.labels['slo']}`)
}

const PAGES = [
  'firing chat-available',
  'resolved chat-available',
  'firing chat-available',
  'resolved chat-available',
  'firing chat-first-token',
  'resolved chat-first-token',
]

test('a day with three incidents is three pages and three ends, no more and no less', async () => {
  const messages = await live({ minutes: DAY_MINUTES, trafficAt: withIncidents(INCIDENTS) })
  assert.deepEqual(told(messages, 'page'), PAGES)
  const pagedMinutes = messages
    .filter(({ severity, kind }) => severity === 'page' && kind === 'firing')
    .map(({ createdAtMs }) => (createdAtMs - MIDNIGHT_MS) / MINUTE_MS)
  for (const [at, { fromMinute }] of INCIDENTS.entries()) {
    const delay = (pagedMinutes[at] ?? Infinity) - fromMinute
    assert.ok(delay > 0 && delay <= 30, `told ${delay} minutes after the beginning of incident ${at + 1}`)
  }
  assert.ok(told(messages, 'ticket').length <= 6, told(messages, 'ticket').join())
})

test('one outage is one page, whether its backend or the promise it breaks is noticed first', async () => {
  const outage: Incident = { fromMinute: 60, minutes: 15, traffic: { good: 0, failed: 30, slow: 0 } }
  const isDownAt = (minute: number): boolean => minute >= 60 && minute < 75
  const messages = await live({
    ...{ minutes: 4 * HOUR_MINUTES, trafficAt: withIncidents([outage]), isDownAt },
  })
  const pages = messages.filter(({ severity }) => severity === 'page')
  const named = pages.map(({ kind, alerts }) => `${kind} ${alerts[0]?.alert.name}`)
  assert.deepEqual(named, ['firing BackendDown', 'resolved BackendDown'])
  assert.match(pages[0]?.text ?? '', /Backend gpu-1 \(qwen3:4b\) does not answer/)
  const many = { ...outage, traffic: { good: 0, failed: 600, slow: 0 } }
  const busy = await live({
    ...{ minutes: 4 * HOUR_MINUTES, trafficAt: withIncidents([many]), isDownAt },
  })
  assert.deepEqual(told(busy, 'page'), PAGES.slice(0, 2))
  assert.match(busy[0]?.text ?? '', /No answer from backend gpu-1 \(qwen3:4b\)/)
})

test('a backend that is gone while others answer in its place is a page of its own', async () => {
  const isDownAt = (minute: number): boolean => minute >= 60 && minute < 75
  const messages = await live({ minutes: 2 * HOUR_MINUTES, trafficAt: usualAt, isDownAt })
  assert.deepEqual(
    messages.map(({ kind, alerts }) => `${kind} ${alerts[0]?.alert.name}`),
    ['firing BackendDown', 'resolved BackendDown'],
  )
})

test('on a gateway that is an hour old an outage of two minutes is over for people within ten minutes', async () => {
  const outage: Incident = { fromMinute: 60, minutes: 2, traffic: { good: 0, failed: 300, slow: 0 } }
  const trafficAt = withIncidents([outage])
  const messages = await live({ minutes: 3 * HOUR_MINUTES, trafficAt, isYoung: true })
  const pages = messages.filter(({ severity }) => severity === 'page')
  assert.deepEqual(
    pages.map(({ kind }) => kind),
    ['firing', 'resolved'],
  )
  const endedMinute = ((pages[1]?.createdAtMs ?? Infinity) - MIDNIGHT_MS) / MINUTE_MS
  assert.ok(endedMinute <= 62 + 10, `told ${endedMinute - 62} minutes after its end`)
})

test('a restart in the middle of each incident tells nobody twice', async () => {
  const restartsAt = INCIDENTS.map(({ fromMinute, minutes }) => fromMinute + minutes - 2)
  const messages = await live({ minutes: DAY_MINUTES, trafficAt: withIncidents(INCIDENTS), restartsAt })
  assert.deepEqual(told(messages, 'page'), PAGES)
})

test('a quiet night in which one of three requests fails wakes nobody', async () => {
  const quiet = { good: 0, failed: 0, slow: 0 }
  const trafficAt = (minute: number): Traffic => {
    if (minute === 61 || minute === 180) return { ...quiet, good: 1 }
    return minute === 121 ? { ...quiet, failed: 1 } : quiet
  }
  assert.deepEqual(await live({ minutes: 8 * HOUR_MINUTES, trafficAt }), [])
})

test('a service that fails every other ten minutes all day long does not fill a chat', async () => {
  const flapping: Traffic = { good: 10, failed: 20, slow: 0 }
  const messages = await live({
    minutes: DAY_MINUTES,
    trafficAt: (minute) => (Math.floor(minute / 10) % 2 === 0 ? flapping : usualAt(minute)),
  })
  // It is broken all the time, and told so: once an hour, and a few ends that were none.
  const pages = told(messages, 'page')
  assert.ok(pages.length >= 20 && pages.length <= 34, `${pages.length} pages: ${pages.join()}`)
})
