import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Outcome, RequestRecord } from '../core/record.ts'
import { FAILED, toPhases, toRecord } from './fixtures/record.ts'
import { EVERYTHING } from './fixtures/objective.ts'
import { createJudge, type Judgement } from './indicator.ts'
import type { Counted, Indicator, Scope } from './objective.ts'

function judge(
  indicator: Indicator,
  record: Partial<RequestRecord>,
  { scope = {}, excludeCold = false }: { scope?: Partial<Scope>; excludeCold?: boolean } = {},
): Judgement {
  const counted: Counted = { name: 'a', indicator, scope: { ...EVERYTHING, ...scope }, excludeCold }
  return createJudge(counted)(toRecord(record))
}

const AVAILABILITY: Indicator = { kind: 'availability' }
const within = (kind: Exclude<Indicator['kind'], 'availability'>, thresholdMs: number): Indicator => ({
  kind,
  thresholdMs,
})

test('availability asks whose fault an end was', () => {
  const ends: Readonly<Record<Outcome, Judgement>> = {
    ok: 'good',
    backend_error: 'bad',
    gateway_error: 'bad',
    caller_error: 'excluded',
    rejected: 'excluded',
    abandoned: 'excluded',
  }
  for (const [outcome, judgement] of Object.entries(ends)) {
    const record = { ...FAILED, outcome: outcome as Outcome }
    assert.equal(judge(AVAILABILITY, record), judgement, outcome)
  }
})

test('a full queue of ours is our fault, a limit of a key is not', () => {
  const shed = { ...FAILED, code: 'queue_full', blame: 'gateway', outcome: 'gateway_error' } as const
  assert.equal(judge(AVAILABILITY, shed), 'bad')
  const limited = { ...FAILED, code: 'rate_limited', blame: 'policy', outcome: 'rejected' } as const
  assert.equal(judge(AVAILABILITY, limited), 'excluded')
})

test('a caller that leaves before the first token is out, one that leaves later was being served', () => {
  const left = { outcome: 'abandoned', code: 'client_closed', blame: 'caller', status: 499 } as const
  assert.equal(judge(AVAILABILITY, { ...left, firstTokenMs: undefined }), 'excluded')
  assert.equal(judge(AVAILABILITY, { ...left, firstTokenMs: 300 }), 'good')
  assert.equal(judge(within('duration', 10_000), { ...left, firstTokenMs: 300 }), 'excluded')
})

test('a stream that its backend broke off is bad however much of it came', () => {
  const broken = { outcome: 'backend_error', code: 'stream_interrupted', status: 200 } as const
  assert.equal(judge(AVAILABILITY, broken), 'bad')
})

test('latencies are of successful requests alone: a fast failure is not a fast answer', () => {
  for (const kind of ['duration', 'firstToken', 'perToken', 'interToken', 'guard'] as const) {
    assert.equal(judge(within(kind, 60_000), { ...FAILED, durationMs: 3 }), 'excluded', kind)
  }
})

test('a threshold is still within', () => {
  assert.equal(judge(within('duration', 1_200), {}), 'good')
  assert.equal(judge(within('duration', 1_199.999), {}), 'bad')
  assert.equal(judge(within('firstToken', 400), {}), 'good')
  assert.equal(judge(within('firstToken', 399), {}), 'bad')
  assert.equal(judge(within('guard', 50), { phases: toPhases({ guard: 50 }) }), 'good')
  assert.equal(judge(within('guard', 50), { phases: toPhases({ guard: 51 }) }), 'bad')
})

test('what has no such time is out of the count', () => {
  assert.equal(judge(within('firstToken', 400), { stream: false, firstTokenMs: undefined }), 'excluded')
  assert.equal(judge(within('guard', 50), {}), 'excluded')
  assert.equal(judge(within('interToken', 50), { gaps: undefined }), 'excluded')
})

test('time per token is that between the first token and the end, over the tokens after the first', () => {
  assert.equal(judge(within('perToken', 20), {}), 'good')
  assert.equal(judge(within('perToken', 19.99), {}), 'bad')
  const usage = { promptTokens: 1, outputTokens: 1, cachedTokens: undefined, reasoningTokens: undefined }
  assert.equal(judge(within('perToken', 20), { usage }), 'excluded')
  assert.equal(judge(within('perToken', 20), { estimated: { usage: true, phases: false } }), 'excluded')
  assert.equal(judge(within('perToken', 20), { stream: false }), 'excluded')
})

/** Bounds as the gateway has them: 0.1 s and 0.2 s in milliseconds, with the noise of a multiplication. */
const boundsMs = [100.00000000000001, 200]
const gaps = (...counts: number[]) => {
  const count = counts.reduce((sum, each) => sum + each, 0)
  return { boundsMs, counts, count, sumMs: count * 50, maxMs: 5_000 }
}

test('nineteen gaps of twenty within the threshold are enough, eighteen are not', () => {
  assert.equal(judge(within('interToken', 100), { gaps: gaps(19, 1, 0) }), 'good')
  assert.equal(judge(within('interToken', 100), { gaps: gaps(18, 2, 0) }), 'bad')
  assert.equal(judge(within('interToken', 100), { gaps: gaps(94, 3, 3) }), 'bad')
  assert.equal(judge(within('interToken', 100), { gaps: gaps(95, 2, 3) }), 'good')
  assert.equal(judge(within('interToken', 200), { gaps: gaps(0, 95, 5) }), 'good')
})

test('a threshold inside a bucket counts the gaps of the bucket as too long, unless the longest is known to be within', () => {
  assert.equal(judge(within('interToken', 150), { gaps: gaps(10, 10, 0) }), 'bad')
  assert.equal(judge(within('interToken', 150), { gaps: { ...gaps(10, 10, 0), maxMs: 149 } }), 'good')
})

test('a load is out only where it is asked for, and then for every latency', () => {
  const slow = within('duration', 100)
  assert.equal(judge(slow, { cold: true }), 'bad')
  assert.equal(judge(slow, { cold: true }, { excludeCold: true }), 'excluded')
  assert.equal(judge(slow, { cold: false }, { excludeCold: true }), 'bad')
})

test('what no model was asked for promises nothing', () => {
  for (const operation of ['models', 'other'] as const) {
    assert.equal(judge(AVAILABILITY, { operation }), undefined)
    assert.equal(judge(AVAILABILITY, { ...FAILED, operation }), undefined)
  }
  for (const operation of ['embeddings', 'moderation', 'text_completion', 'generate_content'] as const)
    assert.equal(judge(AVAILABILITY, { operation }), 'good')
})

test('every condition of a scope must hold, with patterns', () => {
  const scope = {
    model: 'qwen3*',
    route: '/v1/*',
    tenant: 'team-a',
    backend: 'olla*',
  }
  assert.equal(judge(AVAILABILITY, {}, { scope }), 'good')
  for (const other of [
    { modelRouted: 'llama3' },
    { endpoint: '/api/chat' },
    { tenant: 'team-b' },
    { tenant: undefined },
    { backend: 'vllm' },
    { backend: undefined },
  ]) {
    assert.equal(judge(AVAILABILITY, other, { scope }), undefined, JSON.stringify(other))
  }
})

test('whoever was given another model was promised the one that was asked for', () => {
  const fallback = { fallbackFrom: 'qwen3:32b', modelRouted: 'llama3' }
  assert.equal(judge(AVAILABILITY, fallback, { scope: { model: 'qwen3:32b' } }), 'good')
  assert.equal(judge(AVAILABILITY, fallback, { scope: { model: 'llama3' } }), undefined)
})

test('a request that was refused before it was routed counts for the model it named, and for no model when it named none', () => {
  const refused = { ...FAILED, modelRouted: undefined }
  assert.equal(
    judge(AVAILABILITY, { ...refused, modelAsked: 'qwen3:4b' }, { scope: { model: 'qwen3*' } }),
    'bad',
  )
  assert.equal(
    judge(AVAILABILITY, { ...refused, modelAsked: undefined }, { scope: { model: '*' } }),
    undefined,
  )
  assert.equal(judge(AVAILABILITY, { ...refused, modelAsked: undefined }), 'bad')
})
