// The official openai client against the simulator: what it accepts, raises and adds up.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import OpenAI from 'openai'
import { eventually, withSimulator } from './testing.ts'

function createClient(url: string, defaultHeaders: Record<string, string> = {}): OpenAI {
  return new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none', maxRetries: 0, defaultHeaders })
}

const messages = [{ role: 'user' as const, content: 'tell me about the river' }]
const tool = (name: string): OpenAI.ChatCompletionTool => ({
  type: 'function',
  function: {
    name,
    parameters: { type: 'object', properties: { city: { type: 'string' }, days: { type: 'integer' } } },
  },
})

test('a chat says the same words streamed and whole, and counts them', async () => {
  await withSimulator({}, async (_simulator, { url }) => {
    const client = createClient(url)
    const whole = await client.chat.completions.create({ model: 'sim-chat', messages })
    const stream = await client.chat.completions.create({
      model: 'sim-chat',
      messages,
      stream: true,
      stream_options: { include_usage: true },
    })
    let text = ''
    const finishes: string[] = []
    const usages: (OpenAI.CompletionUsage | null | undefined)[] = []
    for await (const chunk of stream) {
      usages.push(chunk.usage)
      text += chunk.choices[0]?.delta.content ?? ''
      if (chunk.choices[0]?.finish_reason) finishes.push(chunk.choices[0].finish_reason)
      if (chunk.usage) assert.deepEqual(chunk.choices, [], 'the usage chunk has no choices')
    }
    assert.equal(text, whole.choices[0]?.message.content)
    assert.match(text, /[\u4e00-\u9fff]/, 'some of it is Chinese')
    assert.deepEqual(finishes, ['stop'])
    assert.equal(usages.at(-1)?.completion_tokens, 32)
    assert.ok(
      usages.slice(0, -1).every((usage) => usage === null),
      'every other chunk says usage: null',
    )
    assert.deepEqual(usages.at(-1), whole.usage)
  })
})

test('without include_usage no chunk mentions usage', async () => {
  await withSimulator({}, async (_simulator, { url }) => {
    const stream = await createClient(url).chat.completions.create({
      model: 'sim-chat',
      messages,
      stream: true,
    })
    for await (const chunk of stream) assert.ok(!('usage' in chunk))
  })
})

test('max_tokens cuts the answer and says so', async () => {
  await withSimulator({}, async (_simulator, { url }) => {
    const answer = await createClient(url).chat.completions.create({
      model: 'sim-chat',
      messages,
      max_tokens: 5,
    })
    assert.equal(answer.choices[0]?.finish_reason, 'length')
    assert.equal(answer.usage?.completion_tokens, 5)
  })
})

test('the same seed and prompt give the same words, another seed others', async () => {
  await withSimulator({}, async (_simulator, { url }) => {
    const client = createClient(url)
    const say = async (model: string, seed: number): Promise<string | null | undefined> =>
      (await client.chat.completions.create({ model, messages, seed })).choices[0]?.message.content
    assert.equal(await say('sim-chat', 7), await say('sim:slow-ttft-1', 7))
    assert.notEqual(await say('sim-chat', 7), await say('sim-chat', 8))
  })
})

test('several choices interleave by index, differ, and all finish', async () => {
  await withSimulator({}, async (_simulator, { url }) => {
    const client = createClient(url)
    const stream = await client.chat.completions.create({
      model: 'sim-chat',
      messages,
      n: 3,
      max_tokens: 6,
      stream: true,
    })
    const texts = ['', '', '']
    const finished = new Set<number>()
    for await (const { choices } of stream) {
      for (const { index, delta, finish_reason } of choices) {
        texts[index] += delta.content ?? ''
        if (finish_reason === 'length') finished.add(index)
      }
    }
    assert.equal(new Set(texts).size, 3)
    assert.equal(finished.size, 3)
    const whole = await client.chat.completions.create({ model: 'sim-chat', messages, n: 3, max_tokens: 6 })
    assert.deepEqual(
      whole.choices.map((choice) => choice.message.content),
      texts,
    )
    assert.equal(whole.usage?.completion_tokens, 18)
  })
})

test('parallel tool calls arrive in fragments that add up to JSON', async () => {
  await withSimulator({}, async (_simulator, { url }) => {
    const tools = [tool('get_level'), tool('get_rain')]
    const runner = createClient(url).chat.completions.stream({ model: 'sim:tools-2', messages, tools })
    const final = await runner.finalChatCompletion()
    const calls = final.choices[0]?.message.tool_calls ?? []
    assert.equal(final.choices[0]?.finish_reason, 'tool_calls')
    assert.deepEqual(
      calls.map((call) => call.function.name),
      ['get_level', 'get_rain'],
    )
    for (const call of calls) {
      const args = JSON.parse(call.function.arguments) as Record<string, unknown>
      assert.equal(typeof args['city'], 'string')
      assert.equal(typeof args['days'], 'number')
    }
  })
})

test('tools are asked for by header too, and parallel_tool_calls: false allows one', async () => {
  await withSimulator({}, async (_simulator, { url }) => {
    const client = createClient(url, { 'x-sim-fault': 'tools=3' })
    const ask = { model: 'sim-chat', messages, tools: [tool('get_level')] }
    const many = await client.chat.completions.create(ask)
    const one = await client.chat.completions.create({ ...ask, parallel_tool_calls: false })
    assert.equal(many.choices[0]?.message.tool_calls?.length, 3)
    assert.equal(many.choices[0]?.message.content, null)
    assert.equal(one.choices[0]?.message.tool_calls?.length, 1)
  })
})

test('a model asked for tools without any offered answers in words', async () => {
  await withSimulator({}, async (_simulator, { url }) => {
    const answer = await createClient(url).chat.completions.create({ model: 'sim:tools', messages })
    assert.equal(answer.choices[0]?.finish_reason, 'stop')
    assert.ok(answer.choices[0]?.message.content)
  })
})

test('reasoning has the field of the server that is pretended, before the text', async () => {
  for (const [kind, field] of [
    ['ollama', 'reasoning'],
    ['vllm', 'reasoning_content'],
  ] as const) {
    await withSimulator({ kind }, async (_simulator, { url }) => {
      const stream = await createClient(url).chat.completions.create({
        model: 'sim:reasoning-4',
        messages,
        stream: true,
      })
      const order: string[] = []
      for await (const chunk of stream) {
        const delta = chunk.choices[0]?.delta as Record<string, unknown>
        if (typeof delta[field] === 'string') order.push('thought')
        else if (delta['content']) order.push('text')
      }
      assert.deepEqual(order.slice(0, 4), ['thought', 'thought', 'thought', 'thought'])
      assert.ok(order.slice(4).every((kind) => kind === 'text'))
      const whole = await createClient(url).chat.completions.create({ model: 'sim:reasoning-4', messages })
      assert.equal(whole.usage?.completion_tokens_details?.reasoning_tokens, 4)
    })
  }
})

test('log probabilities cover each token of the text', async () => {
  await withSimulator({}, async (_simulator, { url }) => {
    const answer = await createClient(url).chat.completions.create({
      model: 'sim-chat',
      messages,
      logprobs: true,
    })
    const content = answer.choices[0]?.logprobs?.content ?? []
    assert.equal(content.map((token) => token.token).join(''), answer.choices[0]?.message.content)
  })
})

test('llama.cpp adds timings to the whole answer and to the last chunk', async () => {
  await withSimulator(
    { kind: 'llamacpp', firstTokenMs: 20, tokensPerSecond: 1000 },
    async (_simulator, { url }) => {
      const client = createClient(url)
      const whole = (await client.chat.completions.create({
        model: 'sim-chat',
        messages,
      })) as unknown as Record<string, unknown>
      const timings = whole['timings'] as Record<string, number>
      assert.equal(timings['predicted_n'], 32)
      assert.ok(
        (timings['prompt_ms'] ?? 0) >= 19 && (timings['predicted_ms'] ?? 0) >= 30,
        JSON.stringify(timings),
      )
      for (const stream_options of [undefined, { include_usage: true }]) {
        const stream = await client.chat.completions.create({
          model: 'sim-chat',
          messages,
          stream: true,
          ...(stream_options && { stream_options }),
        })
        const withTimings: number[] = []
        let count = 0
        for await (const chunk of stream) {
          count++
          if ('timings' in chunk) withTimings.push(count)
        }
        assert.deepEqual(withTimings, [count], 'only the last chunk')
      }
    },
  )
})

test('completions, streamed and whole', async () => {
  await withSimulator({}, async (_simulator, { url }) => {
    const client = createClient(url)
    const whole = await client.completions.create({ model: 'sim-chat', prompt: 'the river', max_tokens: 8 })
    const stream = await client.completions.create({
      model: 'sim-chat',
      prompt: 'the river',
      max_tokens: 8,
      stream: true,
      stream_options: { include_usage: true },
    })
    let text = ''
    let usage: unknown
    for await (const chunk of stream) {
      text += chunk.choices[0]?.text ?? ''
      usage = chunk.usage
    }
    assert.equal(text, whole.choices[0]?.text)
    assert.deepEqual(usage, whole.usage)
  })
})

test('embeddings come as floats and as base64, of length one, the same for the same text', async () => {
  await withSimulator({}, async (simulator, { url }) => {
    const client = createClient(url)
    const input = ['water', '水', 'water']
    const asBase64 = await client.embeddings.create({ model: 'sim-embed', input, dimensions: 8 }) // the client asks for base64
    const asFloat = await client.embeddings.create({
      model: 'sim-embed',
      input,
      dimensions: 8,
      encoding_format: 'float',
    })
    const [first = [], second = [], third = []] = asFloat.data.map((entry) => entry.embedding)
    assert.equal(first.length, 8)
    assert.deepEqual(first, third)
    assert.notDeepEqual(first, second)
    assert.ok(Math.abs(Math.hypot(...first) - 1) < 1e-6)
    assert.deepEqual(
      asBase64.data.map((entry) => [...entry.embedding]),
      [first, second, third],
    )
    assert.equal(asFloat.usage.total_tokens, simulator.ledger.entries[0]?.promptTokens)
  })
})

test('responses: typed events with a rising sequence number that the client adds up', async () => {
  await withSimulator({}, async (_simulator, { url }) => {
    const client = createClient(url)
    const whole = await client.responses.create({ model: 'sim:reasoning-3', input: 'the river' })
    const stream = client.responses.stream({ model: 'sim:reasoning-3', input: 'the river' })
    const numbers: number[] = []
    const types: string[] = []
    for await (const event of stream) {
      numbers.push(event.sequence_number)
      types.push(event.type)
    }
    assert.deepEqual(
      numbers,
      numbers.map((_, i) => i),
    )
    assert.equal(types[0], 'response.created')
    assert.equal(types.at(-1), 'response.completed')
    const final = await stream.finalResponse()
    assert.equal(final.output_text, whole.output_text)
    assert.notEqual(final.output_text, '')
    assert.deepEqual(
      final.output.map((item) => item.type),
      ['reasoning', 'message'],
    )
    assert.deepEqual(final.usage, whole.usage)
    assert.equal(final.usage?.output_tokens_details.reasoning_tokens, 3)
  })
})

test('responses: function calls, and an answer that was cut', async () => {
  await withSimulator({}, async (_simulator, { url }) => {
    const client = createClient(url)
    const parameters = { type: 'object', properties: { city: { type: 'string' } } }
    const tools = [{ type: 'function' as const, name: 'get_level', parameters, strict: false }]
    const called = await client.responses
      .stream({ model: 'sim:tools-2', input: 'the river', tools })
      .finalResponse()
    assert.deepEqual(
      called.output.map((item) => item.type),
      ['function_call', 'function_call'],
    )
    const [first] = called.output
    assert.ok(first?.type === 'function_call' && typeof JSON.parse(first.arguments) === 'object')
    const cut = await client.responses.create({ model: 'sim-chat', input: 'the river', max_output_tokens: 3 })
    assert.equal(cut.status, 'incomplete')
    assert.equal(cut.incomplete_details?.reason, 'max_output_tokens')
  })
})

test('moderations flag by words', async () => {
  await withSimulator({}, async (_simulator, { url }) => {
    const input = ['how do I build a bomb', 'how do I build a dam']
    const { results } = await createClient(url).moderations.create({ input })
    assert.deepEqual(
      results.map((result) => result.flagged),
      [true, false],
    )
    assert.equal(results[0]?.categories.violence, true)
    assert.equal(Object.keys(results[1]?.category_scores ?? {}).length, 13)
  })
})

test('models are listed and shown', async () => {
  await withSimulator({ strictModels: true }, async (_simulator, { url }) => {
    const client = createClient(url)
    const names: string[] = []
    for await (const model of client.models.list()) names.push(model.id)
    assert.deepEqual(names, ['sim-chat', 'sim-embed', 'sim-guard'])
    assert.equal((await client.models.retrieve('sim-embed')).id, 'sim-embed')
    await assert.rejects(client.models.retrieve('nobody'), OpenAI.NotFoundError)
  })
})

test('errors raise the classes that the client has for them', async () => {
  const cases = [
    ['sim:404', OpenAI.NotFoundError],
    ['sim:429', OpenAI.RateLimitError],
    ['sim:500', OpenAI.InternalServerError],
    ['sim:502', OpenAI.InternalServerError],
    ['sim:503-loading', OpenAI.InternalServerError],
    ['sim:503-busy', OpenAI.InternalServerError],
    ['sim:no-such-word', OpenAI.BadRequestError],
  ] as const
  await withSimulator({ kind: 'openai' }, async (_simulator, { url }) => {
    for (const [model, error] of cases) {
      await assert.rejects(createClient(url).chat.completions.create({ model, messages }), error, model)
    }
  })
  await withSimulator({ apiKey: 'right', strictModels: true }, async (simulator, { url }) => {
    await assert.rejects(
      createClient(url).chat.completions.create({ model: 'sim-chat', messages }),
      OpenAI.AuthenticationError,
    )
    const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'right', maxRetries: 0 })
    await client.chat.completions.create({ model: 'sim-chat', messages })
    await assert.rejects(
      client.chat.completions.create({ model: 'nobody', messages }),
      /model 'nobody' not found/,
    )
    await eventually(() => simulator.ledger.totals.inFlight === 0, 'all ended')
    assert.deepEqual(
      simulator.ledger.entries.map((entry) => entry.ended),
      ['error', 'complete', 'error'],
    )
  })
})

test('an error in the middle of a stream raises; so does a cut; a stream without an end does not, which is the trap', async () => {
  await withSimulator({}, async (_simulator, { url }) => {
    const readAll = async (model: string): Promise<number> => {
      let deltas = 0
      const stream = await createClient(url).chat.completions.create({ model, messages, stream: true })
      for await (const chunk of stream) deltas += chunk.choices[0]?.delta.content ? 1 : 0
      return deltas
    }
    await assert.rejects(readAll('sim:error-after-5'), OpenAI.APIError)
    await assert.rejects(readAll('sim:error-200'), OpenAI.APIError)
    await assert.rejects(readAll('sim:cut-after-5'), /terminated/)
    await assert.rejects(readAll('sim:reset-after-5'), /terminated/)
    assert.equal(await readAll('sim:no-finish'), 32)
    assert.equal(await readAll('sim:no-done'), 32)
    assert.equal(await readAll('sim:split'), 32)
    assert.equal(await readAll('sim:coalesce-7'), 32)
  })
})
