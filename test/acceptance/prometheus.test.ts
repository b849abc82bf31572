import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { after, before, test, type TestContext } from 'node:test'
import { createSimulator, type Simulator } from '../../src/simulator/index.ts'
import { componentOrSkip } from '../support/component.ts'
import { until } from '../support/weir.ts'
import { startProcess, type WeirProcess } from './support/process.ts'
import { startPrometheus, type Prometheus } from './support/prometheus.ts'
import { sendRaw, type Answer } from './support/wire.ts'

const SCRAPE_EVERY_MS = 250
/** Falls into the bucket from 0.25 to 0.5 s, with room for a busy machine. */
const SLOW_MS = 300

let simulator: Simulator
let weir: WeirProcess

before(async () => {
  simulator = createSimulator({ kind: 'ollama', onlyOwnPaths: true, models: ['qwen3:32b'], outputTokens: 5 })
  const { url } = await simulator.listen({ host: '127.0.0.1', port: 0 })
  // The flags of the articles; only the ports are free ones.
  const flags = `--ollama-url ${url} --listen :0 --metrics-addr :0 --metrics-path /metrics`
  weir = await startProcess({ args: flags.split(' ') })
})
after(async () => {
  await weir.destroy()
  await simulator.close()
})

const chat = (fault?: string, model = 'qwen3:32b'): Promise<Answer> =>
  sendRaw(weir.port, {
    path: '/v1/chat/completions',
    headers: fault === undefined ? [] : [['x-sim-fault', fault]],
    body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Hello' }] }),
  })

async function start(t: TestContext): Promise<Prometheus | undefined> {
  const binary = componentOrSkip(t, 'prometheus')
  if (binary === undefined) return undefined
  const prometheus = await startPrometheus(binary, {
    global: { scrape_interval: `${SCRAPE_EVERY_MS}ms`, scrape_timeout: `${SCRAPE_EVERY_MS}ms` },
    scrape_configs: [
      {
        job_name: 'weir-gateway',
        metrics_path: '/metrics',
        static_configs: [
          { targets: [new URL(weir.metricsUrl).host], labels: { instance: 'gateway-1', service: 'weir' } },
        ],
      },
    ],
  })
  t.after(() => prometheus.close())
  return prometheus
}

const CALLS = 'backend_call_duration_seconds_count'

test('the queries of the monitoring guides give the right numbers in a real Prometheus', async (t) => {
  const prometheus = await start(t)
  if (prometheus === undefined) return
  const ask = async (query: string): Promise<number> => (await prometheus.ask(query)) ?? Number.NaN
  const becomes = (query: string, value: number): Promise<void> =>
    until(async () => (await ask(query)) === value, `${query} = ${value}`)

  await until(async () => (await prometheus.targets()).some(({ health }) => health !== 'unknown'), 'a scrape')
  const [target] = await prometheus.targets()
  assert.deepEqual([target?.health, target?.lastError], ['up', ''])
  assert.deepEqual(target?.labels, { instance: 'gateway-1', job: 'weir-gateway', service: 'weir' })
  assert.equal(await ask('up{job="weir-gateway"}'), 1)
  assert.equal(await ask('weir_backend_up{backend="ollama"}'), 1)

  // Everything is there from the start, so the first error is seen by increase() and ratios have both sides.
  assert.equal(await ask(`${CALLS}{backend="ollama",status="success"}`), 0)
  assert.equal(await ask(`${CALLS}{backend="ollama",status="error"}`), 0)
  assert.equal(await ask('sum(http_requests_total)'), 0)

  assert.equal((await chat()).status, 200)
  await becomes(`${CALLS}{backend="ollama",status="success"}`, 1)
  await becomes('sum(http_requests_total)', 1)

  const asked = { fast: 35, slow: 4, failed: 5, unknown: 3 }
  await Promise.all(Array.from({ length: asked.slow }, () => chat(`slow-ttft=${SLOW_MS}`)))
  for (let count = 0; count < asked.fast; count += 1) assert.equal((await chat()).status, 200)
  for (let count = 0; count < asked.failed; count += 1) assert.equal((await chat('500')).status, 502)
  for (let count = 0; count < asked.unknown; count += 1)
    assert.equal((await chat(undefined, 'nobody')).status, 404)
  const good = 1 + asked.fast + asked.slow
  const all = good + asked.failed + asked.unknown

  await becomes('sum(http_requests_total)', all)
  await becomes('sum(http_requests_total{status_code=~"5.."})', asked.failed)
  await becomes(
    'sum(http_requests_total{method="POST",endpoint="/v1/chat/completions",status_code="404"})',
    asked.unknown,
  )
  await becomes('sum(weir_requests_total{outcome="caller_error",code="model_not_found"})', asked.unknown)
  await becomes('sum(weir_requests_total{model="qwen3:32b",outcome="ok"})', good)
  const total = await ask('sum(increase(http_requests_total[1m]))')
  // increase() extends what it saw by up to half a scrape interval on either side: much, where a busy machine was scraped seldom.
  assert.ok(total > all * 0.8 && total < all * 1.5, `increase() says ${total} of ${all}`)

  const success = `sum(${CALLS}{status="success"}) / sum(${CALLS})`
  await becomes(success, good / (good + asked.failed))
  const recent = `sum(increase(${CALLS}{status="success"}[1m])) / sum(increase(${CALLS}[1m]))`
  assert.ok(Math.abs((await ask(recent)) - good / (good + asked.failed)) < 0.05)

  const quantile = (share: number, selector = ''): string =>
    `histogram_quantile(${share}, sum by (le) (rate(http_request_duration_seconds_bucket${selector}[1m])))`
  const p95 = await ask(quantile(0.95))
  assert.ok(p95 > 0.25 && p95 <= 0.5, `P95 ${p95}`)
  const p50 = await ask(quantile(0.5, '{endpoint="/v1/chat/completions"}'))
  assert.ok(p50 > 0 && p50 <= 0.1, `P50 ${p50}`)
})

test('promtool finds nothing to say about our metrics', async (t) => {
  const binary = componentOrSkip(t, 'prometheus')
  if (binary === undefined) return
  await Promise.all([chat(), chat('500'), chat(undefined, 'nobody')])
  const page = await (await fetch(weir.metricsUrl)).text()
  const { stdout, stderr } = spawnSync(join(dirname(binary), 'promtool'), ['check', 'metrics'], {
    input: page,
    encoding: 'utf8',
  })
  const findings = `${stdout}${stderr}`.split('\n').filter((line) => line !== '')
  assert.ok(
    findings.some((line) => line.startsWith('nodejs_')),
    'promtool looked at the page',
  )
  // Names that the client library has given are not ours to change.
  assert.deepEqual(
    findings.filter((line) => !/^(nodejs|process)_/.test(line)),
    [],
  )
})

test('the lines that people and scripts wait for name the ports', () => {
  const said = weir.lines().map((line) => String(line['msg']))
  assert.ok(said.includes(`gateway started on :${weir.port}`), said.join('\n'))
  assert.ok(said.includes(`metrics server started on :${new URL(weir.metricsUrl).port}`))
})
