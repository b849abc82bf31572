// The rules that a stack gets, against strangers: Prometheus' grammar, its promtool, and the catalogue of what is exposed.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from 'yaml'
import {
  isAlertingRule,
  type AlertingRule,
  type Rule,
  type RuleFile,
  type RuleTestFile,
} from '../../src/slo/rules.ts'
import { renderRules, RULES_FOLDER } from '../../src/stack/rules/render.ts'
import { toStackRules } from '../../src/stack/rules/stack-rules.ts'
import type { StackInput } from '../../src/stack/stack.ts'
import { assertAnswerable, toKnownSeries } from './support/known-series.ts'
import { promtoolOrSkip, runPromtool } from './support/promtool.ts'
import { FULL, PLAIN, toStackInput } from './support/stack-input.ts'

const INPUTS: readonly StackInput[] = [
  toStackInput(PLAIN),
  toStackInput(FULL, { target: 'kubernetes', options: { matchers: { env: 'prod' }, labels: { team: 'x' } } }),
]

const groupsOf = (input: StackInput) => toStackRules(input).flatMap(({ rules }) => rules.groups)
const alertsOf = (input: StackInput): readonly AlertingRule[] =>
  groupsOf(input).flatMap(({ rules }) => rules.filter(isAlertingRule))
const filesOf = (input: StackInput): Readonly<Record<string, string>> =>
  Object.fromEntries(renderRules(input).map(({ path, text }) => [path, text]))

test('every query asks for what is exposed or recorded, by labels that it has', () => {
  for (const input of INPUTS) {
    const groups = groupsOf(input)
    const known = toKnownSeries(groups)
    for (const { expr } of groups.flatMap(({ rules }) => rules))
      if (expr !== 'vector(1)') assertAnswerable(expr, known, ['job', 'instance', 'env'])
  }
})

test('every series that the tests play is one that somebody exposes', () => {
  for (const input of INPUTS) {
    const known = toKnownSeries(groupsOf(input))
    for (const [path, text] of Object.entries(filesOf(input))) {
      if (!isTest(path)) continue
      for (const { input_series: played } of (parse(text) as RuleTestFile).tests)
        for (const { series } of played) assertAnswerable(series, known, ['job', 'instance', 'env'])
    }
  }
})

test('every alert of ours has a situation in which it rings, and one in which it is silent', () => {
  for (const input of INPUTS) {
    const alerts = toStackRules(input).flatMap(({ specs }) => specs.flatMap((group) => group.alerts))
    for (const { alert, situations } of alerts) {
      const expected = new Set(situations.map((situation) => situation.expected))
      const isSilent = alerts.some(
        (each) => each.alert === alert && each.situations.some((one) => one.expected === 'never'),
      )
      assert.ok(expected.has('always') || (expected.has('rings') && isSilent), alert)
    }
  }
})

test('promtool finds nothing wrong with the files, and their tests pass', async (t) => {
  const promtool = promtoolOrSkip(t)
  if (promtool === undefined) return
  const [plain] = INPUTS
  assert.ok(plain)
  const files = filesOf(plain)
  const rules = Object.keys(files).filter((path) => !isTest(path))
  const checked = await runPromtool(promtool, ['check', 'rules', ...rules], files)
  assert.ok(checked.passed && !/duplicate|FAILED/.test(checked.output), checked.output)
  const tests = Object.keys(files).filter((path) => isTest(path))
  assert.equal(tests.length, rules.length - 1, 'two of them are played one tape')
  const tested = await runPromtool(promtool, ['test', 'rules', ...tests], files)
  assert.ok(tested.passed, tested.output)
  assert.equal(tested.output.match(/SUCCESS/g)?.length, tests.length)
})

test('promtool finds nothing wrong where everything is promised and watched, in a cluster', async (t) => {
  const promtool = promtoolOrSkip(t)
  if (promtool === undefined) return
  const files = filesOf(toStackInput(FULL, { target: 'kubernetes', options: { matchers: { env: 'prod' } } }))
  const rules = Object.keys(files).filter((path) => !isTest(path))
  const checked = await runPromtool(promtool, ['check', 'rules', ...rules], files)
  assert.ok(checked.passed && !/duplicate|FAILED/.test(checked.output), checked.output)
  const played = [`${RULES_FOLDER}/tests/weir-objectives.test.yml`]
  const tested = await runPromtool(promtool, ['test', 'rules', ...played], files)
  assert.ok(tested.passed, tested.output)
})

test('the tests fail for every alert that is deaf', async (t) => {
  const promtool = promtoolOrSkip(t)
  if (promtool === undefined) return
  const [plain] = INPUTS
  assert.ok(plain)
  const files = filesOf(plain)
  const deaf: Record<string, unknown> = {}
  for (const [path, text] of Object.entries(files)) deaf[path] = isTest(path) ? text : withDeafAlerts(text)
  const tests = Object.keys(files).filter((path) => isTest(path) && !path.includes('weir-objectives'))
  const args = ['test', 'rules', ...tests]
  const { passed, output } = await runPromtool(promtool, args, deaf)
  assert.equal(passed, false)
  const alerts = toStackRules(plain).flatMap(({ specs }) => specs.flatMap((group) => group.alerts))
  for (const { alert, severity } of alerts) {
    const failed = `count(ALERTS{alertname=\\"${alert}\\",alertstate=\\"firing\\",severity=\\"${severity}\\"})`
    assert.ok(output.includes(failed), `${alert} ${severity} may be deaf`)
  }
})

const isTest = (path: string): boolean => path.includes('/tests/')

function withDeafAlerts(text: string): unknown {
  const { groups } = parse(text) as RuleFile
  const deafen = (rule: Rule): Rule => (isAlertingRule(rule) ? { ...rule, expr: 'vector(1) < 0' } : rule)
  return { groups: groups.map((group) => ({ ...group, rules: group.rules.map(deafen) })) }
}

test('who is told how loudly is page or ticket; only the heartbeat is neither', () => {
  for (const input of INPUTS) {
    for (const { alert, labels } of alertsOf(input))
      assert.match(labels['severity'] ?? '', alert === 'Watchdog' ? /^none$/ : /^(page|ticket)$/, alert)
  }
})
