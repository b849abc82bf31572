// The rules of a stack in a real Prometheus that scrapes a real gateway: nothing rings while all is well, and what fails rings.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test, type TestContext } from 'node:test'
import { stringify } from 'yaml'
import { isAlertingRule, type Rule } from '../../src/slo/rules.ts'
import { toStackRules } from '../../src/stack/rules/stack-rules.ts'
import { toStackInput } from '../agreement/support/stack-input.ts'
import { componentOrSkip } from '../support/component.ts'
import { startStage, until, type Stage, type Written } from '../support/weir.ts'
import { startPrometheus, type Prometheus } from './support/prometheus.ts'
import { sendRaw } from './support/wire.ts'

const EVERY = '250ms'
const GATEWAY: Written = { auth: 'none', discovery: { every: '1s', timeout: '500ms' } }

let stage: Stage
const folder = mkdtempSync(join(tmpdir(), 'weir-stack-rules-'))
before(async () => {
  stage = await startStage({ config: GATEWAY, backend: { concurrency: 4 } })
})
after(async () => {
  await stage.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** As generated, but at once and often: nobody waits ten minutes for a test. */
function writeRules(): readonly string[] {
  const hurry = (rule: Rule): Rule => {
    if (!isAlertingRule(rule)) return rule
    const { for: _, ...rest } = rule
    return rest
  }
  const backends = [{ name: 'sim', url: stage.simulatorUrl, kind: 'simulator' }]
  return toStackRules(toStackInput({ ...GATEWAY, backends })).map(({ name, rules }) => {
    const file = join(folder, `${name}.yml`)
    const groups = rules.groups.map((group) => ({ ...group, interval: EVERY, rules: group.rules.map(hurry) }))
    writeFileSync(file, stringify({ groups }))
    return file
  })
}

async function start(t: TestContext): Promise<Prometheus | undefined> {
  const binary = componentOrSkip(t, 'prometheus')
  if (binary === undefined) return undefined
  const prometheus = await startPrometheus(binary, {
    global: { scrape_interval: EVERY, scrape_timeout: EVERY },
    rule_files: writeRules(),
    scrape_configs: [{ job_name: 'weir', static_configs: [{ targets: [new URL(stage.metricsUrl).host] }] }],
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

/** How busy the machine of the test is says nothing about the rules. */
const OF_THE_MACHINE = 'Host.*|Gpu.*|EventLoopDelayed|GatewayOverloaded|CollectorFailing'

async function ringing({ url }: Prometheus): Promise<readonly string[]> {
  const query = `ALERTS{alertstate="firing",alertname!~"${OF_THE_MACHINE}"}`
  const answer = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(query)}`)
  const { data } = (await answer.json()) as { data: { result: { metric: Record<string, string> }[] } }
  return [...new Set(data.result.map(({ metric }) => metric['alertname'] ?? ''))].toSorted()
}

test('nothing but the heartbeat rings while all is well; what fails rings, each by its own name', async (t) => {
  const prometheus = await start(t)
  if (prometheus === undefined) return
  const becomes = (query: string, what: string): Promise<void> =>
    until(async () => (await prometheus.ask(query)) === 1, what, 20_000)

  await send(40)
  await becomes(
    'sum(weir_requests_total{outcome="ok"}) >= bool 40 and sum(weir:answers:increase5m) > bool 0',
    'requests are counted and recorded',
  )
  await becomes('count_over_time(ALERTS{alertname="Watchdog"}[1m]) > bool 8', 'some evaluations')
  assert.deepEqual(await ringing(prometheus), ['Watchdog'])

  await send(20, '500')
  const rings = (alert: string, severity: string): Promise<void> =>
    becomes(`count(ALERTS{alertname="${alert}",severity="${severity}",alertstate="firing"})`, alert)
  await rings('ErrorShareHigh', 'page')
  await rings('BackendErrorsHigh', 'ticket')

  await stage.simulator.close()
  await rings('BackendDown', 'page')
  // It is down: that it does not do its work either need not be said.
  await until(async () => !(await ringing(prometheus)).includes('BackendErrorsHigh'), 'the ticket gives way')
})
