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
    provider: fc.constantFrom('ollama', 'vllm'),
    result: fc.constantFrom('success', 'error', 'abandoned'),
    code: fc.option(fc.constantFrom(...CODES), { nil: undefined }),
  })
  .map(({ lengthMs, ...given }) => toAttempt({ ...given, endedMs: given.startedMs + lengthMs }))

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
    provider: fc.constantFrom('ollama', 'vllm', undefined),
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

type Labels = Readonly<Record<string, string>>

function toKey(labels: Labels): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** Every label set of a metric that is not 0 is one of these, as often as it is here. */
function checkCounts(page: Page, name: string, expected: readonly Labels[]): void {
  const counts = new Map<string, number>()
  for (const key of expected.map(toKey)) counts.set(key, (counts.get(key) ?? 0) + 1)
  const actual = page.samples.filter((sample) => sample.name === name && sample.value > 0)
  assert.deepEqual(new Map(actual.map(({ labels, value }) => [toKey(labels), value])), counts, name)
}

function toGenAi(
  one: RequestRecord,
  { provider, answered }: { provider: string; answered: string | undefined },
): Labels {
  return {
    gen_ai_operation_name: one.operation,
    gen_ai_provider_name: provider,
    gen_ai_request_model: one.modelRouted ?? 'other',
    gen_ai_response_model: answered === undefined ? '' : MODELS.includes(answered) ? answered : 'other',
  }
}

function checkLabels(page: Page, records: readonly RequestRecord[]): void {
  const generative = records.filter(({ operation }) => operation === 'chat' || operation === 'embeddings')
  checkCounts(
    page,
    'http_requests_total',
    records.map(({ method, endpoint, status }) => ({
      method: method === 'BREW' ? 'other' : method,
      endpoint,
      status_code: String(status),
    })),
  )
  checkCounts(
    page,
    'weir_requests_total',
    records.map(({ modelRouted, backend, dialect, outcome, code }) => ({
      model: modelRouted ?? 'other',
      backend: backend ?? 'none',
      dialect,
      outcome,
      code: code ?? '',
    })),
  )
  checkCounts(
    page,
    'gen_ai_server_request_duration_seconds_count',
    generative.map((one) => ({
      ...toGenAi(one, { provider: one.provider ?? 'none', answered: one.modelAnswered }),
      error_type: one.code ?? '',
    })),
  )
  checkCounts(
    page,
    'gen_ai_client_operation_duration_seconds_count',
    generative.flatMap((one) =>
      one.attempts.map(({ provider, code, result }, at) => ({
        ...toGenAi(one, {
          provider,
          answered: at === one.attempts.length - 1 ? one.modelAnswered : undefined,
        }),
        error_type: code ?? { success: '', error: '_OTHER', abandoned: 'client_closed' }[result],
      })),
    ),
  )
  checkCounts(
    page,
    'backend_call_duration_seconds_count',
    records
      .flatMap(({ attempts }) => attempts)
      .filter(({ result }) => result !== 'abandoned')
      .map(({ backend, result }) => ({ backend, status: result })),
  )
}

function checkPage(page: Page, records: readonly RequestRecord[]): void {
  checkLabels(page, records)
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

test('records that differ in one word only are told apart', async () => {
  const base = toRecord({ modelRouted: 'qwen3:4b', modelAnswered: 'qwen3:4b' })
  const [attemptOfBase] = base.attempts
  const variants: readonly Partial<RequestRecord>[] = [
    { method: 'GET' },
    { endpoint: '/api/chat' },
    { status: 201 },
    { dialect: 'ollama' },
    { operation: 'embeddings' },
    { operation: 'models' },
    { modelRouted: '千问' },
    { modelRouted: undefined },
    { modelAnswered: '千问' },
    { modelAnswered: 'unknown' },
    { modelAnswered: undefined },
    { backend: 'vllm-1' },
    { backend: undefined },
    { provider: 'vllm' },
    { provider: undefined },
    { outcome: 'abandoned' },
    { code: 'internal' },
    { attempts: [{ ...attemptOfBase!, backend: 'vllm-1' }] },
    { attempts: [{ ...attemptOfBase!, provider: 'vllm' }] },
    { attempts: [{ ...attemptOfBase!, result: 'error' }] },
    { attempts: [{ ...attemptOfBase!, result: 'abandoned' }] },
    { attempts: [{ ...attemptOfBase!, code: 'internal' }] },
    { attempts: [{ ...attemptOfBase!, result: 'error', code: 'backend_error' }] },
    { attempts: [attemptOfBase!, { ...attemptOfBase! }] },
  ]
  const records = [base, ...variants.map((variant) => ({ ...base, ...variant })), base]
  const bench = openMetrics({ live, maxSeries: 100_000 })
  checkLabels(await bench.pageAfter(...records), records)
})
