// Objectives as a real Prometheus has them, scraped from a real gateway: the sums it gives, the rules it evaluates, and what is
// said when it cannot know.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test, type TestContext } from 'node:test'
import { stringify } from 'yaml'
import { systemClock } from '../../src/core/clock.ts'
import { evaluate } from '../../src/slo/evaluate.ts'
import type { Objective } from '../../src/slo/objective.ts'
import { createPrometheusClient } from '../../src/slo/prometheus/client.ts'
import { readObjectives, type Reading } from '../../src/slo/prometheus/readings.ts'
import { toServiceLevels } from '../../src/slo/resolve.ts'
import { toRules } from '../../src/slo/rules.ts'
import { componentOrSkip } from '../support/component.ts'
import { startStage, toConfig, until, type Stage, type Written } from '../support/weir.ts'
import { startPrometheus, type Prometheus } from './support/prometheus.ts'
import { sendRaw } from './support/wire.ts'

const SCRAPE_EVERY_MS = 250
const JOB = 'weir'
const SLOS: Written = {
  slos: [
    { name: 'available', sli: 'availability', objective: '90%', window: '7d', noData: 'off' },
    { name: 'long', sli: { duration: '10s' }, objective: '95%', window: '30d', noData: 'off' },
  ],
}
const LEVELS = toServiceLevels(toConfig(SLOS).serviceLevels)

let stage: Stage
const folder = mkdtempSync(join(tmpdir(), 'weir-slo-'))
before(async () => {
  stage = await startStage({ config: { ...SLOS, auth: 'none', data: join(folder, 'data') } })
})
after(async () => {
  await stage.stop()
  rmSync(folder, { recursive: true, force: true })
})

async function start(t: TestContext): Promise<Prometheus | undefined> {
  const binary = componentOrSkip(t, 'prometheus')
  if (binary === undefined) return undefined
  const { file } = toRules({
    objectives: LEVELS.objectives,
    thresholds: LEVELS.rules,
    options: { job: JOB, labels: {}, matchers: {} },
  })
  const rules = join(folder, 'weir.rules.yml')
  // As generated, but for how often: nobody waits a minute for a test.
  const groups = file.groups.map((group) => ({ ...group, interval: `${SCRAPE_EVERY_MS}ms` }))
  writeFileSync(rules, stringify({ groups }))
  const prometheus = await startPrometheus(binary, {
    global: { scrape_interval: `${SCRAPE_EVERY_MS}ms`, scrape_timeout: `${SCRAPE_EVERY_MS}ms` },
    rule_files: [rules],
    scrape_configs: [{ job_name: JOB, static_configs: [{ targets: [new URL(stage.metricsUrl).host] }] }],
  })
  t.after(() => prometheus.close())
  return prometheus
}

async function send(count: number, fault?: string): Promise<void> {
  for (let sent = 0; sent < count; sent += 1) {
    await sendRaw(stage.port, {
      path: '/v1/chat/completions',
      headers: fault === undefined ? [] : [['x-sim-fault', fault]],
      body: '{"model":"sim-chat","messages":[{"role":"user","content":"x"}]}',
    })
  }
}

async function read(url: string, objectives: readonly Objective[] = LEVELS.objectives) {
  const client = createPrometheusClient({ url, timeoutMs: 5_000, clock: systemClock })
  return readObjectives({ client, objectives })
}

function reasonsOf(reading: Reading | undefined): string {
  assert.ok(reading !== undefined && !reading.known, 'it cannot be known')
  return reading.reasons.join('; ')
}

const GOOD = 30
const BAD = 10

test('a real Prometheus gives the sums of a real gateway, rings by its rules, and is never believed beyond what it knows', async (t) => {
  const prometheus = await start(t)
  if (prometheus === undefined) return
  const becomes = (query: string, value: number): Promise<void> =>
    until(async () => (await prometheus.ask(query)) === value, `${query} = ${value}`, 20_000)

  // Every objective is there before its first request: the first failure is seen by increase().
  await becomes('weir_slo_events_total{slo="available"}', 0)
  await becomes('count_over_time(weir_slo_events_total{slo="available"}[1m]) > bool 2', 1)
  await send(GOOD)
  await send(BAD, '500')
  await becomes('weir_slo_events_total{slo="available"}', GOOD + BAD)
  await becomes('weir_slo_good_total{slo="available"}', GOOD)

  const { byObjective } = await read(prometheus.url)
  const available = byObjective.get('available')
  assert.ok(available?.known, JSON.stringify(available))
  const [objective] = LEVELS.objectives
  assert.ok(objective)
  const { attainedRatio, burns, own } = evaluate(objective, available.sums)
  // increase() extends what it saw by less than a scrape interval; the share is not moved by that.
  assert.ok(own.total >= GOOD + BAD && own.total < 1.3 * (GOOD + BAD), `${own.total} events`)
  assert.ok(Math.abs((attainedRatio ?? 0) - GOOD / (GOOD + BAD)) < 0.03, `attained ${attainedRatio}`)
  assert.equal(burns.find(({ pair }) => pair.severity === 'ticket')?.isFiring, true)

  // The same says the rule: a quarter of the requests failed, where a tenth may.
  await becomes(
    'count(ALERTS{alertname="SloBudgetBurn",severity="ticket",slo="available",alertstate="firing"})',
    1,
  )
  assert.equal(await prometheus.ask('count(ALERTS{alertname="SloBudgetBurn",slo="long"})'), undefined)

  // Fifteen days are kept, which the server itself says; a promise over thirty cannot be looked at.
  assert.match(reasonsOf(byObjective.get('long')), /the window is 30d, but Prometheus keeps only 15d/)
  const unheard = await read(prometheus.url, [{ ...objective, name: 'unheard-of' }])
  assert.match(reasonsOf(unheard.byObjective.get('unheard-of')), /no gateway that is scraped now/)
  const elsewhere = await read(stage.url)
  assert.match(reasonsOf(elsewhere.byObjective.get('available')), /answered 404: no Prometheus/)

  await prometheus.close()
  const gone = await read(prometheus.url)
  assert.match(reasonsOf(gone.byObjective.get('available')), /could not be reached: ECONNREFUSED/)
})
