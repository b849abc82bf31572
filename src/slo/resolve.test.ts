import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sloSchema } from './config.ts'
import { maintenanceSchema } from './maintenance/config.ts'
import { toCounted, toServiceLevels, type ServiceLevels } from './resolve.ts'
import { toAlertName } from './thresholds/config.ts'
import { ruleSchema } from './thresholds/config.ts'

interface Written {
  readonly slos?: readonly object[]
  readonly rules?: readonly object[]
  readonly maintenance?: readonly object[]
}

const CHAT = { name: 'chat', sli: 'availability', objective: '99%' }

function levelsOf({ slos = [], rules = [], maintenance = [] }: Written): ServiceLevels {
  return toServiceLevels({
    slos: slos.map((slo) => sloSchema.parse({ ...CHAT, ...slo })),
    rules: rules.map((rule) => ruleSchema.parse({ name: 'slow', ...rule })),
    maintenance: maintenance.map((entry) => maintenanceSchema.parse({ name: 'm', ...entry })),
    timezone: 'Asia/Shanghai',
  })
}

test('an objective gets the windows and numbers of the workbook', () => {
  const [objective] = levelsOf({ slos: [{}] }).objectives
  assert.equal(objective?.budgetRatio, 0.01)
  assert.deepEqual([objective?.minEvents, objective?.minBadEvents, objective?.noDataMinutes], [20, 5, 4_320])
  assert.deepEqual(
    objective?.burns.map(({ severity, longMinutes, shortMinutes, factor }) => [
      severity,
      longMinutes,
      shortMinutes,
      factor,
    ]),
    [
      ['page', 60, 5, 14.4],
      ['page', 360, 30, 6],
      ['ticket', 4_320, 360, 1],
    ],
  )
})

test('factors are reachable, also those of somebody', () => {
  const alerts = [{ severity: 'page', long: '2h', short: '10m', factor: 50 }]
  const [own, default_] = levelsOf({ slos: [{ objective: '90%', alerts }, { objective: '90%' }] }).objectives
  assert.deepEqual(own?.burns, [{ severity: 'page', longMinutes: 120, shortMinutes: 10, factor: 8 }])
  assert.deepEqual(
    default_?.burns.map(({ factor }) => factor),
    [8, 6, 1],
  )
})

test('a month has the zone of the file unless it has its own', () => {
  const slos = [{ window: 'month' }, { window: 'month', timeZone: 'Europe/Berlin' }, { window: '7d' }]
  assert.deepEqual(
    levelsOf({ slos }).objectives.map(({ window }) => window),
    [
      { kind: 'month', timeZone: 'Asia/Shanghai' },
      { kind: 'month', timeZone: 'Europe/Berlin' },
      { kind: 'rolling', days: 7 },
    ],
  )
})

test('whoever is content with few events is content with as few bad ones', () => {
  const [one, ten] = levelsOf({ slos: [{ minEvents: 1 }, { minEvents: 10 }] }).objectives
  assert.deepEqual([one?.minBadEvents, ten?.minBadEvents], [1, 5])
})

test('no data can be switched off', () => {
  assert.equal(levelsOf({ slos: [{ noData: 'off' }] }).objectives[0]?.noDataMinutes, undefined)
})

test('a quantile over a threshold is a share of requests beyond it', () => {
  const match = { model: 'qwen3*' }
  const { rules } = levelsOf({
    rules: [
      { measure: 'duration', above: '3s' },
      { measure: 'firstToken', quantile: 'p99', above: '500ms', over: '10m', match, minEvents: 3 },
      { measure: 'errors', above: '1%' },
    ],
  })
  assert.deepEqual(
    rules.map((rule) =>
      rule.kind === 'requests'
        ? [rule.measure, rule.limitRatio, rule.overMinutes, rule.minBadEvents]
        : rule.kind,
    ),
    [
      ['requests slower than 3s', 0.05, 5, 5],
      ['first tokens later than 500ms', 0.01, 10, 3],
      ['failed requests', 0.01, 5, 5],
      'backend-down',
    ],
  )
})

test('what is counted for a rule has a name that no objective can have', () => {
  const levels = levelsOf({ slos: [{ name: 'slow' }], rules: [{ measure: 'errors', above: '1%' }] })
  assert.deepEqual(
    toCounted(levels).map(({ name }) => name),
    ['slow', 'rule:slow'],
  )
  assert.equal(sloSchema.safeParse({ ...CHAT, name: 'rule:slow' }).success, false)
})

test('a backend that is away is told of unless somebody says how', () => {
  const [own] = levelsOf({}).rules
  assert.deepEqual([own?.alert, own?.severity, own?.forMs], ['BackendDown', 'page', 60_000])
  const { rules } = levelsOf({
    rules: [{ name: 'ollama-gone', measure: 'backendDown', for: '5m', match: { backend: 'ollama*' } }],
  })
  assert.deepEqual(
    rules.map((rule) => [
      rule.alert,
      rule.kind === 'backend-down' && rule.backend,
      rule.severity,
      rule.forMs,
    ]),
    [['OllamaGone', 'ollama*', 'ticket', 300_000]],
  )
})

test('gauges keep their limits in their own units', () => {
  const { rules } = levelsOf({
    rules: [
      { measure: 'hostMemory', above: '85%', for: '5m' },
      { measure: 'gpuTemperature', above: 90 },
    ],
  })
  assert.deepEqual(
    rules.flatMap((rule) => (rule.kind === 'gauge' ? [[rule.gauge, rule.above, rule.overMs]] : [])),
    [
      ['hostMemory', 0.85, 300_000],
      ['gpuTemperature', 90, 300_000],
    ],
  )
})

test('maintenance comes once or every week', () => {
  const { maintenance } = levelsOf({
    maintenance: [
      { from: '2026-12-31T22:00:00Z', to: '2027-01-01T00:00:00Z' },
      { weekly: { days: ['sat'], from: '22:30', to: '02:00' } },
    ],
  })
  assert.deepEqual(maintenance, [
    {
      kind: 'once',
      name: 'm',
      fromMs: Date.parse('2026-12-31T22:00:00Z'),
      toMs: Date.parse('2027-01-01T00:00:00Z'),
    },
    {
      kind: 'weekly',
      name: 'm',
      days: ['sat'],
      fromMinuteOfDay: 1_350,
      toMinuteOfDay: 120,
      timeZone: 'Asia/Shanghai',
    },
  ])
})

test('the name of an alert is one that Prometheus would have', () => {
  assert.deepEqual(['slow-p95', 'a.b_c', '95th', 'X'].map(toAlertName), ['SlowP95', 'ABC', 'Rule95th', 'X'])
})
