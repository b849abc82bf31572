import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toObjective } from './fixtures/objective.ts'
import { toRules, type RuleInput } from './rules.ts'
import { isAlertingRule, type AlertingRule } from './rules/rule.ts'
import type { RequestRule, ThresholdRule } from './threshold-rule.ts'

const OPTIONS: RuleInput['options'] = { job: 'weir', labels: {}, matchers: {} }

const SLOW: RequestRule = {
  kind: 'requests',
  name: 'slow',
  alert: 'Slow',
  severity: 'ticket',
  forMs: 120_000,
  description: undefined,
  runbook: undefined,
  counted: { ...toObjective({ name: 'rule:slow' }) },
  limitRatio: 0.05,
  overMinutes: 5,
  minEvents: 20,
  minBadEvents: 1,
  measure: 'requests slower than 3s (p95 of duration)',
}
const DOWN: ThresholdRule = {
  kind: 'backend-down',
  name: 'down',
  alert: 'BackendDown',
  severity: 'page',
  forMs: 60_000,
  description: undefined,
  runbook: undefined,
  backend: 'gpu-*',
}
const HOT: ThresholdRule = {
  ...{ severity: 'ticket', forMs: 60_000, description: undefined, runbook: undefined },
  kind: 'gauge',
  name: 'hot',
  alert: 'Hot',
  gauge: 'gpuTemperature',
  above: 90,
  overMs: 300_000,
}

function alertsOf(input: Partial<RuleInput>): readonly AlertingRule[] {
  const { file } = toRules({ objectives: [], thresholds: [], options: OPTIONS, ...input })
  return file.groups.flatMap(({ rules }) => rules.filter(isAlertingRule))
}

function findAlert(input: Partial<RuleInput>, name: string, severity?: string): AlertingRule {
  const found = alertsOf(input).find(
    ({ alert, labels }) => alert === name && (severity === undefined || labels['severity'] === severity),
  )
  assert.ok(found, `${name} is there`)
  return found
}

test('a page asks for both windows of a pair, for enough events and enough bad ones, with the limits of the engine', () => {
  const objectives = [toObjective({ targetRatio: 0.995 })]
  const { expr, labels } = findAlert({ objectives }, 'SloBudgetBurn', 'page')
  assert.deepEqual(labels, { severity: 'page', slo: 'chat' })
  assert.deepEqual(expr.split('\nor\n'), [
    '(slo:weir_slo_bad:ratio1h{slo="chat"} > 0.072 and slo:weir_slo_events:increase1h{slo="chat"} >= 20' +
      ' and slo:weir_slo_bad:increase1h{slo="chat"} >= 5 and slo:weir_slo_bad:ratio5m{slo="chat"} > 0.072)',
    '(slo:weir_slo_bad:ratio6h{slo="chat"} > 0.03 and slo:weir_slo_events:increase6h{slo="chat"} >= 20' +
      ' and slo:weir_slo_bad:increase6h{slo="chat"} >= 5 and slo:weir_slo_bad:ratio30m{slo="chat"} > 0.03)',
  ])
})

test('an objective without burn alerts has none, and still tells when its promise is broken', () => {
  const names = alertsOf({ objectives: [toObjective({ burns: [] })] }).map(({ alert }) => alert)
  assert.deepEqual(names, ['GatewayDown', 'SloBudgetExhausted', 'SloAbsent'])
})

test('sums are taken over gateways before anything is divided', () => {
  const { file } = toRules({ objectives: [toObjective()], thresholds: [], options: OPTIONS })
  const rules = file.groups[1]?.rules.filter((rule) => !isAlertingRule(rule)) ?? []
  assert.deepEqual(rules.slice(0, 3), [
    {
      record: 'slo:weir_slo_events:increase5m',
      expr: 'sum by (slo) (increase(weir_slo_events_total{slo="chat"}[5m]))',
      labels: { slo: 'chat' },
    },
    {
      record: 'slo:weir_slo_bad:increase5m',
      expr: 'slo:weir_slo_events:increase5m{slo="chat"} - sum by (slo) (increase(weir_slo_good_total{slo="chat"}[5m]))',
      labels: { slo: 'chat' },
    },
    {
      record: 'slo:weir_slo_bad:ratio5m',
      expr: 'slo:weir_slo_bad:increase5m{slo="chat"} / (slo:weir_slo_events:increase5m{slo="chat"} > 0)',
      labels: { slo: 'chat' },
    },
  ])
})

test('every rule stands behind those that it reads', () => {
  const objectives = [
    toObjective({ noDataMinutes: 45 }),
    toObjective({ name: 'b', window: { kind: 'rolling', days: 7 } }),
  ]
  for (const { rules } of toRules({ objectives, thresholds: [SLOW], options: OPTIONS }).file.groups) {
    const recorded = new Set<string>()
    for (const rule of rules) {
      for (const [name] of rule.expr.matchAll(/slo:\w+:\w+/g))
        assert.ok(recorded.has(name), `${name} before it is used`)
      if (!isAlertingRule(rule)) recorded.add(rule.record)
    }
  }
})

test('a month has no window in PromQL: what the gateway says of it is taken', () => {
  const objectives = [toObjective({ window: { kind: 'month', timeZone: 'UTC' } })]
  const { file } = toRules({ objectives, thresholds: [], options: OPTIONS })
  const budget = file.groups[1]?.rules.find(
    (rule) => !isAlertingRule(rule) && rule.record === 'slo:weir_slo_error_budget_remaining:ratio',
  )
  assert.equal(budget?.expr, 'min by (slo) (weir_slo_error_budget_remaining_ratio{slo="chat"})')
  const { expr } = findAlert({ objectives }, 'SloBudgetExhausted')
  assert.equal(expr, 'slo:weir_slo_error_budget_remaining:ratio{slo="chat"} < 0')
})

test('no data is an alert where it was asked for, once somebody could have counted for so long', () => {
  assert.ok(!alertsOf({ objectives: [toObjective()] }).some(({ alert }) => alert === 'SloNoData'))
  const { expr } = findAlert({ objectives: [toObjective({ noDataMinutes: 45 })] }, 'SloNoData')
  assert.equal(
    expr,
    'slo:weir_slo_events:increase45m{slo="chat"} == 0 and sum by (slo) (weir_slo_events_total{slo="chat"} offset 45m) >= 0',
  )
})

test('what tells installations apart stands in every selector and on every alert, labels of a team on alerts alone', () => {
  const options = { job: 'weir', labels: { team: 'platform' }, matchers: { env: 'prod' } }
  const { file } = toRules({ objectives: [toObjective()], thresholds: [SLOW, DOWN], options })
  for (const { rules } of file.groups) {
    for (const rule of rules) {
      const selectors = [...rule.expr.matchAll(/\{([^}]*)\}/g)].map(([, matchers = '']) => matchers)
      assert.ok(selectors.length > 0 && selectors.every((each) => each.includes('env="prod"')), rule.expr)
      assert.equal(rule.labels['env'], 'prod')
      assert.equal(rule.labels['team'], isAlertingRule(rule) ? 'platform' : undefined)
    }
  }
})

test('a rule over requests reads the counters that are kept under its name, and holds for as long as it says', () => {
  const alert = findAlert({ thresholds: [SLOW] }, 'Slow')
  assert.equal(alert.for, '2m')
  assert.equal(
    alert.expr,
    'max without (slo) (slo:weir_slo_bad:ratio5m{slo="rule:slow"} > 0.05 and slo:weir_slo_events:increase5m{slo="rule:slow"} >= 20' +
      ' and slo:weir_slo_bad:increase5m{slo="rule:slow"} >= 1)',
  )
  assert.ok(!('for' in findAlert({ thresholds: [{ ...SLOW, forMs: 0 }] }, 'Slow')))
})

test('a backend is down when no gateway reaches it', () => {
  const { expr } = findAlert({ thresholds: [DOWN] }, 'BackendDown', 'page')
  assert.equal(expr, 'max by (backend) (weir_backend_up{backend=~"gpu-.*"}) == 0')
})

test('a reading of a machine is compared in the mean, for each GPU, disk and gateway alone', () => {
  const hot = findAlert({ thresholds: [HOT] }, 'Hot')
  assert.equal(hot.expr, 'avg_over_time(gpu_temperature_celsius{job="weir"}[5m]) > 90')
  assert.equal(hot.for, '1m')
  assert.deepEqual(hot.labels, { rule: 'hot', severity: 'ticket' })
  const memory = { ...HOT, gauge: 'gpuMemory', above: 0.97, overMs: 90_000 } as const
  assert.equal(
    findAlert({ thresholds: [memory] }, 'Hot').expr,
    'avg_over_time(gpu_memory_used_bytes{job="weir"}[1m30s]) / avg_over_time(gpu_memory_total_bytes{job="weir"}[1m30s]) > 0.97',
  )
})

test('every reading that can be watched has PromQL', () => {
  const gauges = [
    'gpuMemory',
    'gpuUtilization',
    'gpuTemperature',
    'hostMemory',
    'hostCpu',
    'hostDisk',
  ] as const
  const thresholds = gauges.map((gauge) => ({ ...HOT, name: gauge, alert: gauge, gauge, above: 0.5 }))
  const alerts = alertsOf({ thresholds }).filter(({ alert }) => alert !== 'GatewayDown')
  assert.deepEqual(
    alerts.map(({ alert }) => alert),
    gauges,
  )
  assert.ok(alerts.every(({ expr }) => / > 0\.5$/.test(expr)))
})

test('words of the configuration are no template', () => {
  const objectives = [toObjective({ description: 'for {{ $labels.team }}', runbook: 'https://wiki/{{x}}' })]
  const { annotations } = findAlert({ objectives }, 'SloBudgetBurn', 'page')
  assert.equal(annotations['objective'], 'for {{"{{"}} $labels.team }}')
  assert.equal(annotations['runbook_url'], 'https://wiki/{{"{{"}}x}}')
})

test('what an alert is about is no template either, in its labels', () => {
  const scope = { ...SLOW.counted.scope, tenant: 'br{{ace }}', model: '{{ $value }}*' }
  const slow: RequestRule = { ...SLOW, counted: { ...SLOW.counted, scope } }
  const input = { objectives: [toObjective({ scope })], thresholds: [slow] }
  for (const alert of [findAlert(input, 'SloBudgetBurn', 'page'), findAlert(input, 'Slow')]) {
    assert.equal(alert.labels['tenant'], 'br{{"{{"}}ace }}')
    assert.ok(!alert.labels['model']?.includes('{{ $value'), alert.labels['model'])
  }
})

test('the same input gives the same rules', () => {
  const input = {
    objectives: [toObjective(), toObjective({ name: 'b' })],
    thresholds: [SLOW, DOWN, HOT],
    options: OPTIONS,
  }
  assert.equal(JSON.stringify(toRules(input)), JSON.stringify(toRules(structuredClone(input))))
})
