import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createManualClock } from '../core/clock.ts'
import { ERROR_TABLE, errorEntry, WeirError, type ErrorCode } from '../core/errors.ts'
import { createCountingIds } from '../core/ids.ts'
import type { Outcome, RequestRecord } from '../core/record.ts'
import { anthropicMessages } from './dialects/anthropic/api.ts'
import { AnswerFacts } from './dialects/answer-facts.ts'
import type { Api } from './dialects/api.ts'
import { openAiChat } from './dialects/openai-chat/api.ts'
import { Exchange } from './exchange.ts'
import type { CallerRequest } from './http/caller/caller-request.ts'
import type { CallerResponse } from './http/caller/caller-response.ts'
import { findRoute } from './http/routes.ts'
import type { Runtime } from './runtime.ts'
import { seal } from './seal.ts'
import { toRefusedRecord } from './seal-refused.ts'
import { StreamMeter } from './streaming/meter.ts'
import type { UpstreamAttempt } from './upstream/attempt.ts'

interface Given {
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Undefined: nothing was sent. */
  readonly sent?: number
  readonly facts?: Partial<AnswerFacts>
  /** Whether a backend's answer was given. */
  readonly answered?: boolean
  readonly error?: WeirError
  readonly meter?: StreamMeter
}

const STARTED_MS = 500
const NOW_MS = 1_500

function exchangeOf(given: Given): Exchange {
  const { path = '/v1/chat/completions', headers = {}, sent, facts, answered = facts !== undefined } = given
  const route = path === '/nowhere' ? undefined : findRoute('POST', path)
  const api: Api = route?.api ?? openAiChat
  const exchange = new Exchange({
    id: 'req_1',
    request: { method: 'POST', headers } as unknown as CallerRequest,
    response: { headersSent: sent !== undefined, statusCode: sent ?? 200 } as unknown as CallerResponse,
    runtime: { settings: { traces: 0 } } as unknown as Runtime,
    api,
    startedMs: STARTED_MS,
    startedAtMs: 1_700_000_000_000,
  })
  exchange.route = route
  exchange.error = given.error
  exchange.meter = given.meter
  if (facts !== undefined) exchange.answerFacts = Object.assign(new AnswerFacts(api), facts)
  if (answered) {
    const backend = { residency: { offloadRatio: (model: string) => (model === 'm' ? 0.25 : undefined) } }
    const times = { startedMs: 600, connectedMs: 601, endedMs: 1_490 }
    exchange.answer = { ...times, backend, model: 'm' } as unknown as UpstreamAttempt
  }
  return exchange
}

const sealed = (given: Given = {}): RequestRecord => seal(exchangeOf(given), NOW_MS)

const OUTCOMES: Readonly<Record<ErrorCode, Outcome>> = {
  invalid_request: 'caller_error',
  unauthorized: 'caller_error',
  forbidden: 'caller_error',
  model_not_found: 'caller_error',
  request_too_large: 'caller_error',
  header_too_large: 'caller_error',
  rate_limited: 'rejected',
  budget_exhausted: 'rejected',
  content_policy_violation: 'rejected',
  queue_full: 'gateway_error',
  queue_timeout: 'gateway_error',
  no_backend: 'backend_error',
  backend_unreachable: 'backend_error',
  backend_error: 'backend_error',
  backend_protocol_error: 'backend_error',
  first_token_timeout: 'backend_error',
  idle_timeout: 'backend_error',
  deadline_exceeded: 'backend_error',
  stream_interrupted: 'backend_error',
  guard_unavailable: 'gateway_error',
  draining: 'gateway_error',
  client_closed: 'abandoned',
  internal: 'gateway_error',
}

describe('how it ended', () => {
  for (const code of Object.keys(ERROR_TABLE) as ErrorCode[]) {
    test(`${code} is ${OUTCOMES[code]}`, () => {
      const unsent = sealed({ error: new WeirError(code) })
      assert.equal(unsent.outcome, OUTCOMES[code])
      assert.equal(unsent.code, code)
      assert.equal(unsent.blame, errorEntry(code).blame)
      assert.equal(unsent.status, errorEntry(code).status)
      // In the middle of a stream the caller has its status already.
      const begun = sealed({ error: new WeirError(code), sent: 200, facts: {} })
      assert.deepEqual([begun.outcome, begun.status], [OUTCOMES[code], 200])
    })
  }

  test('without an error it is ok, with the status that was sent', () => {
    const { outcome, code, blame, status, interruptedBy } = sealed({ sent: 201, facts: {} })
    assert.deepEqual(
      [outcome, code, blame, status, interruptedBy],
      ['ok', undefined, undefined, 201, undefined],
    )
  })

  test('an error with a status of its own keeps it', () => {
    assert.equal(sealed({ error: new WeirError('invalid_request', { status: 422 }) }).status, 422)
  })

  test('nothing sent and no reason given is a caller that left', () => {
    assert.equal(sealed().status, 499)
  })
})

describe('tokens', () => {
  test('Anthropic counts cached prompt tokens apart, OpenAI among the others', () => {
    const facts = {
      promptTokens: 25,
      cachedTokens: 50,
      cacheWriteTokens: 100,
      outputTokens: 7,
      reasoningTokens: 3,
    }
    assert.deepEqual(sealed({ facts }).usage, {
      ...{ promptTokens: 25, outputTokens: 7, cachedTokens: 50, reasoningTokens: 3 },
    })
    assert.equal(sealed({ path: '/v1/messages', facts }).usage.promptTokens, 175)
    assert.equal(sealed({ path: '/v1/messages', facts: { cachedTokens: 5 } }).usage.promptTokens, undefined)
  })

  /** Path, what the backend told, whether the record says that tokens are not known. */
  const flags: readonly (readonly [string, Given['facts'], boolean])[] = [
    ['/v1/chat/completions', { promptTokens: 3 }, false],
    ['/v1/chat/completions', { promptTokens: 0 }, false],
    ['/v1/chat/completions', {}, true],
    ['/v1/embeddings', {}, true],
    ['/api/chat', {}, true],
    ['/api/show', {}, false],
    ['/v1/messages/count_tokens', {}, false],
    ['/v1/chat/completions', undefined, false],
  ]
  test('a record says when tokens are not known, of what costs tokens and was answered', () => {
    for (const [path, facts, expected] of flags) {
      const { estimated } = sealed({ path, ...(facts && { facts }) })
      assert.equal(estimated.usage, expected, `${path} ${JSON.stringify(facts)}`)
    }
  })

  test('what a broken stream of Anthropic counted at its beginning is no count of its answer', () => {
    const begun = { promptTokens: 25, outputTokens: 1 }
    const cut = sealed({ path: '/v1/messages', facts: begun })
    assert.deepEqual(
      [cut.usage.promptTokens, cut.usage.outputTokens, cut.estimated.usage],
      [25, undefined, true],
    )
    const whole = sealed({
      path: '/v1/messages',
      facts: { ...begun, outputTokens: 9, finishReason: 'end_turn' },
    })
    assert.deepEqual([whole.usage.outputTokens, whole.estimated.usage], [9, false])
  })

  test('an answer that could not be looked into is a guess in phases and usage', () => {
    assert.deepEqual(sealed({ facts: {} }).estimated, { usage: true, phases: true })
  })
})

describe('times', () => {
  test('a stream has its first token, its gaps and its stalls, since the request began', () => {
    const meter = new StreamMeter()
    for (const ms of [700, 710, 3_000]) meter.onToken(ms)
    const { firstTokenMs, gaps, stalls, durationMs } = sealed({ meter, facts: {} })
    assert.deepEqual([firstTokenMs, gaps?.count, stalls, durationMs], [200, 2, 1, 1_000])
  })

  test('an answer in one piece has none of them', () => {
    const { firstTokenMs, gaps, stalls } = sealed({ facts: {} })
    assert.deepEqual([firstTokenMs, gaps, stalls], [undefined, undefined, 0])
  })

  test('a load of a quarter of a second is a cold start, the look at a loaded model is not', () => {
    assert.equal(sealed({ facts: { loadMs: 250 } }).cold, true)
    assert.equal(sealed({ facts: { loadMs: 249 } }).cold, false)
    assert.equal(sealed({ facts: {} }).cold, false)
  })
})

describe('names', () => {
  test('a trace is taken over when it is one', () => {
    const trace = '4bf92f3577b34da6a3ce929d0e0e4736'
    const ids = (traceparent: string): unknown[] => {
      const { traceId, parentSpanId } = sealed({ headers: { traceparent } })
      return [traceId, parentSpanId]
    }
    assert.deepEqual(ids(`00-${trace}-00f067aa0ba902b7-01`), [trace, '00f067aa0ba902b7'])
    const [zeros, span] = ['0'.repeat(32), '00f067aa0ba902b7']
    const wrong = ['', `00-${trace}-${span}`, `00-${trace.toUpperCase()}-${span}-01`, 'x'.repeat(9_999)]
    for (const each of [
      ...wrong,
      `ff-${trace}-${span}-01`,
      `00-${zeros}-${span}-01`,
      `00-${trace}-${zeros.slice(16)}-01`,
    ]) {
      assert.deepEqual(ids(each), [undefined, undefined], each.slice(0, 60))
    }
  })

  test('the share of the model outside GPU memory is of the backend that answered', () => {
    assert.equal(sealed({ facts: {} }).offloadRatio, 0.25)
    assert.equal(sealed().offloadRatio, undefined)
  })

  test('what matched no route is other, whatever its path was', () => {
    const { endpoint, operation } = sealed({ path: '/nowhere', error: new WeirError('invalid_request') })
    assert.deepEqual([endpoint, operation], ['other', 'other'])
    assert.equal(sealed({ path: '/v1/messages', facts: {} }).dialect, anthropicMessages.dialect)
  })

  test('a record is frozen', () => {
    assert.ok(Object.isFrozen(sealed()))
  })
})

test('bytes that never became a request make a record of the same form', () => {
  const clock = createManualClock()
  const record = toRefusedRecord(new WeirError('header_too_large'), { clock, ids: createCountingIds() })
  assert.deepEqual(Object.keys(record).toSorted(), Object.keys(sealed()).toSorted())
  assert.deepEqual(
    [record.outcome, record.code, record.blame, record.status, record.durationMs, record.startedAtMs],
    ['caller_error', 'header_too_large', 'caller', 431, 0, clock.wall()],
  )
})
