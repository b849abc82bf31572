import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import type { Alert } from '../../core/alert.ts'
import { createManualClock, type ManualClock } from '../../core/clock.ts'
import { FAILED, toRecord } from '../fixtures/record.ts'
import { toObjective } from '../fixtures/objective.ts'
import { createMemoryStore, type MemoryStore } from '../fixtures/store.ts'
import { createMaintenance } from '../maintenance/maintenance.ts'
import { createMinuteCounter, type MinuteCounter } from '../minutes.ts'
import { toCounted, type ServiceLevels } from '../resolve.ts'
import type { ThresholdRule } from '../threshold-rule.ts'
import type { BackendSeen } from '../thresholds/rule-conditions.ts'
import { createEngine, type Engine, type EngineOptions } from './engine.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
/** 2026-11-21T12:00:00Z, a Saturday. */
const NOON_MS = Date.UTC(2026, 10, 21, 12)

const DOWN: ThresholdRule = {
  kind: 'backend-down',
  name: 'gone',
  alert: 'BackendDown',
  severity: 'page',
  forMs: MINUTE_MS,
  description: undefined,
  runbook: undefined,
  backend: '*',
}

interface Stage {
  readonly clock: ManualClock
  readonly store: MemoryStore
  readonly counter: MinuteCounter
  readonly engine: Engine
  readonly backends: BackendSeen[]
  readonly failures: string[]
  /** What was told last. */
  told: readonly Alert[] | undefined
  readonly standings: string[]
  /** So many requests that end now. */
  readonly requests: (good: number, bad: number) => void
  /** What is counted goes to the store. */
  readonly flush: () => void
  /** Evaluates, and names what holds. */
  readonly look: () => Promise<readonly string[] | undefined>
}

interface StageOptions extends Partial<Pick<EngineOptions, 'blame'>> {
  readonly levels?: Partial<ServiceLevels>
  readonly clock?: ManualClock
  readonly store?: MemoryStore
}

function stage({
  levels = {},
  blame,
  clock = createManualClock(NOON_MS),
  store = createMemoryStore(),
}: StageOptions = {}): Stage {
  const all = { objectives: [toObjective()], rules: [], maintenance: [], ...levels }
  const counter = createMinuteCounter(clock)
  counter.replace(toCounted(all), createMaintenance(all.maintenance))
  const backends: BackendSeen[] = []
  const engine = createEngine({
    ...{ clock, store, counter, blame },
    surroundings: {
      backends: () => backends,
      read: () => Promise.resolve([{ labels: { gpu: '0' }, value: 0.97 }]),
    },
    onAlerts: (alerts) => void (self.told = alerts),
    onStanding: (standing) => void self.standings.push(standing),
    onFailure: (what) => void self.failures.push(what),
  })
  engine.replace(all)
  const self: Stage = {
    ...{ clock, store, counter, engine, backends },
    failures: [],
    told: undefined,
    standings: [],
    requests(good, bad) {
      const record = toRecord({ startedAtMs: clock.wall() - 1_200 })
      for (let at = 0; at < good; at += 1) counter.count(record)
      for (let at = 0; at < bad; at += 1) counter.count({ ...record, ...FAILED })
    },
    flush() {
      const taken = counter.takeMinutes()
      store.write(taken)
      counter.noteWritten(taken)
    },
    async look() {
      await engine.tick()
      return self.told?.map(({ name, severity }) => `${severity} ${name}`)
    },
  }
  return self
}

test('an outage is told while it lasts, from what is not written yet too, and is over after it', async () => {
  const { requests, flush, look, clock } = stage()
  requests(100, 0)
  assert.deepEqual(await look(), [])
  requests(0, 50)
  assert.deepEqual(await look(), ['page SloBudgetBurn', 'ticket SloBudgetBurn', 'ticket SloBudgetExhausted'])
  flush()
  assert.deepEqual(await look(), ['page SloBudgetBurn', 'ticket SloBudgetBurn', 'ticket SloBudgetExhausted'])
  for (let minute = 0; minute < 40; minute += 1) {
    clock.advance(MINUTE_MS)
    requests(10, 0)
    flush()
  }
  assert.deepEqual(await look(), ['ticket SloBudgetBurn', 'ticket SloBudgetExhausted'])
})

test('an alert says what is at stake, since when, and who is to blame', async () => {
  const slice = { phase: 'queue', backend: 'ollama', model: 'qwen3:4b', band: undefined, shareRatio: 1 }
  const asked: number[] = []
  const self = stage({
    blame: (_, minutes) => {
      asked.push(minutes)
      return Promise.resolve([slice])
    },
  })
  self.requests(900, 100)
  await self.look()
  const [page] = self.told ?? []
  assert.equal(page?.startedAtMs, NOON_MS)
  assert.deepEqual(page?.labels, { slo: 'chat' })
  assert.deepEqual(page?.facts, {
    kind: 'burn',
    slo: {
      objective: 'chat',
      promise: '99% of requests succeed',
      about: { kind: 'availability', thresholdMs: undefined },
      targetRatio: 0.99,
      attainedRatio: 0.9,
      windowText: '30 days',
      budgetRemainingRatio: 1 - 0.1 / 0.01,
      exhaustedInMs: undefined,
      blamed: [slice],
    },
    ...{ isEasing: true, isPartial: true },
    longWindow: '6h',
    shortWindow: '30m',
    burnRate: 10,
    factor: 6,
    badEvents: 100,
    events: 1_000,
  })
  self.clock.advance(15_000)
  await self.look()
  assert.deepEqual(asked, [360])
})

test('an attribution that fails or hangs does not hold up the alert', async () => {
  const failing = stage({ blame: () => Promise.reject(new TypeError('no')) })
  failing.requests(0, 50)
  assert.equal((await failing.look())?.[0], 'page SloBudgetBurn')
  const hanging = stage({ blame: () => new Promise(() => undefined) })
  hanging.requests(0, 50)
  const look = hanging.look()
  await turn()
  hanging.clock.advance(5_000)
  assert.equal((await look)?.[0], 'page SloBudgetBurn')
})

test('a store that does not answer makes everything unknown, and nothing healthy', async () => {
  const { requests, look, store, engine, standings } = stage()
  requests(0, 50)
  await look()
  store.isDown = true
  assert.equal(await look(), undefined)
  assert.deepEqual(
    [engine.state().standing, engine.state().alerts, engine.state().objectives[0]?.evaluation],
    ['unknown', undefined, undefined],
  )
  store.isDown = false
  assert.equal((await look())?.[0], 'page SloBudgetBurn')
  assert.deepEqual(standings, ['leading', 'unknown', 'leading'])
})

test('a store that hangs is one that does not answer, and holds up no writing', async () => {
  const self = stage()
  self.requests(1, 0)
  let open = (): void => undefined
  self.store.gate = new Promise((resolve) => {
    open = resolve
  })
  const look = self.look()
  for (let at = 0; at < 10; at += 1) {
    await turn()
    self.clock.advance(10_000)
  }
  assert.equal(await look, undefined)
  assert.equal(self.counter.takeMinutes().length, 1)
  open()
})

test('a write that hangs makes it unknown, and is waited for no longer than it may take', async () => {
  const self = stage()
  self.requests(1, 0)
  const taken = self.counter.takeMinutes()
  const look = self.look()
  await turn()
  self.clock.advance(15_000)
  assert.equal(await look, undefined)
  self.counter.giveBack(taken)
  assert.deepEqual(await self.look(), [])
  assert.equal(self.counter.takeMinutes().length, 1)
})

test('who does not lead knows nothing, and begins anew when it does', async () => {
  const { requests, look, store, engine } = stage()
  requests(0, 50)
  store.leads = false
  assert.equal(await look(), undefined)
  assert.equal(engine.state().standing, 'following')
  store.leads = true
  assert.equal((await look())?.[0], 'page SloBudgetBurn')
})

test('an objective that burns names the backends of its scope that do not answer, with their models', async () => {
  const scope = { model: 'qwen3*', route: undefined, tenant: undefined, backend: undefined }
  const self = stage({ levels: { objectives: [toObjective({ scope })] } })
  const out = (name: string, models: readonly string[], up = false): void =>
    void self.backends.push({ name, up, reason: 'refused', models })
  out('gpu-1', ['qwen3:4b', 'llama3.2'])
  out('gpu-2', ['llama3.2'])
  out('gpu-3', ['qwen3:4b'], true)
  out('never-seen', [])
  out('any', ['*'])
  self.requests(0, 50)
  await self.look()
  const facts = self.told?.[0]?.facts
  assert.deepEqual(facts !== undefined && 'slo' in facts && facts.slo.down, [
    { backend: 'gpu-1', models: ['qwen3:4b'] },
    { backend: 'never-seen', models: [] },
    { backend: 'any', models: ['*'] },
  ])
})

test('a backend must be away as long as its rule says, also over a restart', async () => {
  const self = stage({ levels: { rules: [DOWN] } })
  const gone = { name: 'ollama', up: false, reason: 'refused', models: [] }
  self.backends.push(gone)
  assert.deepEqual(await self.look(), [])
  self.clock.advance(45_000)
  assert.deepEqual(await self.look(), [])
  const next = stage({ levels: { rules: [DOWN] }, clock: self.clock, store: self.store })
  next.backends.push(gone)
  self.clock.advance(15_000)
  assert.deepEqual(await next.look(), ['page BackendDown'])
  assert.equal(next.told?.[0]?.startedAtMs, NOON_MS)
  assert.deepEqual(next.told?.[0]?.labels, { rule: 'gone', backend: 'ollama' })
  next.backends.length = 0
  assert.deepEqual(await next.look(), [])
})

test('what held long before a restart begins anew', async () => {
  const self = stage({ levels: { rules: [DOWN] } })
  const gone = { name: 'ollama', up: false, reason: 'refused', models: [] }
  self.backends.push(gone)
  await self.look()
  self.clock.advance(HOUR_MS)
  const next = stage({ levels: { rules: [DOWN] }, clock: self.clock, store: self.store })
  next.backends.push(gone)
  assert.deepEqual(await next.look(), [])
})

test('a wall clock that is set, and a machine that sleeps, make nothing hold longer', async () => {
  const self = stage({ levels: { rules: [DOWN] } })
  self.backends.push({ name: 'ollama', up: false, reason: 'refused', models: [] })
  await self.look()
  self.clock.jumpWall(HOUR_MS)
  self.clock.advance(15_000)
  assert.deepEqual(await self.look(), [])
  self.clock.jumpWall(-2 * HOUR_MS)
  self.clock.advance(15_000)
  assert.deepEqual(await self.look(), [])
  self.clock.advance(30_000)
  assert.deepEqual(await self.look(), ['page BackendDown'])
})

test('a clock set back takes events of the future for what they are, and does not lose them', async () => {
  const self = stage()
  self.clock.jumpWall(2 * HOUR_MS)
  self.requests(0, 50)
  self.flush()
  self.clock.jumpWall(-2 * HOUR_MS)
  assert.deepEqual(await self.look(), [])
  self.clock.advance(2 * HOUR_MS)
  assert.equal((await self.look())?.[0], 'page SloBudgetBurn')
})

test('no data is told after its time, ends with the first request, and goes on over a restart', async () => {
  const levels = { objectives: [toObjective({ noDataMinutes: 30 })] }
  const self = stage({ levels })
  const lookAfter = async (of: Stage, ms: number) => {
    for (let passed = 0; passed < ms; passed += MINUTE_MS) {
      of.clock.advance(MINUTE_MS)
      await of.look()
    }
    return of.look()
  }
  await self.look()
  assert.deepEqual(await lookAfter(self, 29 * MINUTE_MS), [])
  assert.deepEqual(await lookAfter(self, MINUTE_MS), ['ticket SloNoData'])
  const next = stage({ levels, clock: self.clock, store: self.store })
  assert.deepEqual(await next.look(), ['ticket SloNoData'])
  next.requests(1, 0)
  assert.deepEqual(await next.look(), [])
})

test('whoever slept has not seen that nothing came', async () => {
  const self = stage({ levels: { objectives: [toObjective({ noDataMinutes: 30 })] } })
  await self.look()
  self.clock.jumpWall(8 * HOUR_MS)
  self.clock.advance(15_000)
  assert.deepEqual(await self.look(), [])
})

test('maintenance is no lack of data', async () => {
  const maintenance = [{ kind: 'once', name: 'm', fromMs: 0, toMs: NOON_MS + HOUR_MS }] as const
  const self = stage({ levels: { objectives: [toObjective({ noDataMinutes: 30 })], maintenance } })
  for (let minute = 0; minute < 75; minute += 1) {
    self.clock.advance(MINUTE_MS)
    assert.deepEqual(await self.look(), [], String(minute))
  }
})

test('a share of slow requests must last', async () => {
  const rule: ThresholdRule = {
    ...{ kind: 'requests', name: 'slow', alert: 'Slow', severity: 'ticket', forMs: 2 * MINUTE_MS },
    ...{ description: undefined, runbook: undefined, measure: 'requests slower than 1s' },
    counted: { ...toObjective(), name: 'rule:slow', indicator: { kind: 'duration', thresholdMs: 1_000 } },
    ...{ limitRatio: 0.05, overMinutes: 5, minEvents: 20, minBadEvents: 5 },
  }
  const self = stage({ levels: { objectives: [], rules: [rule] } })
  self.requests(30, 0)
  assert.deepEqual(await self.look(), [])
  self.clock.advance(MINUTE_MS)
  self.requests(10, 0)
  await self.look()
  self.clock.advance(MINUTE_MS)
  assert.deepEqual(await self.look(), ['ticket Slow'])
  assert.deepEqual(self.told?.[0]?.facts, {
    ...{ kind: 'threshold', rule: 'slow', measure: 'requests slower than 1s' },
    about: { kind: 'duration', thresholdMs: 1_000 },
    ...{ value: 1, threshold: 0.05, unit: 'ratio', forMs: 2 * MINUTE_MS },
  })
  self.clock.advance(5 * MINUTE_MS)
  assert.deepEqual(await self.look(), [])
})

test('a gauge must be over its limit in the mean of its time', async () => {
  const rule: ThresholdRule = {
    ...{ kind: 'gauge', name: 'gpu', alert: 'Gpu', severity: 'ticket', forMs: 0 },
    ...{ description: undefined, runbook: undefined, gauge: 'gpuMemory', above: 0.95, overMs: 5 * MINUTE_MS },
  }
  const self = stage({ levels: { objectives: [], rules: [rule] } })
  assert.deepEqual(await self.look(), [])
  for (let at = 0; at < 16; at += 1) {
    self.clock.advance(15_000)
    await self.look()
  }
  assert.deepEqual(await self.look(), ['ticket Gpu'])
  assert.deepEqual(self.told?.[0]?.labels, { rule: 'gpu', gpu: '0' })
})

test('other objectives are evaluated from the next tick on, and those that stay are still known', async () => {
  const self = stage({ levels: { objectives: [toObjective(), toObjective({ name: 'other' })] } })
  self.requests(9, 1)
  await self.look()
  const next = {
    objectives: [toObjective({ targetRatio: 0.95 }), toObjective({ name: 'new' })],
    rules: [],
    maintenance: [],
  }
  self.engine.replace(next)
  const known = () =>
    self.engine
      .state()
      .objectives.map(({ objective, evaluation }) => [objective.name, evaluation?.attainedRatio])
  assert.deepEqual(known(), [
    ['chat', 0.9],
    ['new', undefined],
  ])
  await self.look()
  assert.deepEqual(known(), [
    ['chat', 0.9],
    ['new', undefined],
  ])
})

test('a month begins anew at its midnight, on the day clocks are changed as on any other', async () => {
  // 2026-03-29 is in the month; the first of April begins at 22:00 UTC.
  const clock = createManualClock(Date.UTC(2026, 2, 31, 21, 58))
  const month = toObjective({ window: { kind: 'month', timeZone: 'Europe/Berlin' } })
  const self = stage({ levels: { objectives: [month] }, clock })
  const attained = async () => {
    await self.look()
    return self.engine.state().objectives[0]?.evaluation?.attainedRatio
  }
  self.requests(1, 1)
  self.flush()
  assert.equal(await attained(), 0.5)
  clock.advance(MINUTE_MS)
  assert.equal(await attained(), 0.5)
  clock.advance(MINUTE_MS)
  assert.equal(await attained(), undefined)
  self.requests(1, 0)
  assert.equal(await attained(), 1)
})

test('it evaluates by itself until it is stopped, and then lets another lead', async () => {
  const self = stage()
  self.engine.start()
  await self.engine.tick()
  assert.deepEqual(self.told, [])
  self.requests(0, 50)
  self.clock.advance(15_000)
  await self.engine.tick()
  assert.equal(self.told?.length, 3)
  await self.engine.stop()
  self.told = undefined
  self.clock.advance(60_000)
  await self.engine.tick()
  assert.equal(self.told, undefined)
})
