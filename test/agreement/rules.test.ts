// Generated rules against strangers: Prometheus' own grammar, its promtool, and the catalogue of what gateways expose.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toRules, toRuleTests, type RuleInput } from '../../src/slo/rules.ts'
import { isAlertingRule } from '../../src/slo/rules/rule.ts'
import { toObjective } from '../../src/slo/fixtures/objective.ts'
import type { ThresholdRule } from '../../src/slo/threshold-rule.ts'
import { CATALOGUE } from '../../src/telemetry/catalogue.ts'
import type { MetricDefinition } from '../../src/telemetry/catalogue/definition.ts'
import { toBudgetRatio } from '../../src/slo/windows/config.ts'
import { promtoolOrSkip, runPromtool } from './support/promtool.ts'
import { readQuery } from './support/promql.ts'

const RULE = { severity: 'ticket', forMs: 120_000, description: undefined, runbook: undefined } as const
const THRESHOLDS: readonly ThresholdRule[] = [
  {
    ...RULE,
    kind: 'requests',
    name: 'slow',
    alert: 'Slow',
    counted: toObjective({ name: 'rule:slow' }),
    limitRatio: 0.05,
    overMinutes: 5,
    minEvents: 20,
    minBadEvents: 1,
    measure: 'requests slower than 3s (p95 of duration)',
  },
  { ...RULE, kind: 'backend-down', name: 'down', alert: 'BackendDown', backend: 'gpu-*' },
]

const INPUT: RuleInput = {
  objectives: [
    toObjective({
      noDataMinutes: 45,
      runbook: 'https://wiki.example/{{chat}}',
      description: 'chat: "quick"',
    }),
    toObjective({ name: 'strict', targetRatio: 0.9995, window: { kind: 'rolling', days: 7 } }),
    toObjective({ name: 'month', window: { kind: 'month', timeZone: 'Asia/Shanghai' } }),
    toObjective({
      name: 'lax',
      targetRatio: 0.9,
      minEvents: 1,
      minBadEvents: 1,
      burns: [{ severity: 'ticket', longMinutes: 90, shortMinutes: 10, factor: 0.8 / toBudgetRatio(0.9) }],
    }),
  ],
  thresholds: THRESHOLDS,
  options: { job: 'weir-gateway', labels: { team: 'platform' }, matchers: { env: 'prod' } },
}

/** What Prometheus adds to everything it scrapes. */
const TARGET_LABELS = ['job', 'instance', ...Object.keys(INPUT.options.matchers)]

const definitions: readonly MetricDefinition[] = Object.values(CATALOGUE)

test('every query is PromQL, and asks for metrics and labels that are exposed or recorded', () => {
  const { file } = toRules(INPUT)
  const known = new Map<string, readonly string[]>([['up', []]])
  for (const { name, labels } of definitions) known.set(name, labels)
  for (const { rules } of file.groups)
    for (const rule of rules) if (!isAlertingRule(rule)) known.set(rule.record, Object.keys(rule.labels))
  const queries = file.groups.flatMap(({ rules }) =>
    rules.flatMap((rule) => [rule.expr, ...(isAlertingRule(rule) ? queriesIn(rule.annotations) : [])]),
  )
  for (const query of queries) {
    const { errors, selections, groupings } = readQuery(query)
    assert.deepEqual(errors, [], query)
    assert.ok(selections.length > 0, query)
    for (const { metric, labels } of selections) {
      const has = known.get(metric)
      assert.ok(has, `${metric} in ${query}`)
      for (const label of [...labels, ...groupings])
        assert.ok(has.includes(label) || TARGET_LABELS.includes(label), `${metric}{${label}} in ${query}`)
    }
  }
})

/** Those that annotations ask when an alert fires. */
function queriesIn(annotations: Readonly<Record<string, string>>): string[] {
  return Object.values(annotations).flatMap((text) =>
    [...text.matchAll(/\{\{ with query ("(?:[^"\\]|\\.)*") \}\}/g)].map(
      ([, query = '""']) => JSON.parse(query) as string,
    ),
  )
}

test('the reader of queries sees what is none', () => {
  assert.notDeepEqual(readQuery('a * on () group_left (14.4 * b) c').errors, [])
  assert.deepEqual(readQuery('sum by (slo) (x{a="1"}) / y{b=~"2"}'), {
    errors: [],
    selections: [
      { metric: 'x', labels: ['a'] },
      { metric: 'y', labels: ['b'] },
    ],
    groupings: ['slo'],
  })
})

test('promtool finds nothing wrong with the rules, and the tests beside them pass', async (t) => {
  const promtool = promtoolOrSkip(t)
  if (promtool === undefined) return
  const files = {
    'weir.rules.yml': toRules(INPUT).file,
    'weir.tests.yml': toRuleTests(INPUT, 'weir.rules.yml'),
  }
  const checked = await runPromtool(promtool, ['check', 'rules', 'weir.rules.yml'], files)
  assert.ok(checked.passed && /SUCCESS: \d+ rules found/.test(checked.output), checked.output)
  assert.doesNotMatch(checked.output, /duplicate/)
  const tested = await runPromtool(promtool, ['test', 'rules', 'weir.tests.yml'], files)
  assert.ok(tested.passed, tested.output)
})

test('the tests beside the rules fail when the rules are other ones', async (t) => {
  const promtool = promtoolOrSkip(t)
  if (promtool === undefined) return
  const objectives = [toObjective()]
  const tests = toRuleTests({ ...INPUT, objectives, thresholds: [] }, 'weir.rules.yml')
  const deaf = objectives.map((objective) => ({ ...objective, minEvents: 1_000_000 }))
  const { file } = toRules({ ...INPUT, objectives: deaf, thresholds: [] })
  const { passed, output } = await runPromtool(promtool, ['test', 'rules', 'weir.tests.yml'], {
    'weir.rules.yml': file,
    'weir.tests.yml': tests,
  })
  assert.ok(!passed && output.includes('SloBudgetBurn'), output)
})
