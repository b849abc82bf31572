// Health, slots and metrics pages: shapes, and numbers that agree with the ledger.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { eventually, openRaw, toChat, withSimulator } from './testing.ts'

const get = async (url: string): Promise<{ status: number; text: string; type: string | null }> => {
  const answer = await fetch(url)
  return { status: answer.status, text: await answer.text(), type: answer.headers.get('content-type') }
}

const chat = async (url: string, more: Record<string, unknown> = {}): Promise<void> => {
  const answer = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    body: JSON.stringify(toChat('sim-chat', more)),
  })
  await answer.arrayBuffer()
}

/** name{labels} -> value, and the name of each family with its type. */
function readMetrics(text: string): { values: Map<string, number>; types: Map<string, string> } {
  const values = new Map<string, number>()
  const types = new Map<string, string>()
  for (const line of text.trimEnd().split('\n')) {
    const type = /^# TYPE (\S+) (\S+)$/.exec(line)
    if (type) types.set(type[1] ?? '', type[2] ?? '')
    if (line.startsWith('#')) continue
    const sample = /^([a-z0-9_:]+(?:\{[^}]*\})?) (\S+)$/.exec(line)
    assert.ok(sample, `not a sample: ${line}`)
    values.set(sample[1] ?? '', Number(sample[2]))
  }
  return { values, types }
}

test('vLLM: counters and histograms agree with the ledger', async () => {
  const profile = {
    kind: 'vllm' as const,
    models: ['qwen"3'],
    firstTokenMs: 15,
    tokensPerSecond: 500,
    outputTokens: 10,
    slots: 4,
  }
  await withSimulator(profile, async (simulator, { url, port }) => {
    await chat(url)
    await chat(url, { max_tokens: 4, stream: true })
    const socket = await openRaw(port, { body: toChat('sim:stall-after-2', { stream: true }) })
    await once(socket, 'data')
    const during = readMetrics((await get(`${url}/metrics`)).text).values
    const labels = 'model_name="qwen\\"3",engine="0"'
    assert.equal(during.get(`vllm:num_requests_running{${labels}}`), 1)
    assert.equal(during.get(`vllm:kv_cache_usage_perc{${labels}}`), 0.25)
    socket.destroy()
    await eventually(() => simulator.ledger.totals.inFlight === 0, 'all ended')
    const { status, text, type } = await get(`${url}/metrics`)
    assert.deepEqual([status, type], [200, 'text/plain; version=0.0.4; charset=utf-8'])
    const { values, types } = readMetrics(text)
    const value = (name: string, more = ''): number | undefined =>
      values.get(`vllm:${name}{${labels}${more}}`)
    const { totals } = simulator.ledger
    assert.equal(value('prompt_tokens_total'), totals.promptTokens)
    assert.equal(value('generation_tokens_total'), totals.tokensWritten)
    assert.deepEqual(
      ['stop', 'length', 'abort'].map((reason) =>
        value('request_success_total', `,finished_reason="${reason}"`),
      ),
      [1, 1, 1],
    )
    assert.equal(types.get('vllm:time_to_first_token_seconds'), 'histogram')
    assert.equal(value('time_to_first_token_seconds_bucket', ',le="0.01"'), 0)
    assert.equal(value('time_to_first_token_seconds_bucket', ',le="+Inf"'), 3)
    assert.equal(value('time_to_first_token_seconds_count'), 3)
    assert.equal(value('inter_token_latency_seconds_count'), 9 + 3 + 1)
    assert.equal(value('request_generation_tokens_sum'), totals.tokensWritten)
    assert.equal((await get(`${url}/health`)).status, 200)
  })
})

test('llama.cpp: health, slots and metrics without labels', async () => {
  const profile = { kind: 'llamacpp' as const, slots: 2, models: [{ name: 'm', cold: true, loadMs: 60 }] }
  await withSimulator(profile, async (simulator, { url, port }) => {
    assert.deepEqual(JSON.parse((await get(`${url}/health`)).text), { status: 'ok' })
    const loading = chat(url, { model: 'm' })
    await eventually(() => simulator.ledger.entries[0]?.model === 'm', 'it loads')
    const health = await get(`${url}/health`)
    assert.deepEqual(
      [health.status, (JSON.parse(health.text) as { error: { message: string } }).error.message],
      [503, 'Loading model'],
    )
    await loading
    const sockets = [1, 2].map(() => openRaw(port, { body: toChat('sim:stall-after-1', { stream: true }) }))
    for (const socket of await Promise.all(sockets)) await once(socket, 'data')
    const slots = JSON.parse((await get(`${url}/slots`)).text) as { is_processing: boolean }[]
    const props = JSON.parse((await get(`${url}/props`)).text) as { total_slots: number }
    assert.equal(props.total_slots, slots.length)
    assert.deepEqual(
      slots.map((slot) => slot.is_processing),
      [true, true],
    )
    assert.equal((await get(`${url}/slots?fail_on_no_slot=1`)).status, 503)
    const { values } = readMetrics((await get(`${url}/metrics`)).text)
    assert.equal(values.get('llamacpp:requests_processing'), 2)
    assert.equal(values.get('llamacpp:requests_deferred'), 0)
    assert.equal(values.get('llamacpp:tokens_predicted_total'), 32)
    for (const socket of await Promise.all(sockets)) socket.destroy()
    await eventually(() => simulator.ledger.totals.inFlight === 0, 'all ended')
    assert.equal((await get(`${url}/slots?fail_on_no_slot=1`)).status, 200)
  })
})

test('Ollama: its greeting, to HEAD too, and its version', async () => {
  await withSimulator({ kind: 'ollama', version: '1.2.3' }, async (_simulator, { url }) => {
    assert.equal((await get(url)).text, 'Ollama is running')
    assert.equal((await fetch(url, { method: 'HEAD' })).status, 200)
    assert.deepEqual(JSON.parse((await get(`${url}/api/version`)).text), { version: '1.2.3' })
  })
})

test('pages are counted by what was asked for, the own ones of the simulator left out', async () => {
  await withSimulator({ kind: 'ollama' }, async (simulator, { url }) => {
    for (const path of ['/api/ps', '/api/ps', '/api/tags', '/nowhere', '/sim/ledger']) await get(url + path)
    await fetch(`${url}/api/show`, { method: 'POST', body: '{"model":"sim-chat"}' })
    assert.deepEqual(
      simulator.ledger.visits.map(({ method, path, count }) => `${count} ${method} ${path}`),
      ['2 GET /api/ps', '1 GET /api/tags', '1 GET other', '1 POST /api/show'],
    )
    simulator.reset()
    assert.deepEqual(simulator.ledger.visits, [])
  })
})

test('a server that is still loading says so on its health page and to every model request', async () => {
  await withSimulator({ kind: 'llamacpp', loading: true }, async (simulator, { url }) => {
    assert.equal((await get(`${url}/health`)).status, 503)
    const answer = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      body: JSON.stringify(toChat('sim-chat')),
    })
    assert.deepEqual([answer.status, /Loading model/.test(await answer.text())], [503, true])
    simulator.configure({ loading: false })
    assert.equal((await get(`${url}/health`)).status, 200)
    await chat(url)
  })
})
