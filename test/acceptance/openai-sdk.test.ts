import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import OpenAI from 'openai'
import { startStage, type Stage } from '../support/weir.ts'

let stage: Stage
let client: OpenAI

before(async () => {
  stage = await startStage({ profile: { outputTokens: 12 } })
  client = new OpenAI({ baseURL: `${stage.url}/v1`, apiKey: 'any', maxRetries: 0 })
})
after(() => stage.stop())

const messages = [{ role: 'user' as const, content: 'Good morning, 堰' }]
const withFault = (fault: string) => ({ headers: { 'x-sim-fault': fault } })

test('a chat answer arrives whole, with usage, and its record says so', async () => {
  const sealed = stage.records.length
  const answer = await client.chat.completions.create({ model: 'sim-chat', messages })
  assert.ok((answer.choices[0]?.message.content ?? '').length > 0)
  assert.equal(answer.usage?.completion_tokens, 12)
  const record = (await stage.untilSealed(sealed + 1)).at(-1)
  assert.equal(record?.outcome, 'ok')
  assert.equal(record.usage.outputTokens, 12)
  assert.equal(record.usage.promptTokens, answer.usage.prompt_tokens)
  assert.equal(record.estimated.usage, false)
  assert.equal(record.stream, false)
})

test('a streamed chat arrives token by token, without the usage chunk nobody asked for', async () => {
  const sealed = stage.records.length
  const stream = await client.chat.completions.create({ model: 'sim-chat', messages, stream: true })
  let text = ''
  for await (const chunk of stream) {
    assert.notEqual(chunk.choices.length, 0, 'the usage chunk was meant for the gateway')
    text += chunk.choices[0]?.delta.content ?? ''
  }
  assert.ok(text.length > 0)
  const record = (await stage.untilSealed(sealed + 1)).at(-1)
  assert.equal(record?.usage.outputTokens, 12)
  assert.equal(record.finishReason, 'stop')
  assert.ok(record.firstTokenMs !== undefined && record.firstTokenMs > 0)
  assert.equal(record.gaps?.count, 11)
})

test('a caller who asks for the usage chunk gets it', async () => {
  const stream = await client.chat.completions.create({
    model: 'sim-chat',
    messages,
    stream: true,
    stream_options: { include_usage: true },
  })
  let usage: OpenAI.CompletionUsage | null | undefined
  for await (const chunk of stream) usage = chunk.usage ?? usage
  assert.equal(usage?.completion_tokens, 12)
})

test('embeddings, responses, completions, moderations and the list of models answer', async () => {
  const embedding = await client.embeddings.create({ model: 'sim-embed', input: ['a', 'b'] })
  assert.equal(embedding.data.length, 2)
  const response = await client.responses.create({ model: 'sim-chat', input: 'hello' })
  assert.ok(response.output_text.length > 0)
  const events: string[] = []
  for await (const event of await client.responses.create({
    model: 'sim-chat',
    input: 'hello',
    stream: true,
  })) {
    events.push(event.type)
  }
  assert.equal(events.at(-1), 'response.completed')
  const completion = await client.completions.create({ model: 'sim-chat', prompt: 'Once' })
  assert.ok((completion.choices[0]?.text ?? '').length > 0)
  const moderation = await client.moderations.create({ model: 'sim-guard', input: 'hello' })
  assert.equal(moderation.results.length, 1)
  const models = await client.models.list()
  assert.ok(models.data.some((model) => model.id === 'sim-chat'))
  assert.equal((await client.models.retrieve('sim-chat')).id, 'sim-chat')
})

test('tool calls pass through, streamed and whole', async () => {
  const tools = [{ type: 'function' as const, function: { name: 'weather', parameters: { type: 'object' } } }]
  const answer = await client.chat.completions.create({ model: 'sim:tools', messages, tools })
  assert.equal(answer.choices[0]?.finish_reason, 'tool_calls')
  assert.ok((answer.choices[0].message.tool_calls ?? []).length > 0)
  const stream = await client.chat.completions.create({ model: 'sim:tools', messages, tools, stream: true })
  let pieces = 0
  for await (const chunk of stream) pieces += chunk.choices[0]?.delta.tool_calls?.length ?? 0
  assert.ok(pieces > 0)
})

test('errors raise the class that users of the SDK expect', async () => {
  const create = (model: string, fault?: string) =>
    client.chat.completions.create({ model, messages }, fault === undefined ? {} : withFault(fault))
  await assert.rejects(create('nobody-has-this'), (error) => {
    assert.ok(error instanceof OpenAI.NotFoundError)
    assert.match(error.message, /Nearest: /)
    assert.equal(error.code, 'model_not_found')
    return true
  })
  await assert.rejects(create('sim-chat', '500'), OpenAI.InternalServerError)
  await assert.rejects(create('sim-chat', '429=1'), OpenAI.RateLimitError)
  await assert.rejects(create('sim-chat', 'error-200'), OpenAI.InternalServerError)
  await assert.rejects(
    client.chat.completions.create({ model: 7 as unknown as string, messages }),
    OpenAI.BadRequestError,
  )
})

test('a stream that is cut raises, and never ends as if it were complete', async () => {
  for (const fault of ['cut-after=3', 'reset-after=3', 'no-finish', 'malformed-after=3', 'error-after=3']) {
    const stream = await client.chat.completions.create(
      { model: 'sim-chat', messages, stream: true },
      withFault(fault),
    )
    await assert.rejects(
      async () => {
        for await (const chunk of stream) assert.ok(chunk)
      },
      OpenAI.APIError,
      fault,
    )
  }
})

test('a stream whose [DONE] is missing after its finish reason is completed', async () => {
  const stream = await client.chat.completions.create(
    { model: 'sim-chat', messages, stream: true },
    withFault('no-done'),
  )
  let finish: string | null | undefined
  for await (const chunk of stream) finish = chunk.choices[0]?.finish_reason ?? finish
  assert.equal(finish, 'stop')
})
