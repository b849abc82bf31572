// docs/guide/prometheus-rules.md, held to what it says: its configurations are valid, and its rules are the generated ones.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { parse, stringify } from 'yaml'
import { toServiceLevels } from '../../src/slo/resolve.ts'
import { toRules, type Rules } from '../../src/slo/rules.ts'
import { isAlertingRule, type RuleFile } from '../../src/slo/rules/rule.ts'
import { toStackRules } from '../../src/stack/rules/stack-rules.ts'
import { toConfig, type Written } from '../support/weir.ts'
import { promtoolOrSkip, runPromtool } from './support/promtool.ts'
import { FULL, PLAIN, toStackInput } from './support/stack-input.ts'

const GUIDE = readFileSync(new URL('../../docs/guide/prometheus-rules.md', import.meta.url), 'utf8')
const [WEIR = '', PROMETHEUS = '', RULES = ''] = [...GUIDE.matchAll(/```yaml\n([\s\S]*?)```/g)].map(
  ([, text]) => text,
)

function generate(): Rules {
  const levels = toServiceLevels(toConfig(parse(WEIR) as Written).serviceLevels)
  const { scrape_configs: scrapes } = parse(PROMETHEUS) as { scrape_configs: { job_name: string }[] }
  const options = { job: scrapes[0]?.job_name ?? '', labels: {}, matchers: {} }
  return toRules({ objectives: levels.objectives, thresholds: levels.rules, options })
}

test('the rules that the guide shows are those that its objective comes to', () => {
  const [group] = generate().file.groups.filter(({ name }) => name === 'weir-slo-chat-available')
  const [shown] = (parse(RULES) as RuleFile).groups
  assert.ok(group !== undefined && shown !== undefined)
  assert.deepEqual([shown.name, shown.interval], [group.name, group.interval])
  assert.equal(shown.rules.length, 4)
  for (const rule of shown.rules) {
    const record = isAlertingRule(rule) ? '' : rule.record
    assert.deepEqual(
      group.rules.find((each) => !isAlertingRule(each) && each.record === record),
      rule,
    )
  }
})

test('the guide names every alert of its rules, and rules are written without anchors', () => {
  const { file } = generate()
  for (const rule of file.groups.flatMap(({ rules }) => rules))
    if (isAlertingRule(rule)) assert.ok(GUIDE.includes(`\`${rule.alert}\``), rule.alert)
  assert.doesNotMatch(stringify(file), /^\s*\w+: [&*]a\d/m)
})

test('the guide names every file of rules that a stack has, and no alert that there is not', () => {
  const files = [PLAIN, FULL].flatMap((written) => toStackRules(toStackInput(written)))
  for (const { name } of files) assert.ok(GUIDE.includes(`\`${name}.yml\``), name)
  const alerts = files.flatMap(({ rules }) =>
    rules.groups.flatMap((group) => group.rules.filter(isAlertingRule).map(({ alert }) => alert)),
  )
  const table = GUIDE.slice(GUIDE.indexOf('### What became'), GUIDE.indexOf('## Testing them'))
  for (const [, named = ''] of table.matchAll(/`([A-Z]\w+)`/g)) assert.ok(alerts.includes(named), named)
})

test('promtool takes the configuration of the guide with its rules', async (t) => {
  const promtool = promtoolOrSkip(t)
  if (promtool === undefined) return
  const { passed, output } = await runPromtool(promtool, ['check', 'config', 'prometheus.yml'], {
    'prometheus.yml': PROMETHEUS,
    'weir.rules.yml': generate().file,
  })
  assert.ok(passed && /\d+ rules found/.test(output), output)
})
