import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FULL, PLAIN, toStackInput, type StackChoice } from '../../../test/agreement/support/stack-input.ts'
import type { Written } from '../../../test/support/weir.ts'
import { isAlertingRule, type AlertingRule } from '../../slo/rules.ts'
import { DURATION_BOUNDS_S } from '../../core/buckets.ts'
import { toBoundMatcher } from './context.ts'
import { SLOW_S, VERY_SLOW_S } from './groups/latency.ts'
import { renderRules } from './render.ts'
import { PAGE_HIDES_TICKET_BY, toStackRules } from './stack-rules.ts'

const alertsOf = (written: Written, choice?: StackChoice): readonly AlertingRule[] =>
  toStackRules(toStackInput(written, choice)).flatMap(({ rules }) =>
    rules.groups.flatMap((group) => group.rules.filter(isAlertingRule)),
  )
const namesOf = (written: Written, choice?: StackChoice): ReadonlySet<string> =>
  new Set(alertsOf(written, choice).map(({ alert }) => alert))

test('where nothing is promised, failures and slow answers are told of by usual numbers', () => {
  const names = namesOf(PLAIN)
  for (const name of [
    'ErrorShareHigh',
    'SuccessRateLow',
    'LatencyHigh',
    'TailLatencyHigh',
    'MeanLatencyHigh',
  ])
    assert.ok(names.has(name), name)
})

test('nobody is told of the same trouble by two numbers: what is promised or watched takes the place of ours', () => {
  const names = namesOf(FULL)
  for (const name of [
    'ErrorShareHigh',
    'SuccessRateLow',
    'LatencyHigh',
    'TailLatencyHigh',
    'MeanLatencyHigh',
  ])
    assert.ok(!names.has(name), name)
  for (const name of ['HostMemoryFull', 'HostCpuBusy', 'HostDiskFull', 'GpuMemoryFull', 'GpuHot'])
    assert.ok(!names.has(name), name)
  assert.ok(names.has('SloBudgetBurn') && names.has('GpuFault'))
})

test('the memory of GPUs tells something only where no server takes it beforehand', () => {
  const kinds = (...list: string[]): Written => ({
    backends: list.map((kind, at) => ({ name: `b${at}`, url: `http://127.0.0.1:${8000 + at}`, kind })),
  })
  assert.ok(namesOf(kinds('ollama')).has('GpuMemoryFull'))
  assert.ok(!namesOf(kinds('vllm')).has('GpuMemoryFull'))
  assert.ok(!namesOf(kinds('ollama', 'vllm')).has('GpuMemoryFull'))
  assert.ok(!namesOf(kinds('openai')).has('GpuMemoryFull'))
  assert.ok(namesOf(kinds('vllm')).has('KvCacheFull'))
})

test('in a cluster, nodes and other targets are left to whoever runs it', () => {
  const names = namesOf(PLAIN, { target: 'kubernetes' })
  for (const name of ['TargetDown', 'AlertmanagerFailing', 'PrometheusTroubled'])
    assert.ok(!names.has(name) && namesOf(PLAIN).has(name), name)
  const exprs = alertsOf(PLAIN, { target: 'kubernetes' }).map(({ expr }) => expr)
  assert.ok(!exprs.some((expr) => /node_|prometheus_|alertmanager_/.test(expr)))
})

test('what has a page and a ticket has one label by which the page hides the ticket', () => {
  for (const written of [PLAIN, FULL]) {
    const alerts = alertsOf(written)
    for (const page of alerts.filter(({ labels }) => labels['severity'] === 'page')) {
      const ticket = alerts.find(
        ({ alert, labels }) =>
          alert === page.alert && labels['severity'] === 'ticket' && labels['slo'] === page.labels['slo'],
      )
      if (ticket === undefined || page.labels['rule'] !== undefined) continue
      const shared = PAGE_HIDES_TICKET_BY.filter(
        (label) => page.labels[label] !== undefined && page.labels[label] === ticket.labels[label],
      )
      assert.ok(shared.length > 0, page.alert)
    }
  }
})

test('every alert of ours says what it means in a sentence with its value or its place', () => {
  for (const { alert, labels, annotations } of alertsOf(PLAIN)) {
    assert.ok((annotations['summary'] ?? '') !== '', alert)
    assert.doesNotMatch(annotations['summary'] ?? '', /[.]$/, alert)
    if (labels['rule'] === undefined) assert.match(annotations['description'] ?? '', /[.]$/, alert)
  }
})

test('labels of a team are on every alert, and those of an installation in every query', () => {
  const options = { matchers: { env: 'prod' }, labels: { team: 'platform' } }
  for (const { alert, expr, labels } of alertsOf(PLAIN, { options })) {
    assert.deepEqual([labels['env'], labels['team']], ['prod', 'platform'], alert)
    const selectors = [...expr.matchAll(/\{([^}]*)\}/g)].map(([, matchers = '']) => matchers)
    assert.ok(
      selectors.every((each) => each.includes('env="prod"')),
      `${alert}: ${expr}`,
    )
  }
})

test('a threshold is a bound of the histogram, selected as both Prometheus 2 and 3 write it', () => {
  for (const boundS of [SLOW_S, VERY_SLOW_S]) assert.ok(DURATION_BOUNDS_S.includes(boundS))
  const { operator, value } = toBoundMatcher(3)
  assert.equal(operator, '=~')
  const pattern = new RegExp(`^(?:${value})$`)
  assert.deepEqual(
    ['3', '3.0', '30', '3.05', '13'].map((le) => pattern.test(le)),
    [true, true, false, false, false],
  )
  assert.deepEqual(toBoundMatcher(7.5), { label: 'le', operator: '=', value: '7.5' })
})

test('the same input gives the same files, each with one newline at its end and no anchors', () => {
  const files = renderRules(toStackInput(FULL))
  assert.deepEqual(files, renderRules(toStackInput(structuredClone(FULL))))
  for (const { path, text } of files) {
    assert.match(text, /[^\n]\n$/, path)
    assert.doesNotMatch(text, /^\s*\w+: [&*]a\d/m, path)
  }
})
