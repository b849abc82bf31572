import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { hashKey } from '../../src/access/create-key.ts'
import { LOCAL_STAGES, PROXY_STAGES } from '../../src/gateway/pipeline.ts'
import { listRoutes } from '../../src/gateway/http/routes.ts'
import { createSimulator, type Simulator } from '../../src/simulator/index.ts'
import { CATALOGUE } from '../../src/telemetry/catalogue.ts'
import { ToolFolder } from '../../src/telemetry/collectors/fixtures/fake-tool.ts'
import { parseExposition, sumOf, type Sample } from '../support/metrics.ts'
import { startGateway, toConfig, until, type TestGateway, type Written } from '../support/weir.ts'
import { RawClient, sendRaw, toRequestBytes, type Answer } from './support/wire.ts'

const KEY = 'wk_metricsx_0123456789012345678901234567'
const OUTPUT_TOKENS = 10
/** Over the two seconds after which a gap is a stall. */
const STALL_MS = 2_100
/** The least that can be configured. */
const MAX_SERIES = 1_500
const OPENMETRICS = 'application/openmetrics-text; version=1.0.0'

const data = mkdtempSync(join(tmpdir(), 'weir-metrics-'))
/** Holds what pretends to be the tool of a GPU. */
const tools = new ToolFolder()
const { PATH } = process.env
let simulators: Simulator[]
let gateway: TestGateway
let written: Written
/** Whoever is told of alerts. */
const receiver = createServer((request, response) => request.resume().once('end', () => response.end()))
const stages = new Map<string, string[]>()

before(async () => {
  const loading = {
    kind: 'ollama',
    strictModels: true,
    models: [{ name: 'cold-chat', cold: true, loadMs: 300 }],
  } as const
  const ready = { models: ['sim-chat', 'sim-embed'] }
  // Nobody asks these for anything: they are there for what they tell of themselves.
  const tellers = (['vllm', 'llamacpp'] as const).map((kind) => ({
    kind,
    models: [`told-${kind}`],
    slots: 2,
  }))
  tools.put(
    'nvidia-smi',
    'while :; do echo "0, GPU-1, NVIDIA H200, 1024, 143771, 50, 40, 100.5"; sleep 1; done',
  )
  process.env['PATH'] = `${tools.path}:${PATH}`
  simulators = [ready, ready, loading, ...tellers].map((profile) =>
    createSimulator({ outputTokens: OUTPUT_TOKENS, ...profile }),
  )
  const urls = await Promise.all(
    simulators.map(async (simulator) => (await simulator.listen({ host: '127.0.0.1', port: 0 })).url),
  )
  await new Promise<void>((resolve) => void receiver.listen(0, '127.0.0.1', resolve))
  written = {
    auth: 'none',
    keys: [{ name: 'team', hash: hashKey(KEY), tenant: 'team-a' }],
    metrics: { tenants: true, collectors: { every: '1s' }, maxSeries: 8_000 },
    data,
    models: [
      { name: 'absent', fallback: ['sim-chat'] },
      { name: 'sim-chat', price: { input: 1_000, output: 1_000, currency: 'EUR' } },
    ],
    backends: urls.map((url, index) => ({
      name: `b${index}`,
      url,
      kind: ['simulator', 'simulator', 'ollama', 'vllm', 'llamacpp'][index],
      ...(index > 2 && { metrics: true }),
      concurrency: 1,
    })),
    discovery: { every: '100ms' },
    slos: [{ name: 'chat', sli: 'availability', objective: '99.9%', minEvents: 1 }],
    alerts: {
      receivers: [
        {
          name: 'oncall',
          kind: 'webhook',
          url: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`,
        },
      ],
      routes: [{ to: 'oncall', wait: '0s' }],
    },
  }
  gateway = await startGateway(written, {
    onStage: (id, stage) => {
      stages.set(id, [...(stages.get(id) ?? []), stage])
    },
  })
})
after(async () => {
  await gateway.stop()
  process.env['PATH'] = PATH
  tools.close()
  rmSync(data, { recursive: true })
  for (const simulator of simulators) await simulator.close()
  receiver.close()
})

interface Ask {
  readonly path?: string
  readonly model?: string
  readonly stream?: boolean
  readonly fault?: string
  readonly method?: string
}

const ask = ({ path = '/v1/chat/completions', model = 'sim-chat', stream = false, fault, method }: Ask) =>
  sendRaw(gateway.port, {
    path,
    ...(method !== undefined && { method }),
    headers: [
      ['Authorization', `Bearer ${KEY}`],
      ...(fault === undefined ? [] : [['x-sim-fault', fault] as const]),
    ],
    body: JSON.stringify({
      model,
      stream,
      max_tokens: 100,
      messages: [{ role: 'user', content: 'x' }],
      prompt: 'x',
      input: 'x',
    }),
  })

const isCounted = ({ name }: Sample): boolean =>
  Object.values(CATALOGUE).some(
    (definition) =>
      definition.type !== 'gauge' &&
      [definition.name, `${definition.name}_count`, `${definition.name}_sum`].includes(name),
  )

test('what is configured is there from the start, at 0', async () => {
  const page = await gateway.scrape()
  const counted = parseExposition(page).filter(isCounted)
  assert.deepEqual(
    counted.filter(({ value }) => value !== 0),
    [],
  )
  const has = (name: string, labels: Readonly<Record<string, string>>): boolean =>
    counted.some(
      (sample) =>
        sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
    )
  const wanted: [string, Readonly<Record<string, string>>][] = []
  for (const { method, endpoint } of listRoutes()) {
    const statuses =
      method === 'POST' ? ['200', '400', '404', '429', '499', '500', '502', '503', '504'] : ['200']
    for (const status_code of statuses)
      wanted.push(['http_requests_total', { method, endpoint, status_code }])
  }
  for (const backend of ['b0', 'b1']) {
    wanted.push(['weir_retries_total', { backend }])
    for (const status of ['success', 'error']) {
      wanted.push(['backend_call_duration_seconds_count', { backend, status }])
    }
    for (const dialect of ['openai', 'ollama', 'anthropic']) {
      const common = { backend, dialect, model: 'sim-chat' }
      wanted.push(['weir_requests_total', { ...common, outcome: 'ok', code: '' }])
      wanted.push(['weir_requests_total', { ...common, outcome: 'abandoned', code: 'client_closed' }])
      wanted.push(['weir_requests_total', { ...common, outcome: 'backend_error', code: 'backend_error' }])
    }
  }
  wanted.push(['weir_fallbacks_total', { from: 'absent', to: 'sim-chat', reason: 'no_backend' }])
  for (const by of ['caller', 'gateway', 'backend']) wanted.push(['weir_stream_interrupted_total', { by }])
  for (const reason of ['rate_limited', 'draining']) wanted.push(['weir_rejected_total', { reason }])
  for (const [name, labels] of wanted) assert.ok(has(name, labels), `${name} ${JSON.stringify(labels)}`)
})

test('every metric of the catalogue is observed, and the sums equal what callers and backends saw', async () => {
  const answers: Answer[] = []
  const run = async (asked: Ask): Promise<Answer> => {
    const answer = await ask(asked)
    answers.push(answer)
    return answer
  }
  for (const stream of [false, true]) {
    for (const path of [
      '/v1/chat/completions',
      '/v1/completions',
      '/v1/responses',
      '/api/chat',
      '/api/generate',
      '/v1/messages',
    ]) {
      assert.equal((await run({ path, stream })).status, 200, path)
    }
  }
  await run({ path: '/v1/embeddings', model: 'sim-embed' })
  await run({ stream: true, fault: `tokens=2,slow-tokens=${STALL_MS}` })
  await run({ stream: true, fault: 'cut-after=3' })
  await run({ path: '/api/chat', stream: true, fault: 'error-after=3' })
  assert.equal((await run({ fault: '500' })).header('x-weir-attempts'), '2')
  assert.equal((await run({ fault: '429=1' })).status, 429)
  assert.equal((await run({ model: 'nobody' })).status, 404)
  assert.equal((await run({ model: 'absent' })).header('x-weir-fallback-from'), 'absent')
  assert.equal((await run({ model: 'cold-chat', stream: true })).status, 200)
  await until(
    async () => /weir_backend_model_loaded\{/.test(await gateway.scrape()),
    'the model to be seen in memory',
  )
  await until(async () => {
    const page = parseExposition(await gateway.scrape())
    const last = [
      CATALOGUE.gpuPower,
      CATALOGUE.hostCpu,
      CATALOGUE.backendSlots,
      CATALOGUE.backendRequestsWaiting,
    ]
    return last.every((definition) => page.some(({ name }) => name === definition.name))
  }, 'the collectors')
  // One more than there are slots.
  await Promise.all([0, 1, 2].map(() => run({ stream: true, fault: 'slow-ttft=100' })))
  const leaver = new RawClient(gateway.port)
  const hanging = {
    path: '/api/chat',
    headers: [['x-sim-fault', 'hang']] as const,
    body: '{"model":"sim-chat"}',
  }
  leaver.write(
    toRequestBytes({ ...hanging, body: '{"model":"sim-chat","messages":[{"role":"user","content":"x"}]}' }),
  )
  await until(() => simulators.some(({ ledger }) => ledger.totals.inFlight === 1), 'the request that hangs')
  leaver.socket.destroy()

  const count = answers.length + 1
  const records = await gateway.untilSealed(count)
  // What is read again is evaluated at once, and what holds is told.
  await until(async () => !/weir_slo_events_total\{slo="chat"\} 0\n/.test(await gateway.scrape()), 'events')
  await gateway.weir.apply(toConfig(written))
  await until(async () => /weir_notifications_total\{.*\} [1-9]/.test(await gateway.scrape()), 'the alert')
  const page = await gateway.scrape()
  const samples = parseExposition(page)
  const sum = (name: string, labels: Readonly<Record<string, string>> = {}): number =>
    sumOf(page, name, labels)

  for (const { name, type } of Object.values(CATALOGUE)) {
    const own = samples.filter((sample) => sample.name === (type === 'histogram' ? `${name}_count` : name))
    assert.notEqual(own.length, 0, name)
    // What was lost is 0 here: nothing was.
    const isLoss = name === CATALOGUE.recordsDropped.name || name === CATALOGUE.seriesLimited.name
    if (type === 'gauge' || isLoss) continue
    assert.ok(
      own.some(({ value }) => value > 0),
      `${name} was never observed`,
    )
  }

  const ledgers = simulators.map(({ ledger }) => ledger.totals)
  const started = ledgers.reduce((total, ledger) => total + ledger.started, 0)
  assert.equal(sum('http_requests_total'), count)
  assert.equal(sum('http_request_duration_seconds_count'), count)
  assert.equal(sum('weir_requests_total'), count)
  assert.equal(sum('weir_tenant_requests_total', { tenant: 'team-a' }), answers.length)
  const micros = records.reduce(
    (total, { cost, tenant }) => total + (tenant === 'team-a' ? (cost?.micros ?? 0) : 0),
    0,
  )
  assert.ok(Math.abs(sum('weir_cost_total', { tenant: 'team-a', model: 'sim-chat' }) * 1e6 - micros) < 1)
  for (const status of new Set(answers.map((answer) => String(answer.status)))) {
    const seen = answers.filter((answer) => String(answer.status) === status).length
    assert.equal(sum('http_requests_total', { status_code: status }), seen, status)
  }
  assert.equal(sum('http_requests_total', { status_code: '499' }), 1)
  // Every attempt but the one that the caller abandoned.
  assert.equal(sum('backend_call_duration_seconds_count'), started - 1)
  assert.equal(sum('weir_retries_total'), started - answers.length + countOf('model_not_found') - 1)
  const interrupted = answers.filter(
    (answer) => answer.status === 200 && /"error":[{"]/.test(answer.body.toString()),
  )
  assert.equal(sum('weir_stream_interrupted_total', { by: 'backend' }), interrupted.length)
  assert.equal(sum('weir_stream_stalls_total'), 1)

  const told = records.filter(({ estimated, usage }) => !estimated.usage && usage.outputTokens !== undefined)
  const tokens = told.reduce((total, { usage }) => total + (usage.outputTokens ?? 0), 0)
  assert.equal(sum('gen_ai_client_inference_usage_output_tokens_total'), tokens)
  assert.equal(sum('gen_ai_client_token_usage_sum', { gen_ai_token_type: 'output' }), tokens)
  assert.equal(sum('weir_tokens_total', { kind: 'output' }), tokens)
  // Complete generations, as the backends themselves counted them.
  const complete = simulators
    .flatMap(({ ledger }) => ledger.entries)
    .filter(({ ended }) => ended === 'complete')
  assert.equal(
    tokens,
    complete.reduce((total, entry) => total + entry.tokensWritten, 0),
  )
  const gaps = records.reduce((total, record) => total + (record.gaps?.count ?? 0), 0)
  assert.equal(sum('weir_inter_token_seconds_count'), gaps)

  const seconds = records.reduce((total, { durationMs }) => total + durationMs, 0) / 1000
  const isNear = (value: number): boolean => Math.abs(value - seconds) < 1e-6
  assert.ok(isNear(sum('http_request_duration_seconds_sum')), 'durations')
  assert.ok(isNear(sum('weir_phase_seconds_sum')), 'the phases add up to the durations')
})

/** Requests that never reached a backend for this reason. */
function countOf(code: string): number {
  return gateway.records.filter((record) => record.code === code && record.attempts.length === 0).length
}

test('whatever callers write, no series is made of it', async () => {
  const rounds = async (mark: string): Promise<Sample[]> => {
    const sealed = gateway.records.length
    for (let index = 0; index < 10; index += 1) {
      await ask({ model: `made-up-${mark}-${index}` })
      await ask({ path: `/made/up/${mark}/${index}` })
      await ask({ path: '/v1/chat/completions', method: `MADEUP${mark}` }).catch(() => undefined)
      await ask({ model: `sim:tokens-${index}` })
      await ask({ path: `/v1/models/made-up-${mark}-${index}`, method: 'GET' })
    }
    await gateway.untilSealed(sealed + 40)
    return parseExposition(await gateway.scrape())
  }
  // What the runtime is busy with just then comes and goes by itself.
  const keysOf = (samples: readonly Sample[]): readonly string[] =>
    samples
      .filter(({ name }) => !/^nodejs_active_/.test(name))
      .map(({ name, labels }) => `${name} ${JSON.stringify(labels)}`)
  const once = await rounds('one')
  const twice = await rounds('two')
  assert.deepEqual(keysOf(twice), keysOf(once))
  for (const { name, labels } of twice) assert.ok(!/made|MADE|tokens-\d/.test(JSON.stringify(labels)), name)
  const unknown = { model: 'other', outcome: 'caller_error', code: 'model_not_found' }
  const page = await gateway.scrape()
  assert.ok(sumOf(page, 'weir_requests_total', unknown) >= 20)
  assert.ok(sumOf(page, 'http_requests_total', { endpoint: 'other', status_code: '404' }) >= 20)
  assert.ok(sumOf(page, 'weir_requests_total', { model: 'sim:*', outcome: 'ok' }) >= 20)
})

test('exemplars of an OpenMetrics page lead to real requests', async () => {
  const answer = await ask({ stream: true })
  const id = answer.header('x-request-id') ?? 'none'
  await until(() => gateway.records.some((record) => record.id === id), 'the record')
  const page = await gateway.scrape(OPENMETRICS)
  assert.ok(page.endsWith('# EOF\n'))
  const exemplars = page
    .split('\n')
    .flatMap((line) => [
      ...line.matchAll(/^(\w+)_bucket\{.*\} \d+ # \{request_id="([^"]+)"\} ([\d.e-]+) ([\d.]+)$/g),
    ])
  const families = new Set(exemplars.map(([, family]) => family))
  const wanted = Object.values(CATALOGUE).filter(
    (definition) => 'exemplars' in definition && definition.exemplars,
  )
  assert.deepEqual([...families].toSorted(), wanted.map(({ name }) => name).toSorted())
  const known = new Map(gateway.records.map((record) => [record.id, record]))
  for (const [, family, each = ''] of exemplars) assert.ok(known.has(each), `${family} ${each}`)
  const own = exemplars.find(([, family, each]) => family === 'http_request_duration_seconds' && each === id)
  assert.ok(own !== undefined, 'the newest request is the exemplar of its bucket')
  assert.ok(Math.abs(Number(own[3]) * 1000 - (known.get(id)?.durationMs ?? 0)) < 0.001)
  assert.ok(!(await gateway.scrape()).includes('request_id='), 'the text format knows no exemplars')
})

test('a request goes through the stages in the order of the list', async () => {
  const stagesOf = (answer: Answer): string[] | undefined => stages.get(answer.header('x-request-id') ?? '')
  const proxy = PROXY_STAGES.map(({ name }) => name)
  assert.deepEqual(stagesOf(await ask({})), proxy)
  assert.deepEqual(stagesOf(await ask({ path: '/api/chat', stream: true })), proxy)
  assert.deepEqual(
    stagesOf(await ask({ path: '/v1/models', method: 'GET' })),
    LOCAL_STAGES.map(({ name }) => name),
  )
  const unknown = stagesOf(await ask({ model: 'nobody' }))
  assert.deepEqual(unknown, proxy.slice(0, proxy.indexOf('route') + 1))
  assert.equal(stagesOf(await ask({ path: '/nowhere' })), undefined)
})

test('what does not fit the limit of series is counted, and not lost', async () => {
  const small = await startGateway({
    backends: [{ name: 'b0', url: simulators[0]?.address?.url, kind: 'simulator' }],
    metrics: { maxSeries: MAX_SERIES },
  })
  try {
    const before = parseExposition(await small.scrape()).length
    for (const path of [
      '/v1/chat/completions',
      '/api/chat',
      '/v1/messages',
      '/v1/responses',
      '/v1/completions',
    ]) {
      for (const fault of ['500', '429=1', '404', 'error-200', 'tokens=3']) {
        await sendRaw(small.port, {
          path,
          headers: [['x-sim-fault', fault]],
          body: '{"model":"sim-chat","max_tokens":9,"prompt":"x","input":"x","messages":[{"role":"user","content":"x"}]}',
        })
      }
    }
    const sealed = (await small.untilSealed(25)).length
    const page = await small.scrape()
    assert.ok(
      parseExposition(page).length <= MAX_SERIES,
      `${parseExposition(page).length} lines, ${before} at the start`,
    )
    assert.ok(sumOf(page, 'weir_series_limited_total') > 0)
    assert.equal(sumOf(page, 'http_requests_total'), sealed)
    assert.equal(sumOf(page, 'weir_requests_total'), sealed)
  } finally {
    await small.stop()
  }
})
