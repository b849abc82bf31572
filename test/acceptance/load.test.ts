// `weir load` against servers whose behaviour is known: what it reports must be what they did.
import assert from 'node:assert/strict'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { readFileSync, writeFileSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { Report } from '../../src/load/report.ts'
import { startStage, until } from '../support/weir.ts'
import { openShell, startSimulator } from './support/load-shell.ts'

const resultsOf = (json: string): Report => (JSON.parse(json) as { results: Report }).results

/** The machine of a test is busy with others: what is late is late by that, and never early. */
function isNear(value: number | undefined, expected: number, what: string, aboveRatio = 0.15): void {
  const ratio = (value ?? Number.NaN) / expected
  assert.ok(ratio > 0.97 && ratio < 1 + aboveRatio, `${what}: ${value} for ${expected}`)
}

test('a known first token and a known speed are found, in each API, and so are the tokens', async (context) => {
  const { url } = await startSimulator(context, { firstTokenMs: 200, tokensPerSecond: 50, outputTokens: 21 })
  const { weir } = openShell(context)
  const flags = '--rate 20/s --arrivals uniform --duration 1s --warm-up 100ms --json --model sim-chat'
  const measure = async (api: string): Promise<void> => {
    const { code, out, err } = await weir(`load run ${url} --api ${api} ${flags}`)
    assert.equal(code, 0, err)
    const report = resultsOf(out)
    assert.deepEqual([report.requests, report.answered, report.failed, report.warmUpRequests], [20, 20, 0, 2])
    isNear(report.timesMs.firstToken?.p50, 200, `${api} first token`)
    isNear(report.timesMs.perToken?.p50, 20, `${api} per token`)
    isNear(report.timesMs.interToken?.p50, 20, `${api} gap`)
    isNear(report.timesMs.duration?.p50, 600, `${api} duration`)
    isNear(50, report.tokensPerSecond?.p50 ?? 0, `${api} speed`)
    assert.deepEqual([report.tokens.output, report.tokens.estimatedRequests], [420, 0])
    isNear(report.sentPerSecond, 20, 'rate', 0.01)
  }
  await Promise.all(['openai', 'ollama', 'anthropic'].map(measure))
})

test('goodput is of requests that keep every objective, and a share of answers in one piece has no first token', async (context) => {
  const { url } = await startSimulator(context, {
    firstTokenMs: 60,
    tokensPerSecond: 100,
    outputTokens: 10,
    seed: 3,
  })
  const { weir } = openShell(context)
  const { out } = await weir(
    `load run ${url} --model sim-chat --concurrency 8 --requests 80 --warm-up 0 --stream 50% --json --within firstToken=1ms,duration=10s@99%`,
  )
  const report = resultsOf(out)
  const streams = report.timesMs.firstToken?.count ?? 0
  assert.ok(streams > 20 && streams < 60, `${streams} streams`)
  const [firstToken, duration] = report.objectives
  assert.deepEqual([firstToken?.good, firstToken?.total], [0, streams])
  assert.deepEqual([duration?.good, duration?.total], [80, 80])
  assert.equal(report.good, 80 - streams)
})

test('what goes wrong is counted by its code, with an example', async (context) => {
  const simulator = await startSimulator(context, {})
  const { weir } = openShell(context)
  const codesOf = async (where: string, asked: string): Promise<unknown[]> => {
    const flags = '--concurrency 4 --requests 4 --warm-up 0 --timeout 1s --json'
    const { code, out } = await weir(`load run ${where} --model ${asked} ${flags}`)
    assert.equal(code, 1, asked)
    const [error, ...others] = resultsOf(out).errors
    assert.deepEqual([error?.count, others.length], [4, 0], out)
    assert.ok((error?.examples[0]?.message.length ?? 0) > 5)
    return [error?.code, error?.status]
  }
  const { url } = simulator
  const expected: Readonly<Record<string, readonly [code: string, status: number | undefined]>> = {
    'sim:429': ['rate_limit_error', 429],
    'sim:500': ['api_error', 500],
    'sim:502': ['http_502', 502],
    'sim:500 --api ollama': ['http_500', 500],
    'sim:cut-after-2': ['broken_off', 200],
    'sim:reset-after-2': ['broken_off', 200],
    'sim:reset': ['connection_reset', undefined],
    'sim:no-finish': ['stream_without_end', 200],
    'sim:malformed-after-2': ['malformed_event', 200],
    'sim:stall-after-2': ['timeout', 200],
    'sim:hang': ['timeout', undefined],
  }
  const codes = Object.keys(expected).map(async (asked) => [asked, await codesOf(url, asked)])
  assert.deepEqual(Object.fromEntries(await Promise.all(codes)), expected)
  // Who stops listening while a run goes on is counted as well.
  const flags = '--concurrency 4 --requests 1000 --duration 1s --warm-up 0 --json'
  const closing = weir(`load run ${url} --model sim-chat ${flags}`)
  const before = simulator.ledger.entries.length
  await until(() => Promise.resolve(simulator.ledger.entries.length > before), 'a request')
  await simulator.close()
  assert.ok(resultsOf((await closing).out).errors.some(({ code }) => code === 'connection_refused'))
})

test('behind the gateway the codes are the gateway’s, its key is sent, and tokens without a count are said to be estimated', async (context) => {
  const hash = `sha256:${createHash('sha256').update('a-key').digest('hex')}`
  const stage = await startStage({ config: { keys: [{ name: 'a', hash }] } })
  context.after(() => stage.stop())
  const { weir, folder } = openShell(context, { env: { MY_KEY: 'a-key', OTHER_KEY: 'not-a-key' } })
  const flags = '--concurrency 2 --requests 4 --warm-up 0 --json'
  const failing = resultsOf((await weir(`load run ${stage.url}/v1 --model sim:500 --key a-key ${flags}`)).out)
  assert.deepEqual([failing.errors[0]?.code, failing.errors[0]?.status], ['backend_error', 502])
  assert.match(failing.errors[0]?.examples[0]?.requestId ?? '', /^req_/)
  const wrongKey = await weir(
    `load run ${stage.url} --model sim-chat --key-env OTHER_KEY --save run.json ${flags}`,
  )
  assert.equal(resultsOf(wrongKey.out).errors[0]?.status, 401)
  const saved = readFileSync(join(folder, 'run.json'), 'utf8')
  assert.ok(!saved.includes('not-a-key') && !wrongKey.out.includes('not-a-key'), 'the key was written')
  const uncounted = await weir(
    `load run ${stage.url} --model sim:no-usage --key-env MY_KEY --concurrency 2 --requests 4 --warm-up 0`,
  )
  assert.match(uncounted.out, /4 of 4 answers came without the server's count of tokens: .*\(estimated\)/)
})

test('the gateway of the configuration is loaded, and its objectives are the ones to keep', async (context) => {
  const stage = await startStage()
  context.after(() => stage.stop())
  const { weir, folder } = openShell(context)
  const slos = [
    { name: 'chat-first-token', match: { model: 'sim*' }, sli: { firstToken: '5s' }, objective: '95%' },
    { name: 'others', match: { model: 'llama*' }, sli: { firstToken: '1ms' }, objective: '95%' },
    { name: 'one-backend', match: { backend: 'a' }, sli: 'availability', objective: '95%' },
  ]
  writeFileSync(join(folder, 'weir.yaml'), JSON.stringify({ listen: `:${stage.port}`, slos }))
  const { code, out, err } = await weir('load run --model sim-chat --concurrency 2 --requests 10 --warm-up 0')
  assert.equal(code, 0, err)
  assert.match(err, /the objective one-backend is left out: it is about one backend/)
  assert.match(out, /10 of 10 requests \(100\.0 %\) kept every objective\n {2}chat-first-token {2}met/)
  assert.ok(!out.includes('others'))
  // With an address, what stands in a file of this folder is nobody's promise.
  const bare = await weir(`load run ${stage.url} --model sim-chat --concurrency 2 --requests 4 --warm-up 0`)
  assert.ok(!bare.out.includes('goodput'))
})

/** Answers a token at once, but not while it stands still. */
async function startStalling(context: TestContext): Promise<{ url: string; stall: (forMs: number) => void }> {
  let waiting: ServerResponse[] | undefined
  const answer = (response: ServerResponse): void => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.end('data: {"choices":[{"delta":{"content":"a"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n')
  }
  const server = createServer((request, response) => {
    request.resume().on('end', () => (waiting === undefined ? answer(response) : waiting.push(response)))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  context.after(() => (server.closeAllConnections(), server.close()))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stall(forMs) {
      waiting = []
      setTimeout(() => {
        const held = waiting ?? []
        waiting = undefined
        held.forEach(answer)
      }, forMs)
    },
  }
}

test('a server that stands still for half a second does not hide it from requests by the clock', async (context) => {
  const p95Of = async (pace: string): Promise<number> => {
    const server = await startStalling(context)
    const { weir, said } = openShell(context)
    const running = weir(`load run ${server.url} --model m ${pace} --duration 2s --warm-up 0 --json`)
    await until(() => said().includes('to http'), 'the start')
    await new Promise((resolve) => setTimeout(resolve, 700))
    server.stall(500)
    return resultsOf((await running).out).timesMs.duration?.p95 ?? 0
  }
  const uniform = '--rate 50/s --arrivals uniform'
  const [open = 0, held = 0, closed = 0] = await Promise.all(
    [uniform, `${uniform} --max-in-flight 2`, '--concurrency 1'].map(p95Of),
  )
  // A quarter of those who came by the clock waited, a fifth of these for more than 400 ms.
  assert.ok(open > 330 && open < 700, `p95 ${open}`)
  // Less room than they need makes no difference: the clock of who waits here runs.
  assert.ok(held > 330 && held < 700, `p95 ${held} with little room`)
  // One caller that waits was stopped once: of hundreds of requests one was slow, and nobody sees it.
  assert.ok(closed < 100, `p95 ${closed} of a closed loop`)
})

test('an interrupted run reports what it has, as a part', async (context) => {
  const { url } = await startSimulator(context, { firstTokenMs: 20 })
  const { weir, interrupt, said } = openShell(context)
  const running = weir(`load run ${url} --model sim-chat --rate 40/s --warm-up 0`)
  await until(() => said().includes('to http'), 'the start')
  await new Promise((resolve) => setTimeout(resolve, 800))
  interrupt()
  const { code, out } = await running
  assert.equal(code, 1)
  assert.match(out, /stopped early/)
  assert.match(out, /^\d+ requests in (?:\d+ms|[01]\.\d+s)/)
})

test('a terminal sees a bar that is written over, and nothing of it stays', async (context) => {
  const { url } = await startSimulator(context, { firstTokenMs: 20 })
  const { weir } = openShell(context, { isTTY: true })
  const { err } = await weir(`load run ${url} --model sim-chat --rate 20/s --warm-up 200ms --duration 1s`)
  assert.match(
    err,
    /\r\u001b\[K\[=+ *\] \d+s\/1s {2}\d+ done {2}\d+ under way {2}0 failed {2}first token p50/,
  )
  assert.ok(err.endsWith('\r\u001b[K'))
})
