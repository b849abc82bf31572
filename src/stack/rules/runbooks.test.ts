import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isAlertingRule, type RuleGroup } from '../../slo/rules.ts'
import { withRunbooks, type RunbookInput } from './runbooks.ts'

const GROUP: RuleGroup = {
  name: 'g',
  interval: '1m',
  rules: [
    { record: 'recorded', expr: '1', labels: {} },
    { alert: 'Slow', expr: '1', labels: { severity: 'page', rule: 'slow' }, annotations: { summary: 's' } },
    { alert: 'Own', expr: '1', labels: { slo: 'a b' }, annotations: { runbook_url: 'https://own' } },
    { alert: 'Other', expr: '1', labels: { slo: 'a b' }, annotations: {} },
  ],
}
const BASE = {
  name: 'slow',
  alert: 'Slow',
  severity: 'page',
  forMs: 0,
  description: undefined,
  runbook: undefined,
} as const

function urlsWith(input: Partial<RunbookInput>): readonly (string | undefined)[] {
  const [group] = withRunbooks([GROUP], { thresholds: [], template: undefined, ...input })
  return (group?.rules ?? []).filter(isAlertingRule).map(({ annotations }) => annotations['runbook_url'])
}

test('an alert leads to the page with its name, but for one that names its own', () => {
  assert.deepEqual(urlsWith({}), [
    'docs/guide/runbooks/Slow.md',
    'https://own',
    'docs/guide/runbooks/Other.md',
  ])
})

test('a rule that somebody named leads to the page of what it measures', () => {
  const thresholds = [{ ...BASE, kind: 'gauge', gauge: 'hostCpu', above: 0.9, overMs: 60_000 }] as const
  assert.equal(urlsWith({ thresholds })[0], 'docs/guide/runbooks/HostCpuBusy.md')
  const down = [{ ...BASE, kind: 'backend-down', backend: '*' }] as const
  assert.equal(urlsWith({ thresholds: down })[0], 'docs/guide/runbooks/BackendDown.md')
})

test('the template of the configuration goes before our pages, with every value encoded', () => {
  assert.deepEqual(urlsWith({ template: 'https://wiki/{alert}?s={slo}' }), [
    // It has no such label: half a link leads nowhere.
    'docs/guide/runbooks/Slow.md',
    'https://own',
    'https://wiki/Other?s=a%20b',
  ])
})

test('a template that needs what only a message knows leads to our pages', () => {
  assert.equal(urlsWith({ template: 'https://wiki/{alert}?from={from}' })[2], 'docs/guide/runbooks/Other.md')
})

test('what looks like a template of Prometheus in a link is none', () => {
  assert.equal(urlsWith({ template: 'https://wiki/{{x}}' })[2], 'docs/guide/runbooks/Other.md')
  assert.equal(urlsWith({ template: 'https://wiki/{{ x }}/{alert}' })[2], 'https://wiki/{{"{{"}} x }}/Other')
})
