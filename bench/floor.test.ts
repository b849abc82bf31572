// The parts of the benchmark working together, once, briefly: a floor that dropped or changed bytes would be a floor of nothing.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import net from 'node:net'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { ANSWER_BODY_LENGTH, toRequest } from './messages.ts'
import { runClosed } from './load/closed.ts'
import { runPaced } from './load/paced.ts'
import { runBurst, runHold, runSteady } from './load/streams.ts'
import { Nursery } from './nursery.ts'
import type { Running } from './nursery.ts'
import { createNginxTarget } from './nginx.ts'
import { TARGETS } from './targets.ts'

const KEY = 'a-key-of-the-test'
const linuxOnly = { skip: process.platform !== 'linux' }

let nursery: Nursery
let stub: Running
let floor: Running

before(async () => {
  nursery = new Nursery(undefined)
  const args = [fileURLToPath(new URL('./stub.ts', import.meta.url)), '--events', '4', '--interval', '2']
  const recipe = { name: 'stub', role: 'partner', command: process.execPath, announces: 'stub' } as const
  stub = await nursery.start({ ...recipe, args })
  const target = TARGETS.find(({ name }) => name === 'floor')
  assert.ok(target !== undefined)
  floor = await target.start({ nursery, upstream: `http://127.0.0.1:${stub.port}`, key: KEY })
})

after(() => nursery.close())

function toUrl(running: Running): string {
  return `http://127.0.0.1:${running.port}/v1/chat/completions`
}

async function ask(
  running: Running,
  body: string,
): Promise<{ status: number; type: string | null; text: string }> {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(toUrl(running), { method: 'POST', headers, body })
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() }
}

test('the floor hands an answer across unchanged', async () => {
  const body = JSON.stringify({ model: 'm', stream: false })
  const answer = await ask(floor, body)
  assert.deepEqual(answer, await ask(stub, body))
  assert.equal(answer.status, 200)
  assert.equal(answer.text.length, ANSWER_BODY_LENGTH)
})

test('the floor hands a stream across unchanged, to its end', async () => {
  const body = JSON.stringify({ model: 'm', stream: true })
  const answer = await ask(floor, body)
  assert.deepEqual(answer, await ask(stub, body))
  assert.equal(answer.type, 'text/event-stream; charset=utf-8')
  assert.equal(answer.text.match(/"content":" weir"/g)?.length, 4)
  assert.ok(answer.text.endsWith('data: [DONE]\n\n'))
})

test('a stream that asked for usage gets one event more', async () => {
  const body = { model: 'm', stream: true, stream_options: { include_usage: true } }
  const answer = await ask(floor, JSON.stringify(body))
  assert.match(answer.text, /"usage":\{"prompt_tokens":230,/)
})

test('the floor refuses what it cannot read and survives it', async () => {
  assert.equal((await ask(floor, '{"model":')).status, 400)
  assert.equal((await ask(floor, '{"stream":true}')).status, 400)
  assert.equal((await ask(floor, '{"model":"m"}')).status, 200)
})

test('the stub answers requests cut anywhere', async () => {
  const request = toRequest({ stream: false, key: KEY })
  for (const cut of [1, 100, request.indexOf('\r\n\r\n') + 2, request.length - 1]) {
    const socket = net.connect({ port: stub.port, host: '127.0.0.1', noDelay: true })
    socket.write(request.subarray(0, cut))
    setTimeout(() => socket.write(request.subarray(cut)), 5)
    const chunk = await new Promise((resolve) => socket.once('data', resolve))
    assert.match(String(chunk), /^HTTP\/1\.1 200 OK\r\n/, `cut at ${cut}`)
    socket.destroy()
  }
})

test('every kind of load runs against the floor without a failure', linuxOnly, async () => {
  const aim = { port: floor.port, key: KEY, pids: floor.pids }
  const short = { warmMs: 20, measureMs: 100 }
  const runs = [
    await runClosed(aim, { kind: 'closed', connections: 5, ...short }),
    await runPaced(aim, { kind: 'paced', perSecond: 200, ...short }),
    await runBurst(aim, { kind: 'burst', streams: 10, withinMs: 50 }),
  ]
  for (const { figures, problem } of runs) {
    assert.equal(problem, undefined)
    assert.equal(figures.failures, 0)
  }
  assert.ok((runs[0]?.figures['requests'] ?? 0) > 10)
  assert.ok((runs[1]?.figures['p99Millis'] ?? 0) > 0)
})

test(
  'streams that end before their time are failures where they should be held open',
  linuxOnly,
  async () => {
    const aim = { port: floor.port, key: KEY, pids: floor.pids }
    const held = await runHold(aim, { kind: 'hold', streams: 5, withinMs: 10, holdMs: 100 })
    assert.equal(held.figures.failures, 5)
    await assert.rejects(
      runSteady(aim, { kind: 'steady', streams: 5, warmMs: 100, measureMs: 50 }),
      /no events/,
    )
  },
)

test('a target that refuses is an error that shows its words, not a fast answer', linuxOnly, async () => {
  const server = net.createServer((socket) => {
    socket.on('error', () => socket.destroy()).resume()
    socket.end('HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as net.AddressInfo
  const aim = { port, key: KEY, pids: [process.pid] }
  const short = { warmMs: 10, measureMs: 50 }
  await assert.rejects(runClosed(aim, { kind: 'closed', connections: 2, ...short }), /401 Unauthorized/)
  await assert.rejects(runBurst(aim, { kind: 'burst', streams: 2, withinMs: 10 }), /401 Unauthorized/)
  await new Promise((resolve) => server.close(resolve))
})

test('a program that ends while starting is reported with its last words', async () => {
  const recipe = { name: 'broken', role: 'proxy', command: process.execPath, announces: 'broken' } as const
  const words = 'process.stderr.write("port is taken"); process.exit(3)'
  await assert.rejects(
    nursery.start({ ...recipe, args: ['-e', words] }),
    /ended while starting:\nport is taken/,
  )
  await assert.rejects(nursery.start({ ...recipe, command: '/nowhere/at-all', args: [] }), /ENOENT/)
})

test('a nursery ends its children at once and leaves no files', linuxOnly, async () => {
  const brief = new Nursery(undefined)
  const script =
    'process.on("SIGTERM", () => {}); console.log("deaf started on x:1"); setInterval(() => {}, 1000)'
  const deaf = await brief.start({
    name: 'deaf',
    role: 'proxy',
    command: process.execPath,
    args: ['-e', script],
    announces: 'deaf',
  })
  const gone = new Promise((resolve) => deaf.child.once('exit', (_code, signal) => resolve(signal)))
  brief.abandon()
  assert.equal(await gone, 'SIGKILL')
  assert.equal(existsSync(brief.directory), false)
})

const nginx = createNginxTarget()

test('nginx hands a stream across unchanged too', { skip: nginx.absence() ?? false }, async () => {
  const running = await nginx.start({ nursery, upstream: `http://127.0.0.1:${stub.port}`, key: KEY })
  assert.equal(running.pids.length, 2, 'a master and one worker')
  const body = JSON.stringify({ model: 'm', stream: true })
  assert.deepEqual(await ask(running, body), await ask(stub, body))
  await running.stop()
})
