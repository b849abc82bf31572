// The official ollama client against the simulator.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Ollama } from 'ollama'
import { lastEntry, withSimulator } from './testing.ts'

const NANOSECONDS_PER_MS = 1_000_000
const messages = [{ role: 'user', content: 'tell me about the river' }]

test('chat says the same words streamed and whole', async () => {
  await withSimulator({}, async (simulator, { url }) => {
    const client = new Ollama({ host: url })
    const whole = await client.chat({ model: 'sim-chat', messages })
    let text = ''
    let last: { done: boolean; done_reason: string; eval_count: number } | undefined
    for await (const part of await client.chat({ model: 'sim-chat', messages, stream: true })) {
      text += part.message.content
      last = part
    }
    assert.equal(text, whole.message.content)
    assert.deepEqual([last?.done, last?.done_reason, last?.eval_count], [true, 'stop', 32])
    assert.equal((await lastEntry(simulator)).stream, true)
  })
})

test('the durations add up to what really happened', async () => {
  const profile = {
    firstTokenMs: 30,
    tokensPerSecond: 500,
    models: [{ name: 'big', cold: true, loadMs: 40 }],
  }
  await withSimulator(profile, async (_simulator, { url }) => {
    const client = new Ollama({ host: url })
    const began = performance.now()
    const cold = await client.chat({ model: 'big', messages, options: { num_predict: 20 } })
    const tookMs = performance.now() - began
    const ms = (nanoseconds: number): number => nanoseconds / NANOSECONDS_PER_MS
    assert.ok(ms(cold.load_duration) >= 39, `load ${ms(cold.load_duration)}`)
    assert.ok(ms(cold.prompt_eval_duration) >= 29, `prefill ${ms(cold.prompt_eval_duration)}`)
    assert.ok(ms(cold.eval_duration) >= 37, `decode ${ms(cold.eval_duration)}`) // 19 gaps of 2 ms
    const parts = cold.load_duration + cold.prompt_eval_duration + cold.eval_duration
    assert.ok(parts <= cold.total_duration + NANOSECONDS_PER_MS)
    assert.ok(ms(cold.total_duration) <= tookMs)
    assert.deepEqual([cold.eval_count, cold.done_reason], [20, 'length'])
    const warm = await client.chat({ model: 'big', messages })
    assert.ok(ms(warm.load_duration) < 20)
  })
})

test('generate says its words in response, and loads or unloads without a prompt', async () => {
  await withSimulator({ models: [{ name: 'big', cold: true, loadMs: 10 }] }, async (_simulator, { url }) => {
    const client = new Ollama({ host: url })
    const loaded = async (): Promise<string[]> => (await client.ps()).models.map((model) => model.name)
    assert.deepEqual(await loaded(), [])
    assert.equal((await client.generate({ model: 'big', prompt: '' })).done_reason, 'load')
    assert.deepEqual(await loaded(), ['big'])
    const { response, thinking } = await client.generate({ model: 'sim:reasoning-3', prompt: 'the river' })
    assert.ok(response && thinking)
    assert.equal((await client.generate({ model: 'big', prompt: '', keep_alive: 0 })).done_reason, 'unload')
    assert.deepEqual(await loaded(), [])
  })
})

test('tool calls come whole, with their arguments parsed', async () => {
  await withSimulator({}, async (_simulator, { url }) => {
    const parameters = { type: 'object', properties: { city: { type: 'string' } } }
    const tools = [{ type: 'function', function: { name: 'get_level', description: 'level', parameters } }]
    const client = new Ollama({ host: url })
    const calls: unknown[] = []
    for await (const part of await client.chat({ model: 'sim:tools-2', messages, tools, stream: true })) {
      for (const call of part.message.tool_calls ?? [])
        calls.push([call.function.name, typeof call.function.arguments['city']])
    }
    const expected = [
      ['get_level', 'string'],
      ['get_level', 'string'],
    ]
    assert.deepEqual(calls, expected)
    const whole = await client.chat({ model: 'sim:tools-2', messages, tools })
    assert.deepEqual(
      whole.message.tool_calls?.map((call) => [call.function.name, typeof call.function.arguments['city']]),
      expected,
    )
  })
})

test('embeddings, both kinds', async () => {
  await withSimulator({ embeddingDimensions: 16 }, async (_simulator, { url }) => {
    const client = new Ollama({ host: url })
    const { embeddings, prompt_eval_count } = await client.embed({
      model: 'sim-embed',
      input: ['water', 'stone'],
    })
    assert.deepEqual(
      embeddings.map((vector) => vector.length),
      [16, 16],
    )
    assert.ok(prompt_eval_count > 0)
    const { embedding } = await client.embeddings({ model: 'sim-embed', prompt: 'water' })
    assert.deepEqual(embedding, embeddings[0])
  })
})

test('models are listed, shown, and seen in memory with their share of it', async () => {
  const models = [
    { name: 'half:8b', sizeBytes: 1000, sizeVramBytes: 500 },
    { name: 'cold:8b', cold: true, loadMs: 5 },
  ]
  await withSimulator({ models, strictModels: true, version: '0.30.1' }, async (_simulator, { url }) => {
    const client = new Ollama({ host: url })
    assert.deepEqual(
      (await client.list()).models.map((model) => model.name),
      ['half:8b', 'cold:8b'],
    )
    const [running, ...others] = (await client.ps()).models
    assert.deepEqual(
      [running?.name, running?.size, running?.size_vram, others.length],
      ['half:8b', 1000, 500, 0],
    )
    assert.ok(new Date(running?.expires_at ?? 0).getTime() > Date.now())
    assert.ok((await client.show({ model: 'half:8b' })).capabilities.includes('completion'))
    assert.equal((await client.version()).version, '0.30.1')
    await assert.rejects(client.show({ model: 'nobody' }), /model 'nobody' not found/)
    await assert.rejects(client.chat({ model: 'nobody', messages }), /model 'nobody' not found/)
  })
})

test('a model is found with and without :latest', async () => {
  await withSimulator({ models: ['one', 'two:latest'], strictModels: true }, async (_simulator, { url }) => {
    const client = new Ollama({ host: url })
    for (const model of ['one:latest', 'two'])
      assert.equal((await client.chat({ model, messages })).model, model)
  })
})

test('errors are text, before and in the middle of a stream, and a missing end raises', async () => {
  await withSimulator({}, async (_simulator, { url }) => {
    const client = new Ollama({ host: url })
    await assert.rejects(
      client.chat({ model: 'sim:503-busy', messages }),
      /server busy, please try again\. {2}maximum pending requests exceeded/,
    )
    await assert.rejects(client.chat({ model: 'sim:500', messages }), /model runner/)
    const readAll = async (model: string): Promise<void> => {
      for await (const part of await client.chat({ model, messages, stream: true })) assert.ok(part.message)
    }
    await assert.rejects(readAll('sim:error-after-3'), /the simulated model broke/)
    await assert.rejects(readAll('sim:error-200'), /the simulated model broke/)
    await assert.rejects(readAll('sim:no-finish'), /Did not receive done/)
    await readAll('sim:split')
  })
})
