import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RequestRecord } from '../core/record.ts'
import { createExplainer, type Explainer } from './explain.ts'
import { toFailed, toStream, toWhole, type Told } from './fixtures/slow-record.ts'

const START_MS = 1_700_000_000_000
const HOUR_MS = 3_600_000
const LATE = { prefill: 3_200 }

/** Knows what is usual since an hour. */
function createKnowing(learn: (startedAtMs: number) => RequestRecord = toStreamAt()): Explainer {
  const explainer = createExplainer()
  for (let count = 0; count < 20; count += 1) explainer.explain(learn(START_MS - HOUR_MS + count * 1_000))
  return explainer
}

function toStreamAt(told: Told = {}): (startedAtMs: number) => RequestRecord {
  return (startedAtMs) => toStream({ startedAtMs, ...told })
}

/** The cause of an answer in one piece that was slow by three seconds, so many milliseconds after the start. */
const causeAfter = (explainer: Explainer, ms: number): string =>
  explainer.explain(toWhole({ startedAtMs: START_MS + ms, phases: { decode: 4_200 } })).cause

test('the first slow answers are told apart as soon as a stream of the same moment is over', () => {
  const explainer = createKnowing()
  assert.equal(causeAfter(explainer, 0), 'decode')
  explainer.explain(toStream({ startedAtMs: START_MS, phases: LATE }))
  assert.equal(causeAfter(explainer, 100), 'prefill')
})

test('once streams are healthy again an old incident is blamed no longer', () => {
  const explainer = createKnowing()
  for (let second = 0; second < 30; second += 1)
    explainer.explain(toStream({ startedAtMs: START_MS + second * 1_000, phases: LATE }))
  explainer.explain(toStream({ startedAtMs: START_MS + 31_000 }))
  assert.equal(causeAfter(explainer, 32_000), 'decode')
  assert.equal(
    causeAfter(explainer, 29_000),
    'prefill',
    'what began in it is a part of it, whenever it is over',
  )
})

test('streams that are over within milliseconds are healthy ones', () => {
  const quick = { outputTokens: 11, phases: { prefill: 5, decode: 10 } }
  const explainer = createKnowing(toStreamAt(quick))
  explainer.explain(toStream({ startedAtMs: START_MS, ...quick, phases: { prefill: 3_200, decode: 10 } }))
  assert.equal(causeAfter(explainer, 1_000), 'prefill')
  explainer.explain(toStream({ startedAtMs: START_MS + 4_000, ...quick }))
  assert.equal(causeAfter(explainer, 5_000), 'decode')
})

test('long prompts, failures, loads and streams of others tell nothing of a late first token', () => {
  const explainer = createKnowing()
  const startedAtMs = START_MS
  explainer.explain(toStream({ startedAtMs, promptTokens: 31_000, phases: { prefill: 12_400 } }))
  explainer.explain(toFailed({ startedAtMs, code: 'first_token_timeout', phases: { retry: 9_000 } }))
  explainer.explain(toStream({ startedAtMs, cold: true, phases: { load: 5_000 } }))
  explainer.explain(toStream({ startedAtMs, backend: 'gpu-2', phases: LATE }))
  explainer.explain(toStream({ startedAtMs, modelRouted: 'other', phases: LATE }))
  explainer.explain(toWhole({ startedAtMs, phases: { decode: 9_000 } }))
  assert.equal(causeAfter(explainer, 100), 'decode')
})

test('the parts of an answer in one piece are no longer than it is', () => {
  const explainer = createKnowing()
  explainer.explain(toStream({ startedAtMs: START_MS, phases: LATE }))
  for (const decode of [1_900, 2_500, 4_200, 9_000])
    for (const promptTokens of [10, 2_000, 30_000]) {
      const record = toWhole({ startedAtMs: START_MS, promptTokens, phases: { decode } })
      const { cause, shareRatio, text } = explainer.explain(record)
      assert.equal(cause, 'prefill', text)
      assert.ok(shareRatio > 0 && shareRatio < 1, text)
    }
})
