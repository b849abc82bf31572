// The official @anthropic-ai/sdk against the simulator.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import Anthropic from '@anthropic-ai/sdk'
import { withSimulator } from './testing.ts'

function createClient(url: string): Anthropic {
  return new Anthropic({ baseURL: url, apiKey: 'none', maxRetries: 0 })
}

const messages = [{ role: 'user' as const, content: 'tell me about the river' }]

function textOf(message: Anthropic.Message): string {
  return message.content.map((block) => (block.type === 'text' ? block.text : '')).join('')
}

test('a message says the same words streamed and whole, and counts them', async () => {
  await withSimulator({ kind: 'anthropic' }, async (_simulator, { url }) => {
    const client = createClient(url)
    const ask = { model: 'sim-chat', max_tokens: 12, system: 'be brief', messages }
    const whole = await client.messages.create(ask)
    const streamed = await client.messages.stream(ask).finalMessage()
    assert.equal(textOf(streamed), textOf(whole))
    assert.deepEqual([whole.stop_reason, streamed.stop_reason], ['max_tokens', 'max_tokens'])
    assert.deepEqual([whole.usage.output_tokens, streamed.usage.output_tokens], [12, 12])
    const { input_tokens } = await client.messages.countTokens({
      model: 'sim-chat',
      system: 'be brief',
      messages,
    })
    assert.equal(input_tokens, whole.usage.input_tokens)
    assert.equal(input_tokens, streamed.usage.input_tokens)
  })
})

test('thinking comes in a signed block of its own, before the text', async () => {
  await withSimulator({}, async (_simulator, { url }) => {
    const client = createClient(url)
    const ask = { model: 'sim:reasoning-4', max_tokens: 100, messages }
    for (const message of [
      await client.messages.create(ask),
      await client.messages.stream(ask).finalMessage(),
    ]) {
      const [thought, text] = message.content
      assert.ok(thought?.type === 'thinking' && thought.thinking !== '' && thought.signature !== '')
      assert.equal(text?.type, 'text')
      assert.equal(message.stop_reason, 'end_turn')
    }
  })
})

test('tool use arrives in fragments that add up to an object', async () => {
  await withSimulator({}, async (_simulator, { url }) => {
    const client = createClient(url)
    const input_schema = { type: 'object' as const, properties: { city: { type: 'string' } } }
    const tools = [{ name: 'get_level', input_schema }]
    const ask = { model: 'sim:tools-2', max_tokens: 100, messages, tools }
    for (const message of [
      await client.messages.create(ask),
      await client.messages.stream(ask).finalMessage(),
    ]) {
      assert.equal(message.stop_reason, 'tool_use')
      const inputs = message.content.map((block) => (block.type === 'tool_use' ? block.input : undefined))
      assert.equal(inputs.length, 2)
      for (const input of inputs) assert.equal(typeof (input as Record<string, unknown>)['city'], 'string')
    }
    const one = await client.messages.create({
      ...ask,
      tool_choice: { type: 'auto', disable_parallel_tool_use: true },
    })
    assert.equal(one.content.length, 1)
  })
})

test('errors raise the classes that the client has for them', async () => {
  await withSimulator({ kind: 'anthropic', strictModels: true }, async (_simulator, { url }) => {
    const client = createClient(url)
    const ask = (model: string): Promise<unknown> =>
      client.messages.create({ model, max_tokens: 5, messages })
    await assert.rejects(ask('nobody'), Anthropic.NotFoundError)
    await assert.rejects(ask('sim:429'), Anthropic.RateLimitError)
    await assert.rejects(ask('sim:500'), Anthropic.InternalServerError)
    await assert.rejects(
      ask('sim:503-busy'),
      (error) => error instanceof Anthropic.APIError && error.status === 529,
    )
    const noLimit = { model: 'sim-chat', messages } as unknown as Anthropic.MessageCreateParamsNonStreaming
    await assert.rejects(client.messages.create(noLimit), Anthropic.BadRequestError)
  })
})

test('an error event raises; a stream that lacks its end only raises in the helper', async () => {
  await withSimulator({}, async (_simulator, { url }) => {
    const client = createClient(url)
    const readAll = async (model: string): Promise<void> => {
      const stream = await client.messages.create({ model, max_tokens: 50, messages, stream: true })
      for await (const event of stream) assert.ok(event.type)
    }
    await assert.rejects(readAll('sim:error-after-3'), /overloaded_error/)
    await assert.rejects(readAll('sim:cut-after-3'), /terminated/)
    await readAll('sim:no-finish')
    const helper = client.messages.stream({ model: 'sim:no-finish', max_tokens: 50, messages })
    await assert.rejects(helper.finalMessage())
  })
})

test('models are listed in this dialect for clients of this dialect', async () => {
  await withSimulator({}, async (_simulator, { url }) => {
    const names: string[] = []
    for await (const model of createClient(url).models.list()) names.push(model.id)
    assert.deepEqual(names, ['sim-chat', 'sim-embed', 'sim-guard'])
    assert.equal((await createClient(url).models.retrieve('sim-chat')).type, 'model')
  })
})
