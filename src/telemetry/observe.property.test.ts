// Over any records, the page holds exactly what a plain sum over them gives: nothing lost, nothing counted twice.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ERROR_TABLE } from '../core/errors.ts'
import type { ErrorCode } from '../core/errors.ts'
import { PHASES } from '../core/record.ts'
import type { Attempt, RequestRecord } from '../core/record.ts'
import { toBackend, toLive } from './fixtures/live.ts'
import { openMetrics } from './fixtures/metrics.ts'
import { toAttempt, toPhases, toRecord } from './fixtures/record.ts'
import type { Page } from './fixtures/exposition.ts'

const CODES = Object.keys(ERROR_TABLE) as ErrorCode[]
const MODELS = ['qwen3:4b', 'llama "3"\\n\n', '千问']
const BACKENDS = ['ollama', 'vllm-1']

const ms = fc.double({ min: 0, max: 700_000, noNaN: true })
const tokens = fc.option(fc.nat(200_000), { nil: undefined })

const attempt: fc.Arbitrary<Attempt> = fc
  .record({
    backend: fc.constantFrom(...BACKENDS),
    startedMs: ms,
    lengthMs: ms,
    result: fc.constantFrom('success', 'error', 'abandoned'),
    code: fc.option(fc.constantFrom(...CODES), { nil: undefined }),
  })
  .map(({ lengthMs, ...given }) =>
    toAttempt({ ...given, provider: 'ollama', endedMs: given.startedMs + lengthMs }),
  )

const record: fc.Arbitrary<RequestRecord> = fc
  .record({
    durationMs: ms,
    method: fc.constantFrom('POST', 'GET', 'BREW'),
    endpoint: fc.constantFrom('/v1/chat/completions', '/api/chat', 'other'),
    dialect: fc.constantFrom('openai', 'ollama', 'anthropic'),
    operation: fc.constantFrom('chat', 'embeddings', 'models', 'other'),
    modelRouted: fc.option(fc.constantFrom(...MODELS), { nil: undefined }),
    modelAnswered: fc.option(fc.oneof(fc.constantFrom(...MODELS), fc.string()), { nil: undefined }),
    backend: fc.option(fc.constantFrom(...BACKENDS), { nil: undefined }),
    stream: fc.boolean(),
    promptTokens: tokens,
    outputTokens: tokens,
    attempts: fc.array(attempt, { maxLength: 3 }),
    phasesMs: fc.array(ms, { minLength: PHASES.length, maxLength: PHASES.length }),
    firstTokenMs: fc.option(ms, { nil: undefined }),
    stalls: fc.nat(3),
    outcome: fc.constantFrom('ok', 'caller_error', 'rejected', 'backend_error', 'gateway_error', 'abandoned'),
    code: fc.option(fc.constantFrom(...CODES), { nil: undefined }),
    status: fc.constantFrom(200, 400, 404, 429, 499, 502),
    interruptedBy: fc.option(fc.constantFrom('caller', 'gateway', 'backend'), { nil: undefined }),
    isUsageEstimated: fc.boolean(),
  })
  .map(({ promptTokens, outputTokens, phasesMs, isUsageEstimated, ...given }) =>
    toRecord({
      ...given,
      usage: { promptTokens, outputTokens, cachedTokens: undefined, reasoningTokens: undefined },
      phases: toPhases(Object.fromEntries(PHASES.map((phase, at) => [phase, phasesMs[at]]))),
      estimated: { usage: isUsageEstimated, phases: false },
    }),
  )

/** The sum of a metric's samples whose labels are these, among others. */
function total(page: Page, name: string, labels: Record<string, string> = {}): number {
  return page.samples
    .filter((sample) => sample.name === name)
    .filter((sample) => Object.entries(labels).every(([label, value]) => sample.labels[label] === value))
    .reduce((sum, { value }) => sum + value, 0)
}

function assertClose(actual: number, expected: number, what: string): void {
  // Sums of doubles depend on the order in the last digits.
  assert.ok(
    Math.abs(actual - expected) <= 1e-9 * Math.max(1, expected),
    `${what}: ${actual} is not ${expected}`,
  )
}

function checkPage(page: Page, records: readonly RequestRecord[]): void {
  const attempts = records.flatMap((one) => one.attempts)
  const generative = records.filter(({ operation }) => operation === 'chat' || operation === 'embeddings')
  const counted = generative.filter(({ estimated }) => !estimated.usage)
  assert.equal(total(page, 'http_requests_total'), records.length)
  assert.equal(total(page, 'weir_requests_total'), records.length)
  assert.equal(total(page, 'weir_overhead_seconds_count'), records.length)
  assert.equal(total(page, 'gen_ai_server_request_duration_seconds_count'), generative.length)
  assert.equal(
    total(page, 'backend_call_duration_seconds_count'),
    attempts.filter(({ result }) => result !== 'abandoned').length,
  )
  assert.equal(
    total(page, 'gen_ai_client_operation_duration_seconds_count'),
    generative.flatMap((one) => one.attempts).length,
  )
  assert.equal(
    total(page, 'weir_retries_total'),
    records.reduce((sum, one) => sum + Math.max(0, one.attempts.length - 1), 0),
  )
  assert.equal(
    total(page, 'weir_stream_stalls_total'),
    records.reduce((sum, { stalls }) => sum + stalls, 0),
  )
  for (const by of ['caller', 'gateway', 'backend']) {
    const interrupted = records.filter(({ interruptedBy }) => interruptedBy === by).length
    assert.equal(total(page, 'weir_stream_interrupted_total', { by }), interrupted)
  }
  for (const outcome of new Set(records.map((one) => one.outcome))) {
    for (const model of [...MODELS, 'other']) {
      const expected = records.filter(
        (one) => one.outcome === outcome && (one.modelRouted ?? 'other') === model,
      )
      assert.equal(total(page, 'weir_requests_total', { outcome, model }), expected.length)
    }
  }
  const sumOf = (read: (one: RequestRecord) => number | undefined, of = records): number =>
    of.reduce((sum, one) => sum + (read(one) ?? 0), 0)
  assert.equal(
    total(page, 'gen_ai_client_inference_usage_input_tokens_total'),
    sumOf(({ usage }) => usage.promptTokens, counted),
  )
  assert.equal(
    total(page, 'gen_ai_client_inference_usage_output_tokens_total'),
    sumOf(({ usage }) => usage.outputTokens, counted),
  )
  assertClose(
    total(page, 'http_request_duration_seconds_sum'),
    sumOf((one) => one.durationMs) / 1_000,
    'durations',
  )
  for (const phase of PHASES) {
    assertClose(
      total(page, 'weir_phase_seconds_sum', { phase }),
      sumOf((one) => one.phases[phase]) / 1_000,
      phase,
    )
  }
  assert.equal(total(page, 'weir_series_limited_total'), 0)
  assert.equal(total(page, 'weir_records_dropped_total'), 0)
}

const live = toLive({ models: MODELS, backends: BACKENDS.map((name) => toBackend({ name, models: MODELS })) })

test('counters equal the sums over any records', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(record, { maxLength: 150 }), async (records) => {
      const { metrics, pageAfter } = openMetrics({ live, maxSeries: 100_000 })
      checkPage(await pageAfter(...records), records)
      metrics.close()
    }),
    { numRuns: 25 },
  )
})

test('totals stay exact when nearly everything is cut to other', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(record, { minLength: 50, maxLength: 150 }), async (records) => {
      const { metrics, pageAfter } = openMetrics({ live, maxSeries: 1_000 })
      const page = await pageAfter(...records)
      metrics.close()
      assert.equal(total(page, 'http_requests_total'), records.length)
      assert.equal(total(page, 'weir_requests_total'), records.length)
      assert.ok(page.samples.length <= 1_000, `${page.samples.length} series`)
    }),
    { numRuns: 15 },
  )
})
