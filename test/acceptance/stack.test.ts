// `weir stack init --target files`, and what it wrote run by the real programs: only ports and waiting times are those of a test.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { parse, stringify } from 'yaml'
import { toStackInput } from '../../src/app/stack.ts'
import { createSimulator, type Simulator } from '../../src/simulator/index.ts'
import { renderStack } from '../../src/stack/parts.ts'
import type { StackFile, StackPlaces } from '../../src/stack/stack.ts'
import { componentOrSkip } from '../support/component.ts'
import { findFreePort } from '../support/free-port.ts'
import { startProgram } from '../support/program.ts'
import { startGateway, toConfig, until, type Written } from '../support/weir.ts'

const PATIENCE_MS = 30_000
const MODEL = 'qwen3:4b'

interface Binaries {
  readonly prometheus: string
  readonly alertmanager: string
  readonly nodeExporter: string
}

function binariesOrSkip(t: TestContext): Binaries | undefined {
  const found = ['prometheus', 'alertmanager', 'node-exporter'].map((name) => componentOrSkip(t, name))
  const [prometheus, alertmanager, nodeExporter] = found
  if (prometheus === undefined || alertmanager === undefined || nodeExporter === undefined) return undefined
  return { prometheus, alertmanager, nodeExporter }
}

/** People would wait for minutes: here what is waited for is made short, and nothing else is touched. */
const WAITS = new Set([
  ...['scrape_interval', 'evaluation_interval', 'refresh_interval', 'interval', 'for'],
  ...['group_wait', 'group_interval'],
])

function hasten(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(hasten)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [key, WAITS.has(key) ? '1s' : hasten(entry)]),
  )
}

const isForPrometheus = (path: string): boolean =>
  /^(?:prometheus|alertmanager)\/.*\.yml$/.test(path) && !path.includes('/tests/')

function writeFiles(folder: string, files: readonly StackFile[]): void {
  for (const { path, text } of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), isForPrometheus(path) ? stringify(hasten(parse(text))) : text)
  }
}

interface Notification {
  readonly status: string
  readonly alerts: readonly { readonly status: string; readonly labels: Readonly<Record<string, string>> }[]
}

/** Takes what Alertmanager posts. */
async function startWebhook(t: TestContext): Promise<{ url: string; taken: Notification[] }> {
  const taken: Notification[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => void chunks.push(chunk))
    request.on('end', () => {
      taken.push(JSON.parse(Buffer.concat(chunks).toString()) as Notification)
      response.end()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => void server.close())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, taken }
}

async function startSimulator(t: TestContext, kind: 'ollama' | 'vllm', port = 0) {
  const simulator: Simulator = createSimulator({ kind, onlyOwnPaths: true, models: [MODEL] })
  const { url } = await simulator.listen({ host: '127.0.0.1', port })
  t.after(() => simulator.close())
  return { simulator, url }
}

async function startStack(t: TestContext, binaries: Binaries, written: Written): Promise<StackPlaces> {
  const gateway = await startGateway(written)
  t.after(() => gateway.stop())
  const input = toStackInput(toConfig(written), { target: 'files', version: '0.0.0' })
  const at = async (): Promise<string> => `127.0.0.1:${await findFreePort()}`
  const [prometheus, alertmanager, nodeExporter] = [await at(), await at(), await at()]
  const gatewayMetrics = new URL(gateway.metricsUrl).host
  const places = {
    ...{ ...input.places, gatewayMetrics, gatewayHooks: `http://${gatewayMetrics}` },
    ...{ prometheus: `http://${prometheus}`, alertmanager, nodeExporter },
  }
  const folder = mkdtempSync(join(tmpdir(), 'weir-stack-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  writeFiles(folder, renderStack({ ...input, places }))
  // As the page in the folder says.
  await Promise.all([
    startProgram(t, {
      ...{ binary: binaries.alertmanager, folder: join(folder, 'alertmanager') },
      args: [
        '--config.file=alertmanager.yml',
        '--storage.path=data',
        `--web.listen-address=${alertmanager}`,
        '--cluster.listen-address=',
      ],
      readyUrl: `http://${alertmanager}/-/ready`,
    }),
    startProgram(t, {
      ...{ binary: binaries.nodeExporter, folder, args: [`--web.listen-address=${nodeExporter}`] },
      readyUrl: `http://${nodeExporter}/`,
    }),
    startProgram(t, {
      ...{ binary: binaries.prometheus, folder },
      args: [
        '--config.file=prometheus/prometheus.yml',
        '--storage.tsdb.path=prometheus/data',
        `--web.listen-address=${prometheus}`,
      ],
      readyUrl: `http://${prometheus}/-/ready`,
    }),
  ])
  return places
}

async function ask<T>(places: StackPlaces, path: string): Promise<T> {
  const answer = await fetch(`${places.prometheus}${path}`)
  return ((await answer.json()) as { data: T }).data
}

interface Target {
  readonly health: string
  readonly labels: Readonly<Record<string, string>>
}

async function assertTargetsUp(places: StackPlaces): Promise<void> {
  let seen: readonly string[] = []
  const expected = ['alertmanager up', 'node up', 'prometheus up', 'weir up', 'weir-backends up']
  await until(
    async () => {
      const { activeTargets } = await ask<{ activeTargets: readonly Target[] }>(places, '/api/v1/targets')
      seen = activeTargets.map(({ labels, health }) => `${labels['job'] ?? ''} ${health}`).toSorted()
      return seen.join() === expected.join()
    },
    'every target to be up',
    PATIENCE_MS,
  ).catch((thrown: unknown) => {
    throw new Error(`targets: ${seen.join(', ')}`, { cause: thrown })
  })
}

async function assertRulesLoaded(places: StackPlaces): Promise<void> {
  const { groups } = await ask<{ groups: { rules: { name: string; health: string }[] }[] }>(
    places,
    '/api/v1/rules',
  )
  const rules = groups.flatMap((group) => group.rules)
  assert.ok(rules.length > 20, `${rules.length} rules`)
  for (const name of ['BackendDown', 'GatewayDown', 'Watchdog', 'SloBudgetBurn']) {
    assert.ok(
      rules.some((rule) => rule.name === name),
      name,
    )
  }
  assert.deepEqual(
    rules.filter(({ health }) => health === 'err').map(({ name }) => name),
    [],
  )
}

test('the files that are written run: targets are up, and an outage is told and told to be over', async (t) => {
  const binaries = binariesOrSkip(t)
  if (binaries === undefined) return
  const webhook = await startWebhook(t)
  const { simulator, url } = await startSimulator(t, 'ollama')
  const vllm = await startSimulator(t, 'vllm')
  const places = await startStack(t, binaries, {
    backends: [
      { name: 'sim', url, kind: 'ollama' },
      { name: 'gpu', url: vllm.url, kind: 'vllm' },
    ],
    discovery: { every: '200ms' },
    slos: [{ name: 'chat-available', sli: 'availability', objective: '99.5%', window: '30d' }],
    alerts: {
      deliver: 'alertmanager',
      receivers: [
        { name: 'native', kind: 'webhook', url: webhook.url },
        { name: 'bridged', kind: 'webhook', url: webhook.url, secret: 'by which Weir signs' },
      ],
      routes: [{ severity: 'page', to: ['native', 'bridged'] }, { to: 'native' }],
    },
  })
  await assertTargetsUp(places)
  await assertRulesLoaded(places)
  const labels = await ask<{ result: { metric: Readonly<Record<string, string>> }[] }>(
    places,
    `/api/v1/query?query=${encodeURIComponent('vllm:num_requests_running')}`,
  )
  const { backend, kind, job } = labels.result[0]?.metric ?? {}
  assert.deepEqual({ backend, kind, job }, { backend: 'gpu', kind: 'vllm', job: 'weir-backends' })

  await simulator.close()
  const told = (status: string): boolean =>
    webhook.taken.some(
      (each) =>
        each.status === status &&
        each.alerts.some(
          ({ labels: { alertname, backend: which } }) => alertname === 'BackendDown' && which === 'sim',
        ),
    )
  await until(() => told('firing'), 'the outage to be told', PATIENCE_MS)
  await until(
    () => JSON.stringify(webhook.taken).includes('"kind":"firing"'),
    'the bridge to pass it on',
    PATIENCE_MS,
  )
  await startSimulator(t, 'ollama', Number(new URL(url).port))
  await until(() => told('resolved'), 'the end of the outage to be told', PATIENCE_MS)
})

/** Names of the client library, which dashboards of Node processes ask for: not ours to change. All that promtool has to say. */
const KNOWN_LINT: readonly string[] = [
  ...['handles', 'requests', 'resources'].map(
    (what) => `nodejs_active_${what}_total non-counter metrics should not have "_total" suffix`,
  ),
  "nodejs_eventloop_utilization_histogram metric name should not include type 'histogram'",
  "nodejs_eventloop_utilization_summary metric name should not include type 'summary'",
]

test('promtool finds nothing wrong with the page of metrics but what is known', async (t) => {
  const prometheus = componentOrSkip(t, 'prometheus')
  if (prometheus === undefined) return
  const { url } = await startSimulator(t, 'ollama')
  const gateway = await startGateway({
    backends: [{ name: 'sim', url, kind: 'ollama' }],
    metrics: { tenants: true },
    slos: [{ name: 'chat-available', sli: 'availability', objective: '99.5%', window: '30d' }],
  })
  t.after(() => gateway.stop())
  const messages = [{ role: 'user', content: 'Hello' }]
  const answer = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: MODEL, messages }),
  })
  assert.equal(answer.status, 200, await answer.text())
  await gateway.untilSealed(1)
  const promtool = join(dirname(prometheus), 'promtool')
  const { stdout, stderr, status } = spawnSync(promtool, ['check', 'metrics'], {
    ...{ input: await gateway.scrape(), encoding: 'utf8' },
  })
  const findings = `${stdout}${stderr}`.split('\n').filter((line) => line !== '')
  assert.deepEqual(findings.toSorted(), KNOWN_LINT)
  // It was read to its end, and there are findings of style.
  assert.equal(status, 3)
})
