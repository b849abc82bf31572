// The simulator as a server: opening, refusing, closing, who leaves, slots and queue over HTTP, its own pages.

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { connect } from 'node:net'
import { once } from 'node:events'
import { test } from 'node:test'
import { createSimulator, type LedgerSnapshot, SimulatorProfileError } from './index.ts'
import type { LedgerEntry } from './ledger.ts'
import { askRaw, eventually, lastEntry, openRaw, toChat, withSimulator } from './testing.ts'

const post = (url: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(url, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body), headers })

async function canConnect(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

test('it opens on a free port, closes streams in flight, and says in the ledger that it did', async () => {
  const simulator = createSimulator({ tokensPerSecond: 20, outputTokens: 1000 })
  const before = simulator.address
  assert.equal(before, undefined)
  const { port } = await simulator.listen()
  assert.equal(simulator.address?.port, port)
  const stream = askRaw(port, { body: toChat('sim-chat', { stream: true }) })
  await eventually(() => (simulator.ledger.entries[0]?.tokensWritten ?? 0) > 0, 'the stream runs')
  await simulator.close()
  await simulator.close()
  assert.ok(['fin', 'reset'].includes((await stream).ended))
  assert.equal(simulator.ledger.entries[0]?.ended, 'closed')
  assert.equal(simulator.ledger.totals.inFlight, 0)
  assert.equal(await canConnect(port), false)
})

test('a port that is taken is an error of listen', async () => {
  await withSimulator({}, async (_simulator, { port }) => {
    const second = createSimulator()
    await assert.rejects(second.listen({ port }), { code: 'EADDRINUSE' })
    await second.close()
  })
})

test('refuse: new connections are refused, running answers go on, and it opens again on the same port', async () => {
  await withSimulator({ tokensPerSecond: 200 }, async (simulator, { port }) => {
    const running = askRaw(port, { body: toChat('sim-chat', { stream: true, max_tokens: 30 }) })
    await eventually(() => (simulator.ledger.entries[0]?.tokensWritten ?? 0) > 0, 'the stream runs')
    simulator.configure({ refuse: true })
    assert.equal(await canConnect(port), false)
    const { ended, rest } = await running
    assert.deepEqual([ended, rest.includes('[DONE]')], ['fin', true])
    simulator.configure({ refuse: false })
    assert.equal(await canConnect(port), true)
    assert.equal(simulator.ledger.entries[0]?.ended, 'complete')
  })
})

test('refuse, changed many times at once, ends as it was said last', async () => {
  await withSimulator({}, async (simulator, { port }) => {
    for (const refuse of [true, false, false, true]) simulator.configure({ refuse })
    await new Promise((resolve) => setTimeout(resolve, 20))
    assert.equal(await canConnect(port), false)
    for (const refuse of [false, true, false]) simulator.configure({ refuse })
    await new Promise((resolve) => setTimeout(resolve, 20))
    assert.equal(await canConnect(port), true)
    simulator.configure({ refuse: true })
    simulator.configure({ refuse: false })
  })
})

test('a port that was taken while refusing is tried again', async () => {
  await withSimulator({}, async (simulator, { port }) => {
    simulator.configure({ refuse: true })
    const thief = createSimulator()
    await thief.listen({ port })
    simulator.configure({ refuse: false })
    await new Promise((resolve) => setTimeout(resolve, 20))
    await thief.close()
    const isOurs = async (): Promise<boolean> => {
      const answer = await askRaw(port, {
        body: toChat('sim-chat'),
        headers: { connection: 'close', 'x-request-id': 'back' },
      }).catch(() => undefined)
      return answer?.status === 200
    }
    let tries = 0
    while (!(await isOurs()) && tries++ < 100) await new Promise((resolve) => setTimeout(resolve, 20))
    assert.equal(simulator.ledger.entries.at(-1)?.id, 'back')
  })
})

test('refuse by HTTP ends by itself after refuseForMs', async () => {
  await withSimulator({}, async (simulator, { url, port }) => {
    const answer = await post(`${url}/sim/configure`, { refuse: true, refuseForMs: 60 })
    assert.equal(answer.status, 200)
    await answer.arrayBuffer()
    assert.equal(await canConnect(port), false)
    await eventually(() => !simulator.profile.refuse, 'it opens again')
    assert.equal(await canConnect(port), true)
  })
})

test('a client that leaves stops the work at once and frees the slot', async () => {
  await withSimulator(
    { slots: 1, tokensPerSecond: 50, outputTokens: 10_000 },
    async (simulator, { port }) => {
      for (const stream of [true, false]) {
        const socket = await openRaw(port, {
          body: toChat('sim-chat', { stream }),
          headers: { 'x-request-id': `r-${stream}` },
        })
        if (stream) await once(socket, 'data')
        else
          await eventually(
            () => simulator.ledger.entries.some(({ id, model }) => id === 'r-false' && model !== ''),
            'it was read',
          )
        const leftAtMs = performance.timeOrigin + performance.now()
        socket.destroy()
        const entry = await lastEntry(simulator)
        assert.deepEqual([entry.id, entry.ended], [`r-${stream}`, 'client-left'])
        const noticedMs = (entry.clientLeftAtMs ?? 0) - leftAtMs
        assert.ok(noticedMs > -1 && noticedMs < 100, `noticed after ${noticedMs} ms`)
        assert.ok(entry.tokensWritten < 50)
      }
      const next = await askRaw(port, {
        body: toChat('sim-chat', { max_tokens: 1 }),
        headers: { connection: 'close' },
      })
      assert.equal(next.status, 200)
    },
  )
})

test('who leaves the queue never gets to the model', async () => {
  await withSimulator({ slots: 1 }, async (simulator, { port }) => {
    const holder = await openRaw(port, { body: toChat('sim:stall-after-1', { stream: true }) })
    await once(holder, 'data')
    const waiting = await openRaw(port, { body: toChat('sim-chat') })
    await eventually(() => simulator.ledger.entries[1]?.model === 'sim-chat', 'it waits')
    waiting.destroy()
    const left = await lastEntry(simulator)
    assert.deepEqual([left.ended, left.status, left.tokensWritten], ['client-left', 0, 0])
    holder.destroy()
  })
})

/** Timers may be early by a part of a millisecond, and clocks are read one after the other. */
const SPARE_MS = 3
/** What reading a request and writing an answer may take on a busy machine: none of it is waiting in the queue. */
const READING_MS = 100
/** Long enough that all four have come before the first is done, also on a busy machine. */
const FIRST_TOKEN_MS = 300

function toTimes({ queueMs, startedAtMs, endedAtMs = Number.NaN }: LedgerEntry): {
  readonly queueMs: number
  readonly startedAtMs: number
  readonly endedAtMs: number
} {
  return { queueMs, startedAtMs, endedAtMs }
}

test('slots and queue: served in order, the queue seen in the times, one too many gets 503', async () => {
  await withSimulator(
    { slots: 1, queueLength: 2, firstTokenMs: FIRST_TOKEN_MS },
    async (simulator, { url }) => {
      const ask = (id: string): Promise<Response> =>
        post(`${url}/api/chat`, { ...toChat('sim-chat'), stream: false }, { 'x-request-id': id })
      const answers = []
      for (const id of ['a', 'b', 'c', 'd']) {
        answers.push(ask(id))
        await eventually(
          () => simulator.ledger.entries.some((entry) => entry.id === id && entry.model !== ''),
          id,
        )
      }
      const answered = await Promise.all(answers)
      assert.deepEqual(
        answered.map((answer) => answer.status),
        [200, 200, 200, 503],
      )
      const [, , answerOfThird, fourth] = await Promise.all(
        answered.map((answer) => answer.json() as Promise<Record<string, number>>),
      )
      assert.deepEqual(fourth, { error: 'server busy, please try again.  maximum pending requests exceeded' })
      await eventually(() => simulator.ledger.totals.inFlight === 0, 'all ended')
      const [first, second, third] = simulator.ledger.entries.map(toTimes)
      assert.ok(first !== undefined && second !== undefined && third !== undefined)
      assert.ok(first.queueMs < READING_MS, `${first.queueMs} ms in an empty queue`)
      // However late the others came: each waits for the end of the one before, and its own work begins then.
      for (const [before, entry] of [[first, second] as const, [second, third] as const]) {
        const waitedMs = before.endedAtMs - entry.startedAtMs
        assert.ok(entry.queueMs >= waitedMs - READING_MS, `${entry.queueMs} of ${waitedMs} ms`)
        assert.ok(entry.endedAtMs - before.endedAtMs >= FIRST_TOKEN_MS - SPARE_MS)
      }
      assert.equal(simulator.ledger.entries[3]?.ended, 'refused')
      const { total_duration = 0, ...phases } = answerOfThird ?? {}
      const known = ['load_duration', 'prompt_eval_duration', 'eval_duration'].map(
        (phase) => phases[phase] ?? 0,
      )
      const rest = total_duration - known.reduce((sum, nanoseconds) => sum + nanoseconds, 0)
      assert.ok(
        rest / 1e6 >= (third?.queueMs ?? Infinity) - SPARE_MS,
        'the queue is what is left of the total',
      )
    },
  )
})

test('300 slow streams at once all get every token', async () => {
  await withSimulator(
    { tokensPerSecond: 100, jitterRatio: 0.5, outputTokens: 20 },
    async (simulator, { url }) => {
      const ask = async (): Promise<string> =>
        (await post(`${url}/v1/chat/completions`, toChat('sim-chat', { stream: true }))).text()
      const texts = await Promise.all(Array.from({ length: 300 }, ask))
      assert.ok(texts.every((text) => text.endsWith('data: [DONE]\n\n')))
      await eventually(() => simulator.ledger.totals.inFlight === 0, 'all ended')
      const { totals, entries } = simulator.ledger
      assert.deepEqual([totals.ended.complete, totals.tokensWritten], [300, 6000])
      assert.equal(
        totals.bytesWritten,
        texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0),
      )
      for (const { firstTokenAtMs = 0, endedAtMs = 0 } of entries) {
        assert.ok(
          endedAtMs - firstTokenAtMs >= 95,
          'no faster than the rate allows: 19 gaps of at least 5 ms',
        )
      }
    },
  )
})

test('the ledger over HTTP: the hash of the very bytes, the headers, the same numbers as in process', async () => {
  await withSimulator({ recordRequests: true }, async (simulator, { url, port }) => {
    const body =
      '{"model":"sim-chat",  "messages":[{"role":"user","content":"水 \\u6c34"}],"seed":9007199254740993}'
    const headers = { 'X-Request-Id': 'mine', 'X-Two': 'a', connection: 'close' }
    await askRaw(port, { body, headers })
    await lastEntry(simulator)
    const seen = (await (await fetch(`${url}/sim/ledger?last=5&id=mine`)).json()) as LedgerSnapshot
    const [entry] = seen.entries
    assert.equal(entry?.bodySha256, createHash('sha256').update(body).digest('hex'))
    assert.deepEqual(
      [entry.requestBytes, entry.headers?.['x-two'], entry.headers?.['x-request-id']],
      [Buffer.byteLength(body), 'a', 'mine'],
    )
    assert.deepEqual(seen.totals, simulator.ledger.totals)
    assert.equal(
      ((await (await fetch(`${url}/sim/ledger?id=nobody`)).json()) as LedgerSnapshot).entries.length,
      0,
    )
    await (await post(`${url}/sim/reset`, '')).arrayBuffer()
    assert.deepEqual([simulator.ledger.totals.started, simulator.ledger.entries.length], [0, 0])
  })
})

test('pages are not requests: only what asks a model is in the ledger', async () => {
  await withSimulator({}, async (simulator, { url }) => {
    for (const path of ['/', '/api/tags', '/v1/models', '/sim/profile', '/nothing'])
      await (await fetch(url + path)).arrayBuffer()
    assert.equal(simulator.ledger.totals.started, 0)
  })
})

test('configure, in process and over HTTP, has the same checks', async () => {
  await withSimulator({}, async (simulator, { url }) => {
    assert.throws(() => simulator.configure({ slots: -1 }), SimulatorProfileError)
    const wrong = await post(`${url}/sim/configure`, { slots: -1, nonsense: 1 })
    assert.equal(wrong.status, 400)
    const { problems } = (await wrong.json()) as { problems: { path: string }[] }
    assert.deepEqual(
      problems.map((problem) => problem.path),
      ['slots', 'nonsense'],
    )
    assert.equal(simulator.profile.slots, 0)
    await (await post(`${url}/sim/configure`, { models: ['other'], strictModels: true })).arrayBuffer()
    assert.equal((await post(`${url}/v1/chat/completions`, toChat('sim-chat'))).status, 404)
    assert.equal((await post(`${url}/v1/chat/completions`, toChat('other'))).status, 200)
    assert.throws(() => createSimulator({ jitterRatio: 7 }), SimulatorProfileError)
  })
})

test('bad requests get 400 in the words of the API, and the server lives on', async () => {
  await withSimulator({}, async (_simulator, { url }) => {
    const cases: [string, unknown][] = [
      ['/v1/chat/completions', '{"model":'],
      ['/v1/chat/completions', '[]'],
      ['/v1/chat/completions', {}],
      ['/v1/chat/completions', { model: 4, messages: [] }],
      ['/v1/chat/completions', { model: 'a', messages: 'hi' }],
      ['/v1/chat/completions', { model: 'a', messages: [4] }],
      ['/v1/chat/completions', toChat('a', { n: 1000 })],
      ['/v1/embeddings', { model: 'a' }],
      ['/v1/responses', { model: 'a', input: 4 }],
      ['/v1/messages', { model: 'a', messages: [] }],
      ['/api/chat', { model: 'a', messages: 'hi' }],
      ['/api/generate', ''],
      ['/api/show', '{'],
    ]
    for (const [path, body] of cases) {
      const answer = await post(url + path, body)
      assert.equal(answer.status, 400, `${path} ${JSON.stringify(body)}`)
      const { error } = (await answer.json()) as { error: unknown }
      assert.equal(typeof error, path.startsWith('/api/') ? 'string' : 'object')
    }
    for (const path of ['/v1/models/%E0%A4%A', '/v1/models/sim:oops'])
      assert.equal((await fetch(url + path)).status, 400)
    assert.equal((await fetch(`${url}/no/such/path`)).status, 404)
    assert.equal((await fetch(`${url}/v1/chat/completions`)).status, 404)
  })
})

test('a body over the limit gets 413 in the words of the API', async () => {
  await withSimulator({ maxBodyBytes: 1000, kind: 'anthropic' }, async (simulator, { url }) => {
    const answer = await post(`${url}/v1/messages`, toChat('a', { max_tokens: 5, system: 'x'.repeat(1000) }))
    assert.equal(answer.status, 413)
    assert.equal(((await answer.json()) as { error: { type: string } }).error.type, 'request_too_large')
    assert.equal((await lastEntry(simulator)).ended, 'error')
    assert.equal((await post(`${url}/v1/messages`, toChat('a', { max_tokens: 5 }))).status, 200)
  })
})

test('onlyOwnPaths: a server of a kind has the paths of that kind', async () => {
  const paths = ['/', '/api/version', '/v1/models', '/health', '/metrics', '/slots', '/sim/profile']
  const found: Record<string, string> = {}
  for (const kind of ['ollama', 'vllm', 'llamacpp', 'openai'] as const) {
    await withSimulator({ kind, onlyOwnPaths: true }, async (_simulator, { url }) => {
      const answers = await Promise.all(
        paths.map(async (path) => ({ path, ok: (await fetch(url + path)).ok })),
      )
      found[kind] = answers
        .filter(({ ok }) => ok)
        .map(({ path }) => path)
        .join(' ')
      assert.equal((await post(`${url}/api/chat`, toChat('sim-chat'))).ok, kind === 'ollama')
    })
  }
  assert.deepEqual(found, {
    ollama: '/ /api/version /v1/models /sim/profile',
    vllm: '/v1/models /health /metrics /sim/profile',
    llamacpp: '/v1/models /health /metrics /slots /sim/profile',
    openai: '/v1/models /sim/profile',
  })
})

test('listFaultModels: the vocabulary as models, so that a gateway that discovers models finds them', async () => {
  await withSimulator({ listFaultModels: true, strictModels: true }, async (_simulator, { url }) => {
    const { data } = (await (await fetch(`${url}/v1/models`)).json()) as { data: { id: string }[] }
    const names = data.map((model) => model.id)
    assert.ok(names.includes('sim:cut-after') && names.includes('sim:tools') && names.includes('sim-chat'))
    assert.equal((await post(`${url}/v1/chat/completions`, toChat('sim:tokens'))).status, 200)
  })
})
