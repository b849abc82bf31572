// What is read beside the requests, in a running gateway: that it is shown, that it goes away with its source, and above all that
// looking changes nothing about what is looked at.
import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { createSimulator, type ProfileInput, type Simulator } from '../../src/simulator/index.ts'
import { CATALOGUE } from '../../src/telemetry/catalogue.ts'
import { ToolFolder } from '../../src/telemetry/collectors/fixtures/fake-tool.ts'
import { parseExposition } from '../support/metrics.ts'
import { startGateway, toConfig, until, type TestGateway, type Written } from '../support/weir.ts'

const closing: (() => Promise<unknown> | void)[] = []
after(async () => {
  for (const close of closing.toReversed()) await close()
})

const QUICK: Written = {
  discovery: { every: '100ms', timeout: '500ms' },
  metrics: { collectors: { every: '1s' } },
}

async function simulate(profile: ProfileInput): Promise<{ simulator: Simulator; url: string }> {
  const simulator = createSimulator(profile)
  const { url } = await simulator.listen()
  closing.push(() => simulator.close())
  return { simulator, url }
}

async function start(written: Written): Promise<TestGateway> {
  const gateway = await startGateway({ ...QUICK, ...written })
  closing.push(() => gateway.stop())
  return gateway
}

async function valuesOf(gateway: TestGateway, name: string): Promise<readonly number[]> {
  return parseExposition(await gateway.scrape())
    .filter((sample) => sample.name === name)
    .map(({ value }) => value)
}

/** A server that is whatever its handler makes of it. */
async function serve(handle: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(handle)
  closing.push(() => {
    server.closeAllConnections()
    server.close()
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('an Ollama is looked at by pages of its state alone: no model is loaded, none is kept awake', async () => {
  const { simulator, url } = await simulate({
    kind: 'ollama',
    models: ['warm', { name: 'cold', cold: true }],
    modelKeepAliveMs: 60_000,
    onlyOwnPaths: true,
  })
  const ends = async (): Promise<unknown> => {
    const { models } = (await (await fetch(`${url}/api/ps`)).json()) as {
      models: { name: string; expires_at: string }[]
    }
    return models.map(({ name, expires_at }) => [name, expires_at])
  }
  const before = await ends()
  const gateway = await start({ backends: [{ name: 'desk', url, kind: 'ollama', metrics: true }] })
  const looks = (): number => simulator.ledger.visits.find(({ path }) => path === '/api/ps')?.count ?? 0
  await until(() => looks() > 10, 'ten looks')
  await until(async () => (await valuesOf(gateway, CATALOGUE.hostCpu.name)).length > 0, 'a second round')

  const page = parseExposition(await gateway.scrape())
  const { totals, visits } = simulator.ledger
  assert.equal(totals.started, 0)
  assert.deepEqual(simulator.loads, createSimulator({ models: ['warm'] }).loads)
  assert.deepEqual(await ends(), before)
  assert.deepEqual(
    visits.map(({ method, path }) => `${method} ${path}`).toSorted(),
    // An Ollama does not have the last one, and is asked for it once, because the test wrote so.
    ['GET /api/ps', 'GET /api/tags', 'GET /api/version', 'GET /metrics'],
  )
  assert.equal(visits.find(({ path }) => path === '/metrics')?.count, 1)
  const [expires] = page.filter(({ name }) => name === CATALOGUE.modelExpires.name)
  const [[, end] = []] = before as [string, string][]
  assert.deepEqual(expires?.labels, { backend: 'desk', model: 'warm' })
  assert.equal(expires?.value, Date.parse(end ?? '') / 1_000)
  const [info] = page.filter(({ name }) => name === CATALOGUE.backendInfo.name)
  assert.deepEqual(info?.labels, { backend: 'desk', kind: 'ollama', version: simulator.profile.version })
  assert.deepEqual(await valuesOf(gateway, CATALOGUE.backendModels.name), [2])
})

/** A llama.cpp started with --sleep-idle-seconds: every task counts as use, and `/slots` and `/metrics` are tasks. */
function createLlama(idleMs: number) {
  const seen: string[] = []
  let usedMs = performance.now()
  let loads = 0
  const isSleeping = (): boolean => performance.now() - usedMs > idleMs
  const use = (): void => {
    if (isSleeping()) loads += 1
    usedMs = performance.now()
  }
  const pages: Readonly<Record<string, () => unknown>> = {
    '/health': () => ({ status: 'ok' }),
    '/v1/models': () => ({ data: [{ id: 'm' }] }),
    '/props': () => ({ total_slots: 4, build_info: 'b8681', is_sleeping: isSleeping() }),
    '/slots': () => (use(), [{ is_processing: true }]),
    '/metrics': () => (use(), 'llamacpp:requests_processing 1\n'),
  }
  return {
    seen,
    isSleeping,
    loads: () => loads,
    handle: (request: IncomingMessage, response: ServerResponse): void => {
      seen.push(`${request.method} ${request.url}`)
      const said = pages[request.url ?? '']?.()
      response.writeHead(said === undefined ? 404 : 200)
      response.end(typeof said === 'string' ? said : JSON.stringify(said ?? {}))
    },
  }
}

test('a llama.cpp falls asleep while it is watched, and stays asleep', async () => {
  const llama = createLlama(700)
  const gateway = await start({
    backends: [{ name: 'edge', url: await serve(llama.handle), kind: 'llamacpp' }],
  })
  await until(() => llama.isSleeping(), 'the model to fall asleep')
  const looks = (): number => llama.seen.filter((page) => page === 'GET /props').length
  const count = looks()
  await until(() => looks() >= count + 2, 'two more looks')
  assert.equal(llama.isSleeping(), true)
  assert.equal(llama.loads(), 0)
  assert.deepEqual([...new Set(llama.seen)].toSorted(), ['GET /health', 'GET /props', 'GET /v1/models'])
  assert.ok(llama.seen.every((page) => !page.includes('?')))
  assert.deepEqual(await valuesOf(gateway, CATALOGUE.backendSlots.name), [4])
  assert.deepEqual(await valuesOf(gateway, CATALOGUE.backendRequestsRunning.name), [])
})

test('what a backend tells goes away with the backend, when it is taken out and when it dies', async () => {
  const [first, second] = [await simulate({ kind: 'vllm' }), await simulate({ kind: 'vllm' })]
  const backends = [first, second].map(({ url }, at) => ({ name: `v${at}`, url, kind: 'vllm' }))
  const gateway = await start({ backends })
  const running = (): Promise<readonly number[]> => valuesOf(gateway, CATALOGUE.backendRequestsRunning.name)
  await until(async () => (await running()).length === 2, 'both to tell')
  assert.deepEqual(await valuesOf(gateway, CATALOGUE.backendKvCache.name), [0, 0])
  await gateway.weir.apply(toConfig({ ...QUICK, backends: backends.slice(1) }))
  assert.equal((await running()).length, 1)
  assert.equal((await valuesOf(gateway, CATALOGUE.backendInfo.name)).length, 1)
  await second.simulator.close()
  await until(async () => (await valuesOf(gateway, CATALOGUE.backendUp.name))[0] === 0, 'it to be down')
  assert.deepEqual(await running(), [])
})

test('a page without end is cut off, one that drips is given up, and the gateway serves on', async () => {
  let sent = 0
  const flood = Buffer.from('vllm:num_requests_running{a="b"} 1\n'.repeat(2_000))
  const sentOf: Record<string, number> = {}
  const answer = (name: string, write: (response: ServerResponse) => void) =>
    serve((request, response) => {
      if (request.url !== '/metrics') return void response.end('{"data":[{"id":"m"}],"version":"1"}')
      sentOf[name] = (sentOf[name] ?? 0) + 1
      write(response)
    })
  const floods = await answer('floods', (response) => {
    const more = (): void => {
      while (!response.destroyed && sent < 200_000_000) {
        sent += flood.length
        if (!response.write(flood)) return void response.once('drain', more)
      }
    }
    more()
  })
  const drips = await answer('drips', (response) => {
    const timer = setInterval(() => response.write('v'), 20)
    response.once('close', () => clearInterval(timer))
  })
  const gateway = await start({
    backends: [
      { name: 'floods', url: floods, kind: 'vllm' },
      { name: 'drips', url: drips, kind: 'vllm' },
    ],
  })
  await until(() => (sentOf['floods'] ?? 0) > 1 && (sentOf['drips'] ?? 0) > 1, 'both to be asked again')
  assert.ok(sent < 30_000_000, `${sent} bytes`)
  assert.deepEqual(await valuesOf(gateway, CATALOGUE.backendRequestsRunning.name), [])
  assert.deepEqual(await valuesOf(gateway, CATALOGUE.backendUp.name), [1, 1])
})

test('GPUs are told of by one process, which ends with the gateway', async () => {
  const tools = new ToolFolder()
  const { PATH } = process.env
  closing.push(() => {
    process.env['PATH'] = PATH
    tools.close()
  })
  tools.put(
    'nvidia-smi',
    'echo $$ >> "$(dirname "$0")/pids"; while :; do echo "0, GPU-1, NVIDIA H200, 1024, 143771, 50, 40, [N/A]"; sleep 1; done',
  )
  process.env['PATH'] = `${tools.path}:${PATH}`
  const { url } = await simulate({})
  const gateway = await startGateway({ ...QUICK, backends: [{ name: 's', url, kind: 'simulator' }] })
  await until(async () => (await valuesOf(gateway, CATALOGUE.gpuUtilization.name)).length === 1, 'the GPU')
  assert.deepEqual(await valuesOf(gateway, CATALOGUE.gpuMemoryUsed.name), [1024 * 1_048_576])
  assert.deepEqual(await valuesOf(gateway, CATALOGUE.gpuPower.name), [])
  const ups = parseExposition(await gateway.scrape()).filter(
    ({ name }) => name === CATALOGUE.collectorUp.name,
  )
  assert.deepEqual(
    ups.map(({ labels, value }) => [labels['collector'], value]),
    [
      ['host', 1],
      ['nvidia', 1],
    ],
  )
  const pids = tools.read('pids').trim().split('\n').map(Number)
  assert.equal(pids.length, 1)
  await gateway.stop()
  await until(() => !isRunning(pids[0] ?? 0), 'its process to end')
})

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

test('what is switched off is neither read nor shown', async () => {
  const { simulator, url } = await simulate({ kind: 'vllm' })
  const gateway = await start({
    metrics: { collectors: { host: false, gpus: false, backends: false } },
    backends: [{ name: 'v', url, kind: 'vllm' }],
  })
  const names = new Set(parseExposition(await gateway.scrape()).map(({ name }) => name))
  for (const name of names) assert.doesNotMatch(name, /^(host|gpu)_|^weir_collector|requests_running/)
  assert.ok(names.has(CATALOGUE.backendInfo.name))
  assert.ok(simulator.ledger.visits.every(({ path }) => path !== '/metrics'))
})
