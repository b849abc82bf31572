import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { createSimulator, type Simulator } from '../../src/simulator/index.ts'
import { sumOf } from '../support/metrics.ts'
import { until, type Written } from '../support/weir.ts'
import { FREE_PORTS, startProcess, type LogLine, type WeirProcess } from './support/process.ts'
import { RawClient, sendRaw, toRequestBytes, type Answer } from './support/wire.ts'

const CHAT = '/v1/chat/completions'
const BODY = '{"model":"sim-chat","messages":[{"role":"user","content":"x"}]}'
const RELOADS = 20
const CALLERS = 6

let first: Simulator
let second: Simulator
let weir: WeirProcess

before(async () => {
  first = createSimulator({ outputTokens: 20 })
  second = createSimulator({ outputTokens: 20 })
  for (const simulator of [first, second]) await simulator.listen({ host: '127.0.0.1', port: 0 })
  weir = await startProcess({ config: servedBy('first', first) })
})
after(async () => {
  await weir.destroy()
  await first.close()
  await second.close()
})

function servedBy(name: string, simulator: Simulator): Written {
  return { ...FREE_PORTS, backends: [{ name, url: simulator.address?.url, kind: 'simulator' }] }
}

const ask = (headers: readonly (readonly [string, string])[] = []): Promise<Answer> =>
  sendRaw(weir.port, { path: CHAT, headers, body: BODY })

async function backendNow(): Promise<string | undefined> {
  const answer = await ask()
  assert.equal(answer.status, 200, answer.body.toString())
  return answer.header('x-weir-backend')
}

const linesSaying = (text: string): LogLine[] =>
  weir.lines().filter((line) => String(line['msg']).includes(text))
const reloads = (): LogLine[] =>
  weir
    .lines()
    .filter((line) => /^configuration reloaded|the old (one|configuration) stays$/.test(String(line['msg'])))

/** Writes a configuration, says so by SIGHUP, and waits until it was read. */
async function reload(written: Written | string): Promise<LogLine> {
  const seen = reloads().length
  weir.write(written)
  weir.kill('SIGHUP')
  await until(() => reloads().length > seen, 'a reload')
  const line = reloads()[seen]
  assert.ok(line !== undefined)
  return line
}

async function reloadMetrics(): Promise<{ success: number; at: number }> {
  const page = await (await fetch(weir.metricsUrl)).text()
  return {
    success: sumOf(page, 'weir_config_last_reload_success'),
    at: sumOf(page, 'weir_config_last_reload_success_timestamp_seconds'),
  }
}

test('SIGHUP brings what the file says now', async () => {
  assert.equal(await backendNow(), 'first')
  const before = await reloadMetrics()
  const line = await reload(servedBy('second', second))
  assert.deepEqual([line['level'], line['reason']], ['info', 'SIGHUP'])
  assert.equal(await backendNow(), 'second')
  const metrics = await reloadMetrics()
  assert.equal(metrics.success, 1)
  assert.ok(metrics.at > before.at)
})

test('SIGHUP while it starts ends nothing, and what the file says is read when it has started', async () => {
  const started = await startProcess({ config: servedBy('first', first), signalAtFirstLine: 'SIGHUP' })
  try {
    await until(
      () => started.lines().some(({ msg }) => /^configuration reloaded/.test(String(msg))),
      'the reload',
    )
  } finally {
    await started.destroy()
  }
})

test('a file that changes is noticed without a signal', async () => {
  weir.write(servedBy('first', first))
  await until(async () => (await backendNow()) === 'first', 'the change of the file')
  await until(() => reloads().some((line) => line['reason'] === 'file change'), 'its line')
})

test('the first file that is written beside a gateway that runs without one is taken over', async () => {
  const backend = `gpu=${first.address?.url},kind=simulator`
  const args = ['--listen', '127.0.0.1:0', '--metrics-addr', '127.0.0.1:0', '--backend', backend]
  const started = await startProcess({ args })
  try {
    const statusNow = async (): Promise<number> =>
      (await sendRaw(started.port, { path: CHAT, headers: [], body: BODY })).status
    assert.equal(await statusNow(), 200)
    started.write({ slos: [{ name: 'chat-available', sli: 'availability', objective: '99.5%' }] })
    const page = async (): Promise<string> => (await fetch(started.metricsUrl)).text()
    await until(
      async () => /weir_slo_objective_ratio\{slo="chat-available"\}/.test(await page()),
      'its promise',
    )
    assert.equal(await statusNow(), 200, 'what stood behind it stays there')
  } finally {
    await started.destroy()
  }
})

test('a broken file changes nothing, is logged with every problem, and shows in the metrics', async () => {
  const before = await reloadMetrics()
  const broken = [
    'listen: 127.0.0.1:0',
    'metrics: { listen: 127.0.0.1:0 }',
    'backends:',
    '  - { name: first, url: ftp://nowhere, kind: ollamma }',
    'discovery: { evry: 1s }',
    'retry: { attempts: 9 }',
    '',
  ].join('\n')
  const line = await reload(broken)
  assert.equal(line['level'], 'error')
  const problems = (line['problems'] as string[]).join('\n')
  for (const place of [/backends\[0\]\.url/, /backends\[0\]\.kind/, /evry/, /retry\.attempts/]) {
    assert.match(problems, place)
  }
  assert.equal(await backendNow(), 'first')
  assert.deepEqual(await reloadMetrics(), { success: 0, at: before.at })

  assert.equal((await reload('{ not yaml'))['level'], 'error')
  rmSync(weir.file)
  const gone = reloads().length
  weir.kill('SIGHUP')
  await until(() => reloads().length > gone, 'the reload of a file that is gone')
  assert.equal(reloads().at(-1)?.['level'], 'error')
  assert.equal(await backendNow(), 'first')

  await reload(servedBy('first', first))
  assert.equal((await reloadMetrics()).success, 1)
})

test('a request in flight ends with the configuration it began with', async () => {
  const client = new RawClient(weir.port)
  const body = BODY.replace('{', '{"stream":true,')
  client.write(toRequestBytes({ path: CHAT, headers: [['x-sim-fault', 'slow-tokens=50']], body }))
  await client.sees('sim-chat')
  const asked = second.ledger.totals.started
  await reload({ ...servedBy('second', second), keys: [{ name: 'k', hash: `sha256:${'0'.repeat(64)}` }] })
  assert.equal((await ask()).status, 401, 'new requests need a key now')
  const answer = await client.answer()
  assert.equal(answer.complete, true)
  assert.ok(answer.body.toString().endsWith('data: [DONE]\n\n'))
  assert.equal(answer.header('x-weir-backend'), 'first')
  assert.equal(second.ledger.totals.started, asked)
  await until(
    () => linesSaying('request').some((line) => line['request_id'] === answer.header('x-request-id')),
    'its line',
  )
  await reload(servedBy('first', first))
})

test('twenty reloads under load, half of them broken, fail no request', async () => {
  let over = false
  const statuses: number[] = []
  const backends = new Set<string>()
  const call = async (): Promise<void> => {
    const client = new RawClient(weir.port)
    for (let round = 0; !over; round += 1) {
      const body = round % 2 === 0 ? BODY : BODY.replace('{', '{"stream":true,')
      client.write(toRequestBytes({ path: CHAT, headers: [['x-sim-fault', 'slow-tokens=1']], body }))
      const answer = await client.answer()
      statuses.push(answer.complete ? answer.status : 0)
      backends.add(answer.header('x-weir-backend') ?? 'none')
      if (round % 2 === 1) assert.ok(answer.body.toString().endsWith('data: [DONE]\n\n'))
    }
    client.socket.destroy()
  }
  const callers = Array.from({ length: CALLERS }, call)
  const levels: unknown[] = []
  for (let round = 0; round < RELOADS; round += 1) {
    const good = round % 4 === 0 ? servedBy('second', second) : servedBy('first', first)
    levels.push((await reload(round % 2 === 0 ? good : 'backends: 7\n'))['level'])
    const served = statuses.length
    await until(() => statuses.length >= served + CALLERS, 'requests between two reloads')
  }
  over = true
  await Promise.all(callers)
  assert.deepEqual(
    levels,
    Array.from({ length: RELOADS }, (_, round) => (round % 2 === 0 ? 'info' : 'error')),
  )
  assert.deepEqual(
    statuses.filter((status) => status !== 200),
    [],
  )
  assert.deepEqual([...backends].toSorted(), ['first', 'second'])
  assert.ok(statuses.length >= RELOADS * CALLERS)
})
