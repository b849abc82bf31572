import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { ERROR_TABLE, WeirError, type ErrorCode } from '../../src/core/errors.ts'
import type { DialectName } from '../../src/core/record.ts'
import { PROXY_PATHS } from '../../src/gateway/http/routes.ts'
import { CALLS, type Call, type Trouble } from './support/calls.ts'
import { createClients, tell, type Raised } from './support/clients.ts'
import { json, sse } from './support/conversation.ts'
import { startPair, type Pair } from './support/differential.ts'
import { startReplayBackend, type Answer, type ReplayBackend } from './support/replay-backend.ts'

/** What the users of each client catch, by status. What is not named is the class of its hundred. */
const CLASSES: Readonly<Record<DialectName, Readonly<Record<number, string>>>> = {
  openai: {
    ...{ 400: 'BadRequestError', 401: 'AuthenticationError', 403: 'PermissionDeniedError' },
    ...{ 404: 'NotFoundError', 409: 'ConflictError', 422: 'UnprocessableEntityError' },
    ...{ 413: 'APIError', 415: 'APIError', 429: 'RateLimitError', 431: 'APIError' },
  },
  anthropic: {
    ...{ 400: 'BadRequestError', 401: 'AuthenticationError', 403: 'PermissionDeniedError' },
    ...{ 404: 'NotFoundError', 409: 'ConflictError', 422: 'UnprocessableEntityError' },
    ...{ 413: 'ContentTooLargeError', 415: 'APIError', 429: 'RateLimitError' },
    ...{ 431: 'RequestHeaderFieldsTooLargeError', 503: 'ServiceUnavailableError' },
    ...{ 504: 'GatewayTimeoutError', 529: 'OverloadedError' },
  },
  ollama: {},
}

function classOf(dialect: DialectName, status: number): string {
  if (dialect === 'ollama') return 'ResponseError'
  return CLASSES[dialect][status] ?? 'InternalServerError'
}

/** Anthropic's word for each, as its client shows it. */
const ANTHROPIC_TYPES: Readonly<Record<number, string>> = {
  ...{
    401: 'authentication_error',
    403: 'permission_error',
    404: 'not_found_error',
    413: 'request_too_large',
  },
  ...{ 429: 'rate_limit_error', 500: 'api_error', 502: 'api_error', 503: 'overloaded_error' },
  ...{ 504: 'timeout_error', 529: 'overloaded_error' },
}

function assertRaised(told: readonly unknown[], error: WeirError, call: Pick<Call, 'dialect'>): void {
  const raised = told.at(-1) as Raised
  const what = JSON.stringify(raised)
  assert.equal(raised.raised, classOf(call.dialect, error.status), what)
  assert.equal(raised.status, error.status, what)
  assert.ok(raised.message.includes(error.message), what)
  if (call.dialect === 'openai') assert.equal(raised.code, error.code, what)
  if (call.dialect === 'anthropic') {
    assert.equal(raised.type, ANTHROPIC_TYPES[error.status] ?? 'invalid_request_error', what)
  }
}

/** In the middle of a stream there is no status any more, and so no class of its own. */
function assertRaisedMidway(
  told: readonly unknown[],
  error: WeirError,
  { dialect }: Pick<Call, 'dialect'>,
): void {
  const raised = told.at(-1) as Raised
  const what = JSON.stringify(told)
  assert.equal(told.length, 3, what)
  assert.equal(raised.raised, dialect === 'ollama' ? 'Error' : 'APIError', what)
  assert.equal(raised.status, undefined, what)
  assert.ok(raised.message.includes(error.message), what)
  if (dialect === 'openai') assert.equal(raised.code, error.code, what)
  if (dialect === 'anthropic') {
    assert.equal(raised.type, ANTHROPIC_TYPES[error.status] ?? 'invalid_request_error', what)
  }
}

describe('every code of the error table, as the official clients raise it', () => {
  let backend: ReplayBackend
  before(async () => {
    backend = await startReplayBackend()
  })
  after(() => backend.close())

  /** The table itself says of this one that it is never sent. */
  const codes = (Object.keys(ERROR_TABLE) as ErrorCode[]).filter((code) => code !== 'client_closed')
  const PATH_OF: Readonly<Record<string, string>> = {
    ...{
      'chat completions': '/v1/chat/completions',
      completions: '/v1/completions',
      responses: '/v1/responses',
    },
    ...{ messages: '/v1/messages', "Ollama's chat": '/api/chat', "Ollama's generate": '/api/generate' },
  }

  for (const call of CALLS) {
    test(`${call.name}: whole, before a stream begins, and in the middle of one`, async () => {
      const api = PROXY_PATHS.get(PATH_OF[call.name] ?? '')
      assert.ok(api !== undefined)
      const told = async (answer: Answer, stream: boolean): Promise<unknown[]> => {
        backend.play([answer], (body) => [body])
        return tell(() => call.ask(createClients(backend.url), 'm', stream))
      }
      for (const code of codes) {
        const error = new WeirError(code)
        const body = json(api.toErrorBody(error, 'req_1'), error.status)
        for (const stream of [false, true]) assertRaised(await told(body, stream), error, call)
        const event = api.toErrorEvent(error, { requestId: 'req_1', sequence: 2 })
        assertRaisedMidway(await told(call.begin(event), true), error, call)
      }
    })
  }
})

const FAILED: Trouble = { status: 500, word: 'server_error', message: 'CUDA error on secret-host' }
const BUSY: Trouble = { status: 503, word: 'overloaded_error', message: 'busy on secret-host' }
const LIMITED: Trouble = { status: 429, word: 'rate_limit_error', message: 'limit of secret-account' }
const WRONG: Trouble = { status: 400, word: 'invalid_request_error', message: 'max_tokens must be positive' }

/** Servers that nobody has asked before. */
const SPARES = 500

const BUSY_ERROR = new WeirError('backend_error', {
  status: 503,
  message: 'The model server is busy or still loading; try again later.',
})
const UNKNOWN_MODEL = new WeirError('model_not_found', {
  message: 'The model server does not know this model, or does not speak this API.',
})

describe('what a model server does wrong, as the official clients raise it through the gateway', () => {
  let pair: Pair
  before(async () => {
    const clocks = { firstToken: '150ms', idle: '150ms', total: '1s' }
    pair = await startPair([
      ...Array.from({ length: SPARES }, (_, index) => ({ name: `m-${index}` })),
      { name: 'hasty', timeouts: clocks },
    ])
  })
  after(() => pair.close())

  /** A backend that asked for a pause gets one: the next question goes to another, which nobody has asked yet. */
  let spare = 0
  const nextModel = (): string => `m-${spare++ % SPARES}`

  interface Through {
    readonly call: Call
    readonly answer: Answer
    readonly stream: boolean
    readonly model?: string
  }

  async function through({ call, answer, stream, model = nextModel() }: Through): Promise<unknown[]> {
    const sealed = pair.gateway.records.length
    pair.backend.play([answer, answer, answer], (body) => [body])
    const told = await tell(() => call.ask(createClients(pair.gateway.url), model, stream))
    const [record] = (await pair.gateway.untilSealed(sealed + 1)).slice(sealed)
    assert.notEqual(record?.outcome, 'ok', `${call.name} ${JSON.stringify(told)}`)
    assert.doesNotMatch(JSON.stringify(told), /secret/, 'what a backend says of itself stays behind')
    return told
  }

  /** Which error each status becomes; those without one are the caller's own mistake, told in the backend's words. */
  const STATUSES: Readonly<Record<number, WeirError | undefined>> = {
    ...{ 300: new WeirError('backend_protocol_error'), 400: undefined, 409: undefined, 422: undefined },
    ...{ 401: new WeirError('backend_error'), 402: new WeirError('backend_error') },
    ...{ 403: new WeirError('backend_error'), 407: new WeirError('backend_error'), 404: UNKNOWN_MODEL },
    ...{
      405: new WeirError('backend_error'),
      408: new WeirError('backend_error'),
      413: undefined,
      415: undefined,
    },
    ...{ 429: new WeirError('rate_limited'), 499: new WeirError('backend_error') },
    ...{ 500: new WeirError('backend_error'), 501: new WeirError('backend_error') },
    ...{ 502: new WeirError('backend_error'), 503: BUSY_ERROR, 504: new WeirError('backend_error') },
    529: new WeirError('backend_error', { status: 529, message: BUSY_ERROR.message }),
  }

  for (const call of CALLS) {
    test(`${call.name}: every status`, async () => {
      for (const [text, error] of Object.entries(STATUSES)) {
        const status = Number(text)
        const answer = call.errorBody(error === undefined ? WRONG : FAILED, status)
        for (const stream of [false, true]) {
          const told = await through({ call, answer, stream })
          if (error !== undefined) {
            assertRaised(told, error, call)
            continue
          }
          const raised = told.at(-1) as Raised
          assert.equal(raised.raised, classOf(call.dialect, status), JSON.stringify(raised))
          assert.deepEqual([told.length, raised.status], [1, status])
          assert.match(raised.message, /max_tokens must be positive/)
        }
      }
    })

    /** An error that comes with status 200, as the body or as the first event. */
    const inside = (trouble: Trouble): Answer[] => [
      call.errorBody(trouble, 200),
      { ...call.begin(''), body: call.errorEvent(trouble) },
    ]
    // Ollama says what is wrong in a sentence and no more.
    const meant = (trouble: Trouble): WeirError => {
      if (call.dialect === 'ollama' || trouble === FAILED) return new WeirError('backend_error')
      if (trouble === WRONG) return new WeirError('invalid_request', { message: WRONG.message })
      return trouble === BUSY ? BUSY_ERROR : new WeirError('rate_limited')
    }

    test(`${call.name}: an error inside an answer with status 200`, async () => {
      for (const trouble of call.dialect === 'ollama' ? [FAILED] : [FAILED, BUSY, LIMITED, WRONG]) {
        for (const answer of inside(trouble)) {
          assertRaised(await through({ call, answer, stream: true }), meant(trouble), call)
        }
        const [body] = inside(trouble)
        assert.ok(body !== undefined)
        assertRaised(await through({ call, answer: body, stream: false }), meant(trouble), call)
      }
    })

    test(`${call.name}: no answer, half an answer, or one that is none`, async () => {
      const cut = new WeirError('backend_protocol_error')
      const answers: readonly (readonly [Answer, WeirError])[] = [
        [json('{"model":'), cut],
        [json(''), cut],
        [{ type: 'text/html', body: '<html>It works!</html>' }, cut],
        [{ ...json('{"model":"m"'), ending: 'reset' }, cut],
        [{ ...call.begin(''), body: '' }, cut],
        [{ ...call.begin(''), body: 'data: <html>\n\n' }, cut],
      ]
      for (const [answer, error] of answers) {
        assertRaised(await through({ call, answer, stream: true }), error, call)
      }
      const silent: Answer = { ...call.begin(''), body: '', ending: 'never' }
      const late = await through({ call, answer: silent, stream: true, model: 'hasty' })
      assertRaised(late, new WeirError('first_token_timeout'), call)
    })

    test(`${call.name}: a stream that breaks in the middle`, async () => {
      for (const trouble of call.dialect === 'ollama' ? [FAILED] : [FAILED, BUSY, LIMITED, WRONG]) {
        const event = call.errorEvent(trouble)
        for (const end of [event, event.trimEnd()]) {
          assertRaisedMidway(
            await through({ call, answer: call.begin(end), stream: true }),
            meant(trouble),
            call,
          )
        }
      }
      const garbage = call.dialect === 'ollama' ? '<html>\n' : 'data: <html>\n\n'
      const breaks: readonly (readonly [Answer, WeirError])[] = [
        [call.begin(''), new WeirError('stream_interrupted')],
        [{ ...call.begin(''), ending: 'reset' }, new WeirError('stream_interrupted')],
        [call.begin(garbage), new WeirError('backend_protocol_error')],
        [{ ...call.begin(''), ending: 'never' }, new WeirError('idle_timeout')],
      ]
      for (const [answer, error] of breaks) {
        assertRaisedMidway(await through({ call, answer, stream: true, model: 'hasty' }), error, call)
      }
    })
  }

  test('a response that failed keeps its event and what was made so far, and its reason is told in our words', async () => {
    const call = CALLS.find(({ name }) => name === 'responses')
    assert.ok(call !== undefined)
    const failed = (code: string, message: string): Answer => {
      const response = { id: 'r', status: 'failed', error: { code, message }, output: [{ id: 'kept' }] }
      const event = { type: 'response.failed', sequence_number: 2, response }
      return call.begin(`event: response.failed\ndata: ${JSON.stringify(event)}\n\n`)
    }
    const told = await through({ call, answer: failed('oom', 'secret-host is out of memory'), stream: true })
    assert.deepEqual(told.at(-1), {
      type: 'response.failed',
      sequence_number: 2,
      response: {
        ...{ id: 'r', status: 'failed', output: [{ id: 'kept' }] },
        error: { code: 'server_error', message: 'The model server answered with an error.' },
      },
    })
    assert.equal(pair.gateway.records.at(-1)?.outcome, 'backend_error')
    const mistaken = await through({ call, answer: failed('invalid_prompt', 'Too rude.'), stream: true })
    const { response } = mistaken.at(-1) as { response: { error: unknown } }
    assert.deepEqual(response.error, { code: 'invalid_prompt', message: 'Too rude.' })
    assert.equal(pair.gateway.records.at(-1)?.outcome, 'caller_error')
  })

  test('an error whose message is split over lines, or longer than anybody reads, is still an error', async () => {
    const call = CALLS[0]
    assert.ok(call !== undefined)
    const event = 'data: {"error":\ndata: {"message":"x","type":"invalid_request_error"}}\n\n'
    assertRaisedMidway(
      await through({ call, answer: call.begin(event), stream: true }),
      new WeirError('invalid_request', { message: 'x' }),
      call,
    )
    const long = call.errorEvent({ ...WRONG, message: 'x'.repeat(5_000) })
    assertRaisedMidway(
      await through({ call, answer: sse(String(call.begin(long).body)), stream: true }),
      new WeirError('invalid_request'),
      call,
    )
  })
})
