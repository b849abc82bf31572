// The guide to service levels: its configurations are read as they stand there, and what it says of counting, of restarts and of
// who is told is tried on the real gateway.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { parse } from 'yaml'
import { adviseOn } from '../../src/config/advise.ts'
import { settingsOf } from '../../src/config/fixtures/validated.ts'
import { startStage, toConfig, until, type Stage, type Written } from '../support/weir.ts'

const GUIDE = readFileSync(join(import.meta.dirname, '../../docs/guide/service-levels.md'), 'utf8')
const examples = [...GUIDE.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = '']) => parse(text) as Written)
const OLLAMA = { name: 'ollama', url: 'http://127.0.0.1:1' }

const adviceOf = (written: Written): readonly string[] => adviseOn(settingsOf(written))

test('every configuration of the guide is valid, and only the block of targets contradicts itself', () => {
  assert.equal(examples.length, 5)
  const advised = examples.map((example) => {
    toConfig({ backends: [OLLAMA], ...example })
    return adviceOf(example).length
  })
  assert.deepEqual(advised, [0, 0, 1, 0, 0])
})

const OBJECTIVES: Written = {
  slos: [
    { name: 'available', sli: 'availability', objective: '99%', minEvents: 1 },
    { name: 'fast', match: { model: 'sim-*' }, sli: { firstToken: '30s' }, objective: '95%' },
    { name: 'elsewhere', match: { model: 'other' }, sli: 'availability', objective: '99%' },
  ],
}

function open(context: TestContext): (rest?: Written) => Promise<Stage> {
  const data = mkdtempSync(join(tmpdir(), 'weir-levels-'))
  context.after(() => rmSync(data, { recursive: true }))
  return (rest = {}) => startStage({ config: { ...OBJECTIVES, data, ...rest } })
}

async function ask({ url }: Stage, model = 'sim-chat'): Promise<number> {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model, stream: true, max_tokens: 3, messages: [{ role: 'user', content: 'hi' }] }),
  })
  await response.text()
  return response.status
}

/** Reading a configuration again evaluates at once, which a test need not wait for. */
async function evaluated({ weir }: Stage, written: Written): Promise<Stage['weir']> {
  const before = weir.serviceLevels.state().evaluatedAtMs ?? 0
  await weir.apply(toConfig(written))
  await until(() => (weir.serviceLevels.state().evaluatedAtMs ?? 0) > before, 'an evaluation')
  return weir
}

const writtenOf = (stage: Stage): Written => ({
  backends: [{ name: 'sim', url: stage.simulatorUrl, kind: 'simulator' }],
  ...OBJECTIVES,
})

const sumsOf = (weir: Stage['weir']) =>
  weir.serviceLevels
    .state()
    .objectives.map(({ objective: { name }, evaluation }) => [
      name,
      evaluation?.own.good,
      evaluation?.own.total,
    ])

test('requests are counted, shown as counters from 0 on, and still known after a restart', async (context) => {
  const start = open(context)
  const first = await start()
  const samples = async (stage: Stage): Promise<readonly string[]> =>
    (await stage.scrape()).split('\n').filter((line) => /^weir_slo_(good|events)_total/.test(line))
  assert.ok((await samples(first)).every((line) => line.endsWith(' 0')))
  assert.equal((await samples(first)).length, 6)
  for (let at = 0; at < 4; at += 1) assert.equal(await ask(first), 200)
  assert.equal(await ask(first, 'nobody-serves-this'), 404)
  await until(
    async () => (await samples(first)).includes('weir_slo_events_total{slo="available"} 4'),
    '4 events',
  )
  assert.ok((await samples(first)).includes('weir_slo_good_total{slo="fast"} 4'))
  assert.ok((await samples(first)).includes('weir_slo_events_total{slo="elsewhere"} 0'))
  const counted = [
    ['available', 4, 4],
    ['fast', 4, 4],
    ['elsewhere', 0, 0],
  ]
  assert.deepEqual(sumsOf(await evaluated(first, writtenOf(first))), counted)
  const page = await first.scrape()
  assert.match(page, /weir_slo_error_budget_remaining_ratio\{slo="available"\} 1\n/)
  assert.match(page, /weir_slo_burn_rate\{slo="available",window="1h"\} 0\n/)
  assert.doesNotMatch(page, /weir_slo_burn_rate\{slo="elsewhere"/)
  await first.stop()

  const second = await start()
  await until(() => second.weir.serviceLevels.state().standing === 'leading', 'the first evaluation')
  assert.deepEqual(sumsOf(second.weir), counted)
  await second.stop()
})

test('an outage is an alert that says what is at stake, and a scope without a model is in the log', async (context) => {
  const stage = await open(context)()
  const { weir, logLines } = stage
  assert.ok(
    logLines.some((line) => /no model that can be reached now/.test(line) && /"slo":"elsewhere"/.test(line)),
  )
  assert.equal(await ask(stage), 200)
  await stage.simulator.close()
  for (let at = 0; at < 3; at += 1) assert.ok((await ask(stage)) >= 500)
  await until(
    async () => (await stage.scrape()).includes('weir_slo_events_total{slo="available"} 4'),
    '4 events',
  )
  await evaluated(stage, writtenOf(stage))
  const page = weir.serviceLevels.state().alerts?.find(({ severity }) => severity === 'page')
  assert.equal(page?.name, 'SloBudgetBurn')
  assert.deepEqual(page.labels, { slo: 'available' })
  assert.ok(page.facts.kind === 'burn')
  assert.deepEqual([page.facts.badEvents, page.facts.events], [3, 4])
  assert.equal(page.facts.slo.promise, '99% of requests succeed')
  await until(() => logLines.some((line) => /an alert fires/.test(line)), 'the log of the alert')
  await stage.weir.stop({ windowMs: 1_000 })
})
