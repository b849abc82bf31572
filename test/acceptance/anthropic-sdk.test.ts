import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import Anthropic from '@anthropic-ai/sdk'
import { hashKey } from '../../src/access/create-key.ts'
import { startStage, type Stage } from '../support/weir.ts'

const OUTPUT_TOKENS = 12
const KEY = 'wk_anthropc_0123456789012345678901234567'

let stage: Stage
let client: Anthropic

before(async () => {
  stage = await startStage({ profile: { outputTokens: OUTPUT_TOKENS } })
  client = new Anthropic({ baseURL: stage.url, apiKey: 'any', maxRetries: 0 })
})
after(() => stage.stop())

const messages = [{ role: 'user' as const, content: 'Good morning, 堰' }]
const ask = { model: 'sim-chat', max_tokens: 100, messages }
const withFault = (fault: string) => ({ headers: { 'x-sim-fault': fault } })

const textOf = (message: Anthropic.Message): string =>
  message.content.map((block) => (block.type === 'text' ? block.text : '')).join('')

test('a message says the same words whole, streamed and through the helper', async () => {
  const sealed = stage.records.length
  const whole = await client.messages.create(ask)
  let text = ''
  const types: string[] = []
  for await (const event of await client.messages.create({ ...ask, stream: true })) {
    types.push(event.type)
    if (event.type === 'content_block_delta' && event.delta.type === 'text_delta') text += event.delta.text
  }
  const helped = await client.messages.stream(ask).finalMessage()
  assert.ok(textOf(whole).length > 0)
  assert.deepEqual([text, textOf(helped)], [textOf(whole), textOf(whole)])
  assert.deepEqual([types[0], types.at(-1)], ['message_start', 'message_stop'])
  assert.deepEqual(
    [whole, helped].map(({ stop_reason, usage }) => [stop_reason, usage.output_tokens]),
    [
      ['end_turn', OUTPUT_TOKENS],
      ['end_turn', OUTPUT_TOKENS],
    ],
  )
  const records = (await stage.untilSealed(sealed + 3)).slice(sealed)
  for (const record of records) {
    assert.deepEqual([record.outcome, record.dialect, record.operation], ['ok', 'anthropic', 'chat'])
    assert.equal(record.usage.outputTokens, OUTPUT_TOKENS)
    assert.equal(record.usage.promptTokens, whole.usage.input_tokens)
    assert.equal(record.finishReason, 'end_turn')
    assert.equal(record.estimated.usage, false)
  }
  assert.deepEqual(
    records.map((record) => record.gaps?.count),
    [undefined, OUTPUT_TOKENS - 1, OUTPUT_TOKENS - 1],
  )
})

test('tool use arrives in fragments that add up to an object', async () => {
  const input_schema = { type: 'object' as const, properties: { city: { type: 'string' } } }
  const tools = [{ name: 'get_level', input_schema }]
  const asked = { ...ask, model: 'sim:tools-2', tools }
  for (const message of [
    await client.messages.create(asked),
    await client.messages.stream(asked).finalMessage(),
  ]) {
    assert.equal(message.stop_reason, 'tool_use')
    const inputs = message.content.map((block) => (block.type === 'tool_use' ? block.input : undefined))
    assert.equal(inputs.length, 2)
    for (const input of inputs) assert.equal(typeof (input as Record<string, unknown>)['city'], 'string')
  }
})

test('tokens are counted without a generation', async () => {
  const sealed = stage.records.length
  const { input_tokens } = await client.messages.countTokens({ model: 'sim-chat', messages })
  assert.equal(input_tokens, (await client.messages.create(ask)).usage.input_tokens)
  const record = (await stage.untilSealed(sealed + 2))[sealed]
  assert.deepEqual([record?.endpoint, record?.operation], ['/v1/messages/count_tokens', 'other'])
})

test('every answer carries the request id where the client looks for it', async () => {
  const { request_id, response } = await client.messages.create(ask).withResponse()
  assert.match(request_id ?? '', /^req_[0-9a-f]{32}$/)
  assert.equal(response.headers.get('x-request-id'), request_id)
  await assert.rejects(client.messages.create({ ...ask, model: 'nobody' }), (error) => {
    assert.ok(error instanceof Anthropic.NotFoundError)
    assert.match(error.requestID ?? '', /^req_/)
    assert.equal((error.error as { request_id?: string }).request_id, error.requestID)
    return true
  })
  const own = await client.messages.create(ask, { headers: { 'x-request-id': 'mine-1' } }).withResponse()
  assert.equal(own.request_id, 'mine-1')
})

test('errors raise the class that users of the SDK expect', async () => {
  const closed = await startStage({
    config: {
      keys: [{ name: 'team', hash: hashKey(KEY), models: ['sim-chat', 'sim:*'] }],
      server: { maxBody: '2KiB' },
    },
  })
  try {
    const known = new Anthropic({ baseURL: closed.url, apiKey: KEY, maxRetries: 0 })
    const stranger = new Anthropic({ baseURL: closed.url, apiKey: 'wk_wrong', maxRetries: 0 })
    const large = [{ role: 'user' as const, content: 'x'.repeat(4096) }]
    const rejects = (work: Promise<unknown>, expected: Expected): Promise<void> =>
      assert.rejects(work, isError(expected))
    await known.messages.create(ask)
    await rejects(stranger.messages.create(ask), {
      class: Anthropic.AuthenticationError,
      status: 401,
      type: 'authentication_error',
    })
    await rejects(known.messages.create({ ...ask, model: 'sim-embed' }), {
      class: Anthropic.PermissionDeniedError,
      status: 403,
      type: 'permission_error',
    })
    await rejects(known.messages.create({ ...ask, messages: large }), {
      class: Anthropic.APIError,
      status: 413,
      type: 'request_too_large',
    })
    await rejects(known.messages.create({ ...ask, model: 7 as unknown as string }), {
      class: Anthropic.BadRequestError,
      status: 400,
      type: 'invalid_request_error',
    })
    await rejects(known.messages.create({ ...ask, max_tokens: undefined as unknown as number }), {
      class: Anthropic.BadRequestError,
      status: 400,
      type: 'invalid_request_error',
    })
    const faulty = (fault: string): Promise<unknown> => known.messages.create(ask, withFault(fault))
    await rejects(faulty('404'), { class: Anthropic.NotFoundError, status: 404, type: 'not_found_error' })
    await rejects(faulty('429=3'), { class: Anthropic.RateLimitError, status: 429, type: 'rate_limit_error' })
    await rejects(faulty('500'), { class: Anthropic.InternalServerError, status: 502, type: 'api_error' })
    await rejects(faulty('502'), { class: Anthropic.InternalServerError, status: 502, type: 'api_error' })
    await rejects(faulty('reset'), { class: Anthropic.InternalServerError, status: 502, type: 'api_error' })
    await rejects(faulty('503-busy'), {
      class: Anthropic.OverloadedError,
      status: 529,
      type: 'overloaded_error',
    })
    await rejects(faulty('error-200'), { class: Anthropic.InternalServerError, status: 502 })
  } finally {
    await closed.stop()
  }
})

interface Expected {
  readonly class: new (...args: never) => Error
  readonly status: number
  readonly type?: string
}

function isError(expected: Expected): (thrown: unknown) => true {
  return (thrown) => {
    assert.ok(thrown instanceof expected.class, String(thrown))
    const { status, error } = thrown as unknown as { status: number; error: { error: { type: string } } }
    assert.equal(status, expected.status)
    if (expected.type !== undefined) assert.equal(error.error.type, expected.type)
    return true
  }
}

test('a stream that is cut raises, from the iterator and from the helper', async () => {
  const faults = [
    'cut-after=3',
    'reset-after=3',
    'no-finish',
    'no-done',
    'malformed-after=3',
    'error-after=3',
  ]
  for (const fault of faults) {
    const stream = await client.messages.create({ ...ask, stream: true }, withFault(fault))
    const seen: string[] = []
    await assert.rejects(
      async () => {
        for await (const event of stream) seen.push(event.type)
      },
      Anthropic.APIError,
      fault,
    )
    assert.ok(seen.length > 0 && !seen.includes('message_stop'), fault)
    await assert.rejects(client.messages.stream(ask, withFault(fault)).finalMessage(), Error, fault)
  }
})
