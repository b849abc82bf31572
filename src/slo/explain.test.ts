import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { RequestRecord } from '../core/record.ts'
import type { SlowCause } from '../core/verdict.ts'
import { createExplainer, NOTHING_KNOWN, NOTHING_UNUSUAL, toVerdict } from './explain.ts'
import { toAttempt, toFailed, toStream, toWhole } from './fixtures/slow-record.ts'
import { Usual } from './usual.ts'

/** Knows streams of 50 tokens at 50 tok/s after 200 ms, prompts of 2,000 tokens in 800 ms, loads of 4 s. */
function createUsual(): Usual {
  const usual = new Usual()
  for (let count = 0; count < 20; count += 1) {
    usual.note(toStream())
    if (count < 8) usual.note(toStream({ promptTokens: 2_000, phases: { prefill: 800 } }))
    if (count < 8) usual.note(toStream({ cold: true, phases: { load: 4_000 } }))
  }
  return usual
}

const known = createUsual()
const gaps = (sumMs: number, maxMs: number, count = 50): RequestRecord['gaps'] => {
  return { boundsMs: [], counts: [], count, sumMs, maxMs }
}
const queued = (position: number, waitMs: number, backend = 'gpu-1'): RequestRecord['queued'] => {
  return { backend, position, waitMs }
}
const failedAt = (backend: string, endedMs: number, code: RequestRecord['code'] = 'backend_error') =>
  toAttempt({ backend, endedMs, result: 'error', code })

interface Situation {
  readonly name: string
  readonly record: RequestRecord
  readonly cause: SlowCause
  readonly text: string
}

const SITUATIONS: readonly Situation[] = [
  {
    name: 'a load',
    record: toStream({ cold: true, phases: { load: 5_466 } }),
    cause: 'load',
    text: 'model load 82 %',
  },
  {
    name: 'a load that was only looked at',
    record: toStream({ cold: true, phases: { load: 5_466 }, estimated: { usage: false, phases: true } }),
    cause: 'load',
    text: 'model load about 82 %',
  },
  {
    name: 'a queue',
    record: toStream({ phases: { queue: 2_140 }, queued: queued(6, 2_140) }),
    cause: 'queue',
    text: 'queue 64 % behind 6 requests',
  },
  {
    name: 'a queue behind one',
    record: toStream({ phases: { queue: 2_140 }, queued: queued(1, 2_140) }),
    cause: 'queue',
    text: 'queue 64 % behind 1 request',
  },
  {
    name: 'a queue at another backend than the one that answered',
    record: toStream({ phases: { queue: 2_140 }, queued: queued(3, 2_140, 'gpu-2') }),
    cause: 'queue',
    text: 'queue 64 % behind 3 requests at gpu-2',
  },
  {
    name: 'a queue that only the backend knows',
    record: toStream({ phases: { queue: 2_140 }, queued: queued(1, 100) }),
    cause: 'queue',
    text: 'queue 64 % inside the backend',
  },
  {
    name: 'a queue that was too long',
    record: toFailed({ code: 'queue_timeout', phases: { queue: 30_000 }, queued: queued(9, 30_000) }),
    cause: 'queue',
    text: 'queue 100 % behind 9 requests, then queue_timeout',
  },
  {
    name: 'a long prompt',
    record: toStream({ promptTokens: 31_000, phases: { prefill: 12_400 } }),
    cause: 'prefill',
    text: 'prefill of 31k tokens 93 %',
  },
  {
    name: 'a prompt read far slower than prompts of its size',
    record: toStream({ promptTokens: 2_000, phases: { prefill: 8_000 } }),
    cause: 'prefill',
    text: 'slow prefill 250 tok/s, usual 3333',
  },
  {
    name: 'a short prompt that waited for its first token',
    record: toStream({ phases: { prefill: 3_200 } }),
    cause: 'prefill',
    text: 'slow first token 3.2 s, usual 0.20 s',
  },
  {
    name: 'a slow decode',
    record: toStream({ phases: { decode: 12_195 } }),
    cause: 'decode',
    text: 'slow decode 4.1 tok/s, usual 50',
  },
  {
    name: 'a slow decode of a model that slipped to the CPU',
    record: toStream({ phases: { decode: 12_195 }, offloadRatio: 0.37 }),
    cause: 'decode',
    text: 'slow decode 4.1 tok/s, usual 50, 37 % of the model on the CPU',
  },
  {
    name: 'a slow decode of tokens that only events count',
    record: toStream({
      ...{ outputTokens: 41, phases: { decode: 8_000 }, gaps: gaps(8_000, 300, 40) },
      usage: {
        promptTokens: 1,
        outputTokens: undefined,
        cachedTokens: undefined,
        reasoningTokens: undefined,
      },
    }),
    cause: 'decode',
    text: 'slow decode about 5.0 tok/s, usual 50',
  },
  {
    name: 'a stream that stood still and went on',
    record: toStream({ phases: { decode: 9_000 }, gaps: gaps(9_000, 8_000) }),
    cause: 'decode',
    text: 'decode stood still for 8.0 s',
  },
  {
    name: 'a stream that stood still until the gateway gave up',
    record: toStream({
      ...{ outcome: 'backend_error', code: 'idle_timeout', outputTokens: 11 },
      ...{ phases: { decode: 60_200 }, gaps: gaps(200, 30, 10) },
    }),
    cause: 'decode',
    text: 'decode stood still for 60 s, then idle_timeout',
  },
  {
    name: 'a guard',
    record: toStream({ phases: { guard: 1_201 } }),
    cause: 'guard',
    text: 'guard 50 %',
  },
  {
    name: 'an answer after a failure elsewhere',
    record: toStream({ phases: { retry: 2_944 }, attempts: [failedAt('gpu-2', 2_900), toAttempt()] }),
    cause: 'retry',
    text: 'retry 71 % after backend_error at gpu-2',
  },
  {
    name: 'an answer after several failures',
    record: toStream({
      phases: { retry: 2_944 },
      attempts: [failedAt('gpu-2', 100), failedAt('gpu-3', 2_800, 'first_token_timeout'), toAttempt()],
    }),
    cause: 'retry',
    text: 'retry 71 % after first_token_timeout at gpu-3 and 1 more',
  },
  {
    name: 'failures and no answer',
    record: toFailed({
      code: 'backend_error',
      ...{ phases: { retry: 4_000 }, attempts: [failedAt('gpu-1', 1_900), failedAt('gpu-2', 1_800)] },
    }),
    cause: 'retry',
    text: 'retry 100 % after backend_error at gpu-1 and 1 more',
  },
  {
    name: 'a connection that was long in coming',
    record: toStream({ phases: { connect: 1_201 } }),
    cause: 'connect',
    text: 'connect 50 %',
  },
  {
    name: 'a connection that never came',
    record: toFailed({
      code: 'backend_unreachable',
      phases: { retry: 2_000 },
      attempts: [{ ...failedAt('gpu-1', 2_000, 'backend_unreachable'), connectedMs: undefined }],
    }),
    cause: 'connect',
    text: 'connect 100 % after backend_unreachable at gpu-1',
  },
  {
    name: 'a first token that never came',
    record: toFailed({
      code: 'first_token_timeout',
      ...{ phases: { retry: 120_000 }, attempts: [failedAt('gpu-1', 120_000, 'first_token_timeout')] },
    }),
    cause: 'prefill',
    text: 'no first token at gpu-1 for 120 s, then first_token_timeout',
  },
  {
    name: 'a first token of a long prompt that never came',
    record: toFailed({
      ...{ code: 'first_token_timeout', promptTokens: 31_000 },
      ...{ phases: { retry: 120_000 }, attempts: [failedAt('gpu-1', 120_000, 'first_token_timeout')] },
    }),
    cause: 'prefill',
    text: 'prefill of 31k tokens 100 %, then first_token_timeout',
  },
  {
    name: 'a first token that waited for a load',
    record: toFailed({
      ...{ code: 'first_token_timeout', cold: true },
      ...{ phases: { retry: 120_000 }, attempts: [failedAt('gpu-1', 120_000, 'first_token_timeout')] },
    }),
    cause: 'load',
    text: 'model load 100 %, then first_token_timeout',
  },
  {
    name: 'a caller that left before the first token',
    record: toFailed({
      ...{ code: 'client_closed', outcome: 'abandoned', phases: { retry: 9_000 } },
      attempts: [toAttempt({ endedMs: 9_000, result: 'abandoned', code: 'client_closed' })],
    }),
    cause: 'prefill',
    text: 'no first token at gpu-1 for 9.0 s, then the caller left',
  },
  {
    name: 'a caller that reads slowly',
    record: toStream({ phases: { 'client-stall': 2_000 } }),
    cause: 'client',
    text: 'client reads slowly',
  },
  {
    name: 'a caller that sends slowly',
    record: toStream({ phases: { receive: 2_000 } }),
    cause: 'client',
    text: 'client sends slowly',
  },
  {
    name: 'our own work',
    record: toStream({ phases: { gateway: 1_200 } }),
    cause: 'gateway',
    text: 'gateway itself 50 %',
  },
  {
    name: 'limits that are counted elsewhere',
    record: toStream({ phases: { limit: 1_200 } }),
    cause: 'gateway',
    text: 'gateway itself 50 %, counting limits',
  },
  {
    name: 'a thread that stood still while the first token was waited for',
    record: toStream({ phases: { prefill: 1_400 }, loopStallMs: 1_200 }),
    cause: 'gateway',
    text: 'gateway itself 50 %',
  },
  {
    name: 'a long answer',
    record: toStream({ outputTokens: 801 }),
    cause: 'length',
    text: '801 tokens to generate at the usual 50 tok/s',
  },
  {
    name: 'a long answer of a model that is always partly on the CPU',
    record: toStream({ outputTokens: 2_100, offloadRatio: 0.2 }),
    cause: 'length',
    text: '2.1k tokens to generate at the usual 50 tok/s, 20 % of the model on the CPU',
  },
  {
    name: 'a whole answer that was slow',
    record: toWhole({ phases: { decode: 10_200 } }),
    cause: 'decode',
    text: 'slow decode about 4.9 tok/s, usual 50',
  },
  {
    name: 'a whole answer to a long prompt',
    record: toWhole({ promptTokens: 31_000, phases: { decode: 13_400 } }),
    cause: 'prefill',
    text: 'prefill of 31k tokens about 91 %',
  },
  {
    name: 'a whole answer of a model that was loaded, nobody knows how long',
    record: toWhole({ cold: true, phases: { decode: 5_229 } }),
    cause: 'load',
    text: 'model load about 76 %',
  },
  {
    name: 'a long answer in one piece',
    record: toWhole({ outputTokens: 801, phases: { decode: 16_200 } }),
    cause: 'length',
    text: '801 tokens to generate at the usual 50 tok/s',
  },
]

describe('each cause has its sentence', () => {
  for (const { name, record, cause, text } of SITUATIONS) {
    test(name, () => {
      const verdict = toVerdict(record, known)
      assert.deepEqual([verdict.cause, verdict.text], [cause, text])
      assert.ok(verdict.shareRatio > 0.2 && verdict.shareRatio <= 1, String(verdict.shareRatio))
    })
  }
})

describe('of two causes the larger excess is named, not the larger part', () => {
  const table: readonly [string, RequestRecord, SlowCause][] = [
    ['queue over load', toStream({ cold: true, phases: { queue: 3_000, load: 2_000 } }), 'queue'],
    ['load over queue', toStream({ cold: true, phases: { queue: 2_000, load: 3_000 } }), 'load'],
    ['slow decode over retry', toStream({ phases: { decode: 6_000, retry: 2_000 } }), 'decode'],
    ['queue over a decode that takes longer and is usual', toStream({ phases: { queue: 700 } }), 'queue'],
    ['length over queue', toStream({ outputTokens: 401, phases: { queue: 3_000 } }), 'length'],
    [
      'a long prompt over a queue',
      toStream({ promptTokens: 9_000, phases: { prefill: 3_600, queue: 900 } }),
      'prefill',
    ],
    ['client over slow decode', toStream({ phases: { decode: 2_000, 'client-stall': 4_000 } }), 'client'],
  ]
  for (const [name, record, cause] of table)
    test(name, () => assert.equal(toVerdict(record, known).cause, cause))
})

describe('nothing is said of what was as usual', () => {
  const table: readonly [string, RequestRecord][] = [
    ['an ordinary request', toStream()],
    ['one a third slower than usual', toStream({ phases: { prefill: 280, decode: 1_300 } })],
    ['an ordinary answer in one piece', toWhole()],
    ['a short wait', toStream({ phases: { queue: 200 } })],
    [
      'many small waits that are too short to be noticed',
      toStream({ outputTokens: 2, phases: { prefill: 30, queue: 40 } }),
    ],
    ['a refusal', toFailed({ code: 'rate_limited', phases: { gateway: 2 } })],
  ]
  for (const [name, record] of table)
    test(name, () => assert.equal(toVerdict(record, known), NOTHING_UNUSUAL))
})

test('of a model that is new on a backend only what is never usual is said', () => {
  const empty = new Usual()
  const causeOf = (record: RequestRecord): string => toVerdict(record, empty).text
  assert.equal(
    causeOf(toStream({ phases: { queue: 2_140 }, queued: queued(6, 2_140) })),
    'queue 64 % behind 6 requests',
  )
  assert.equal(causeOf(toStream({ phases: { prefill: 9_000 } })), NOTHING_KNOWN.text)
  assert.equal(causeOf(toWhole({ phases: { decode: 9_000 } })), NOTHING_KNOWN.text)
  assert.equal(
    causeOf(toStream({ promptTokens: 31_000, phases: { prefill: 9_000 } })),
    'prefill of 31k tokens 90 %',
  )
  assert.equal(causeOf(toStream({ phases: { decode: 200 } })), NOTHING_UNUSUAL.text)
})

test('what is much is named even where it is usual', () => {
  const usual = new Usual()
  const large = { promptTokens: 31_000, outputTokens: 2_001, phases: { prefill: 12_400, decode: 8_000 } }
  for (let count = 0; count < 10; count += 1) usual.note(toStream(large))
  assert.equal(toVerdict(toStream(large), usual).text, 'prefill of 31k tokens 61 %')
  const long = { ...large, promptTokens: 100, phases: { prefill: 3_000, decode: 8_000 } }
  assert.equal(toVerdict(toStream(long), usual).cause, 'length')
})

test('whatever stands in a record, a verdict is finite and in words', () => {
  const odd = [NaN, Infinity, -Infinity, -5, 0, 1e300, undefined as unknown as number]
  for (const ms of odd)
    for (const record of [
      toStream({ phases: { queue: ms, prefill: ms, decode: ms, load: ms, retry: ms }, durationMs: 9_000 }),
      toStream({ durationMs: ms }),
      toStream({
        durationMs: 9_000,
        outputTokens: ms,
        promptTokens: ms,
        phases: { decode: 8_000 },
        gaps: gaps(ms, ms, ms),
      }),
      toWhole({ durationMs: 9_000, outputTokens: ms, promptTokens: ms, phases: { decode: 8_000 } }),
      toFailed({
        code: 'first_token_timeout',
        durationMs: 9_000,
        phases: { retry: ms },
        attempts: [failedAt('gpu-1', ms)],
      }),
    ]) {
      const { shareRatio, text } = toVerdict(record, known)
      assert.ok(shareRatio >= 0 && shareRatio <= 1, `${shareRatio}: ${text}`)
      assert.doesNotMatch(text, /NaN|Infinity|undefined/)
    }
})

test('a record is compared with what came before it, and learnt from afterwards', () => {
  const explainer = createExplainer()
  for (let count = 0; count < 5; count += 1) assert.equal(explainer.explain(toStream()).cause, 'nothing')
  assert.equal(explainer.usual.find('gpu-1', 'm')?.perToken.value, 20)
  assert.equal(explainer.explain(toStream({ phases: { decode: 9_000 } })).cause, 'decode')
})
