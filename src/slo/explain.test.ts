import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { RequestRecord } from '../core/record.ts'
import type { SlowCause } from '../core/verdict.ts'
import { createExplainer, NOTHING_KNOWN, NOTHING_UNUSUAL, toVerdict } from './explain.ts'
import { failedAt, gaps, queued, toFailed, toStream, toWhole } from './fixtures/slow-record.ts'
import { SITUATIONS } from './fixtures/slow-situations.ts'
import { STREAMS_BESIDE } from './fixtures/whole-situations.ts'
import { Usual } from './usual.ts'

/** Knows streams of 50 tokens at 50 tok/s after 200 ms, prompts of 2,000 tokens in 800 ms, loads of 4 s. */
function createUsual(): Usual {
  const usual = new Usual()
  for (let count = 0; count < 20; count += 1) {
    usual.note(toStream())
    if (count < 8) usual.note(toStream({ promptTokens: 2_000, phases: { prefill: 800 } }))
    if (count < 8) usual.note(toStream({ cold: true, phases: { load: 4_000 } }))
  }
  const explainer = createExplainer(usual)
  for (const stream of STREAMS_BESIDE) explainer.explain(stream)
  return usual
}

const known = createUsual()
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
