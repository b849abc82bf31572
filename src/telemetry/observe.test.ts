import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GAP_BOUNDS_S } from '../core/buckets.ts'
import { PHASES } from '../core/record.ts'
import { openMetrics } from './fixtures/metrics.ts'
import { toAttempt, toPhases, toRecord } from './fixtures/record.ts'
import type { Page } from './fixtures/exposition.ts'

const GEN_AI = {
  gen_ai_operation_name: 'chat',
  gen_ai_provider_name: 'ollama',
  gen_ai_request_model: 'qwen3:4b',
  gen_ai_response_model: 'qwen3:4b',
}

/** Count and sum of a histogram's series. */
function countAndSum(page: Page, name: string, labels: Record<string, string>): (number | undefined)[] {
  return [page.value(`${name}_count`, labels), page.value(`${name}_sum`, labels)]
}

test('an answered chat is counted everywhere it belongs, exactly', async () => {
  const page = await openMetrics().pageAfter(toRecord())
  const endpoint = { method: 'POST', endpoint: '/v1/chat/completions' }
  assert.equal(page.value('http_requests_total', { ...endpoint, status_code: '200' }), 1)
  assert.deepEqual(countAndSum(page, 'http_request_duration_seconds', endpoint), [1, 1.2005])
  assert.equal(page.value('http_request_duration_seconds_bucket', { ...endpoint, le: '1.0' }), 0)
  assert.equal(page.value('http_request_duration_seconds_bucket', { ...endpoint, le: '2.0' }), 1)
  const outcome = { model: 'qwen3:4b', backend: 'ollama', dialect: 'openai', outcome: 'ok', code: '' }
  assert.equal(page.value('weir_requests_total', outcome), 1)
  assert.deepEqual(
    countAndSum(page, 'backend_call_duration_seconds', { backend: 'ollama', status: 'success' }),
    [1, 1.1995],
  )
  assert.deepEqual(
    countAndSum(page, 'backend_call_duration_seconds', { backend: 'ollama', status: 'error' }),
    [0, 0],
  )
  assert.deepEqual(
    countAndSum(page, 'model_inference_duration_seconds', { model: 'qwen3:4b' }),
    [1, 1.1998125],
  )
  const success = { ...GEN_AI, error_type: '' }
  assert.deepEqual(countAndSum(page, 'gen_ai_server_request_duration_seconds', success), [1, 1.2005])
  assert.deepEqual(countAndSum(page, 'gen_ai_client_operation_duration_seconds', success), [1, 1.1995])
  assert.deepEqual(
    countAndSum(page, 'gen_ai_client_token_usage', { ...GEN_AI, gen_ai_token_type: 'input' }),
    [1, 120],
  )
  assert.deepEqual(
    countAndSum(page, 'gen_ai_client_token_usage', { ...GEN_AI, gen_ai_token_type: 'output' }),
    [1, 40],
  )
  assert.equal(page.value('gen_ai_client_inference_usage_input_tokens_total', GEN_AI), 120)
  assert.equal(page.value('gen_ai_client_inference_usage_output_tokens_total', GEN_AI), 40)
  assert.deepEqual(countAndSum(page, 'weir_prompt_tokens', { model: 'qwen3:4b' }), [1, 120])
  // authenticate 0.0625 ms + gateway 0.25 ms; receiving and connecting are waits for somebody else.
  assert.deepEqual(countAndSum(page, 'weir_overhead_seconds', { dialect: 'openai' }), [1, 0.0003125])
  // Not streamed: nothing is known of tokens in time.
  assert.deepEqual(countAndSum(page, 'gen_ai_server_time_to_first_token_seconds', GEN_AI), [0, 0])
  assert.deepEqual(countAndSum(page, 'gen_ai_server_time_per_output_token_seconds', GEN_AI), [0, 0])
})

test('each phase that happened is observed with its length, the others are not', async () => {
  const phases = toPhases({ receive: 0.5, connect: 1, prefill: 200, decode: 1_000, gateway: 0.25 })
  const page = await openMetrics().pageAfter(toRecord({ phases }))
  const observed = [...(page.families.get('weir_phase_seconds')?.samples ?? [])]
    .filter(({ name, value }) => name.endsWith('_sum') && value > 0)
    .map(({ labels, value }) => [labels['phase'], value])
  assert.deepEqual(Object.fromEntries(observed), {
    receive: 0.0005,
    connect: 0.001,
    prefill: 0.2,
    decode: 1,
    gateway: 0.00025,
  })
  assert.equal(page.value('weir_phase_seconds_count', { phase: 'queue', backend: 'ollama' }), 0)
  assert.equal(page.value('weir_phase_seconds_count', { phase: 'guard', backend: 'ollama' }), undefined)
})

test('a wait for a slot is observed where it began, in vain or not, and finding one free is no wait', async () => {
  const queued = { backend: 'ollama', position: 3, waitMs: 1_500 }
  const page = await openMetrics().pageAfter(
    toRecord({}),
    toRecord({ queued, phases: toPhases({ queue: 1_700 }) }),
    toRecord({ queued, backend: undefined, attempts: [], outcome: 'gateway_error', code: 'queue_timeout' }),
  )
  assert.deepEqual(countAndSum(page, 'weir_queue_wait_seconds', { backend: 'ollama' }), [2, 3])
})

test('what is ours is authenticating, limiting and the rest; every other phase is a wait for somebody else', async () => {
  const phases = Object.fromEntries(PHASES.map((phase, at) => [phase, 2 ** at]))
  const page = await openMetrics().pageAfter(toRecord({ phases: toPhases(phases) }))
  const oursMs = (phases['authenticate'] ?? 0) + (phases['limit'] ?? 0) + (phases['gateway'] ?? 0)
  assert.deepEqual(countAndSum(page, 'weir_overhead_seconds', { dialect: 'openai' }), [1, oursMs / 1_000])
})

test('a streamed answer gives first token, time per token and each gap', async () => {
  const boundsMs = GAP_BOUNDS_S.map((bound) => bound * 1_000)
  const counts = [...boundsMs.map(() => 0), 2]
  counts[3] = 30
  counts[9] = 7
  const record = toRecord({
    stream: true,
    durationMs: 4_300,
    firstTokenMs: 400,
    gaps: { boundsMs, counts, count: 39, sumMs: 3_900, maxMs: 2_600 },
    stalls: 1,
  })
  const page = await openMetrics().pageAfter(record)
  assert.deepEqual(countAndSum(page, 'gen_ai_server_time_to_first_token_seconds', GEN_AI), [1, 0.4])
  // (4300 - 400) / (40 - 1)
  assert.deepEqual(countAndSum(page, 'gen_ai_server_time_per_output_token_seconds', GEN_AI), [1, 0.1])
  assert.equal(page.value('gen_ai_server_time_per_output_token_seconds_bucket', { ...GEN_AI, le: '0.1' }), 1)
  const where = { model: 'qwen3:4b', backend: 'ollama' }
  assert.deepEqual(countAndSum(page, 'weir_inter_token_seconds', where), [39, 3.9])
  const cumulative = ['0.015', '0.02', '0.075', '0.1', '2.5', '+Inf'].map((le) =>
    page.value('weir_inter_token_seconds_bucket', { ...where, le }),
  )
  assert.deepEqual(cumulative, [0, 30, 30, 37, 37, 39])
  assert.equal(page.value('weir_stream_stalls_total', where), 1)
})

test('gaps that were counted by other bounds go to the bucket that holds them', async () => {
  const gaps = { boundsMs: [4, 10, 1_000], counts: [1, 2, 4, 8], count: 15, sumMs: 60_000, maxMs: 9_000 }
  const page = await openMetrics().pageAfter(toRecord({ gaps }))
  const at = (le: string) =>
    page.value('weir_inter_token_seconds_bucket', { model: 'qwen3:4b', backend: 'ollama', le })
  assert.deepEqual(
    [at('0.005'), at('0.01'), at('0.5'), at('1.0'), at('2.5'), at('+Inf')],
    [1, 3, 3, 7, 7, 15],
  )
})

test('one token has no time per token, and an estimate has none either', async () => {
  const streamed = { stream: true, firstTokenMs: 400 }
  const usage = { promptTokens: 5, outputTokens: 1, cachedTokens: undefined, reasoningTokens: undefined }
  const page = await openMetrics().pageAfter(
    toRecord({ ...streamed, usage }),
    toRecord({ ...streamed, usage: { ...usage, outputTokens: 0 } }),
    toRecord({ ...streamed, estimated: { usage: true, phases: false } }),
    toRecord({ ...streamed, usage: { ...usage, outputTokens: undefined } }),
  )
  assert.deepEqual(countAndSum(page, 'gen_ai_server_time_to_first_token_seconds', GEN_AI), [4, 1.6])
  assert.equal(page.value('gen_ai_server_time_per_output_token_seconds_count', GEN_AI), 0)
})

test('estimated tokens are in no token metric', async () => {
  const page = await openMetrics({ tenants: true }).pageAfter(
    toRecord({ estimated: { usage: true, phases: true } }),
  )
  assert.equal(page.value('gen_ai_client_inference_usage_input_tokens_total', GEN_AI), 0)
  assert.equal(page.value('gen_ai_client_token_usage_count', { ...GEN_AI, gen_ai_token_type: 'input' }), 0)
  assert.equal(page.value('weir_prompt_tokens_count', { model: 'qwen3:4b' }), 0)
  assert.equal(page.value('weir_tokens_total', { tenant: 'team-a', model: 'qwen3:4b', kind: 'input' }), 0)
  assert.equal(page.value('weir_tenant_requests_total', { tenant: 'team-a', model: 'qwen3:4b' }), 1)
})

test('a failed request is no measurement of a successful one', async () => {
  const record = toRecord({
    stream: true,
    firstTokenMs: 300,
    outcome: 'backend_error',
    code: 'stream_interrupted',
    blame: 'backend',
    interruptedBy: 'backend',
    attempts: [toAttempt({ result: 'error', code: 'stream_interrupted' })],
  })
  const page = await openMetrics().pageAfter(record)
  const outcome = { model: 'qwen3:4b', backend: 'ollama', dialect: 'openai', outcome: 'backend_error' }
  assert.equal(page.value('weir_requests_total', { ...outcome, code: 'stream_interrupted' }), 1)
  assert.equal(page.value('weir_stream_interrupted_total', { by: 'backend' }), 1)
  assert.deepEqual(
    countAndSum(page, 'backend_call_duration_seconds', { backend: 'ollama', status: 'error' }),
    [1, 1.1995],
  )
  const failed = { ...GEN_AI, error_type: 'stream_interrupted' }
  assert.equal(page.value('gen_ai_server_request_duration_seconds_count', failed), 1)
  assert.equal(page.value('gen_ai_client_operation_duration_seconds_count', failed), 1)
  assert.equal(page.value('gen_ai_server_time_to_first_token_seconds_count', GEN_AI), 0)
  assert.equal(page.value('model_inference_duration_seconds_count', { model: 'qwen3:4b' }), 0)
  // The backend did the work and said so: its tokens count.
  assert.equal(page.value('gen_ai_client_inference_usage_output_tokens_total', GEN_AI), 40)
})

test('every attempt is one backend call, and those beyond the first are retries of where they went', async () => {
  const failed = toAttempt({ endedMs: 100.5, result: 'error', code: 'backend_unreachable' })
  const page = await openMetrics().pageAfter(
    toRecord({
      backend: 'vllm',
      provider: 'vllm',
      attempts: [
        failed,
        failed,
        toAttempt({ backend: 'vllm', provider: 'vllm', startedMs: 200, endedMs: 1_200 }),
      ],
    }),
  )
  assert.deepEqual(
    countAndSum(page, 'backend_call_duration_seconds', { backend: 'ollama', status: 'error' }),
    [2, 0.2],
  )
  assert.deepEqual(
    countAndSum(page, 'backend_call_duration_seconds', { backend: 'vllm', status: 'success' }),
    [1, 1],
  )
  assert.equal(page.value('weir_retries_total', { backend: 'ollama' }), 1)
  assert.equal(page.value('weir_retries_total', { backend: 'vllm' }), 1)
  const unnamed = { ...GEN_AI, gen_ai_response_model: '', error_type: 'backend_unreachable' }
  assert.equal(page.value('gen_ai_client_operation_duration_seconds_count', unnamed), 2)
  const named = { ...GEN_AI, gen_ai_provider_name: 'vllm', error_type: '' }
  assert.equal(page.value('gen_ai_client_operation_duration_seconds_count', named), 1)
})

test('an attempt that the caller abandoned is neither a success nor an error of the backend', async () => {
  const page = await openMetrics().pageAfter(
    toRecord({
      outcome: 'abandoned',
      code: 'client_closed',
      blame: 'caller',
      status: 499,
      attempts: [toAttempt({ result: 'abandoned', status: undefined })],
    }),
  )
  for (const status of ['success', 'error']) {
    assert.equal(page.value('backend_call_duration_seconds_count', { backend: 'ollama', status }), 0)
  }
  const left = { ...GEN_AI, error_type: 'client_closed' }
  assert.equal(page.value('gen_ai_client_operation_duration_seconds_count', left), 1)
  const where = { method: 'POST', endpoint: '/v1/chat/completions', status_code: '499' }
  assert.equal(page.value('http_requests_total', where), 1)
})

test('a request without a model or a backend is other and none, whatever it asked for', async () => {
  const page = await openMetrics().pageAfter(
    toRecord({
      modelAsked: 'no-such-model-' + 'x'.repeat(200),
      modelRouted: undefined,
      modelAnswered: undefined,
      backend: undefined,
      provider: undefined,
      attempts: [],
      outcome: 'caller_error',
      code: 'model_not_found',
      blame: 'caller',
      status: 404,
    }),
  )
  const unrouted = { model: 'other', backend: 'none', dialect: 'openai', outcome: 'caller_error' }
  assert.equal(page.value('weir_requests_total', { ...unrouted, code: 'model_not_found' }), 1)
  assert.ok(!JSON.stringify(page.samples).includes('no-such-model'))
})

test('a model name from a backend becomes a label only when it is one of ours', async () => {
  const page = await openMetrics().pageAfter(
    toRecord({ modelAnswered: 'qwen3-4b-instruct-2507' }),
    toRecord({ modelAnswered: undefined }),
  )
  const count = (answered: string) =>
    page.value('gen_ai_server_request_duration_seconds_count', {
      ...GEN_AI,
      gen_ai_response_model: answered,
      error_type: '',
    })
  assert.deepEqual([count('other'), count(''), count('qwen3:4b')], [1, 1, 0])
})

test('what the gateway turned away is counted by its reason', async () => {
  const page = await openMetrics().pageAfter(
    toRecord({ outcome: 'rejected', code: 'rate_limited', blame: 'policy', status: 429, attempts: [] }),
    toRecord({ outcome: 'gateway_error', code: 'draining', blame: 'gateway', status: 503, attempts: [] }),
    toRecord({ outcome: 'gateway_error', code: 'queue_full', blame: 'gateway', status: 503, attempts: [] }),
    toRecord({ outcome: 'gateway_error', code: 'internal', blame: 'gateway', status: 500, attempts: [] }),
    toRecord({ outcome: 'caller_error', code: 'unauthorized', blame: 'caller', status: 401, attempts: [] }),
  )
  const rejected = page.families.get('weir_rejected')?.samples.filter(({ value }) => value > 0)
  assert.deepEqual(rejected?.map(({ labels, value }) => [labels['reason'], value]).sort(), [
    ['draining', 1],
    ['queue_full', 1],
    ['rate_limited', 1],
  ])
})

test('a listing of models is a request, and no generation', async () => {
  const page = await openMetrics().pageAfter(
    toRecord({
      method: 'GET',
      endpoint: '/v1/models',
      operation: 'models',
      modelRouted: undefined,
      backend: undefined,
      attempts: [],
      usage: {
        promptTokens: undefined,
        outputTokens: undefined,
        cachedTokens: undefined,
        reasoningTokens: undefined,
      },
    }),
  )
  assert.equal(
    page.value('http_requests_total', { method: 'GET', endpoint: '/v1/models', status_code: '200' }),
    1,
  )
  const generated = page.families.get('gen_ai_server_request_duration_seconds')?.samples ?? []
  assert.ok(generated.every(({ value }) => value === 0))
})

test('invented methods make one series', async () => {
  const page = await openMetrics().pageAfter(
    ...['BREW', 'PROPFIND', 'X'].map((method) => toRecord({ method, endpoint: 'other', status: 404 })),
  )
  assert.equal(
    page.value('http_requests_total', { method: 'other', endpoint: 'other', status_code: '404' }),
    3,
  )
})

test('tenants are counted only when that was asked for', async () => {
  const off = await openMetrics().pageAfter(toRecord())
  assert.equal(off.families.has('weir_tenant_requests'), false)
  const on = await openMetrics({ tenants: true }).pageAfter(toRecord(), toRecord({ tenant: undefined }))
  assert.equal(on.value('weir_tenant_requests_total', { tenant: 'team-a', model: 'qwen3:4b' }), 1)
  assert.equal(on.value('weir_tenant_requests_total', { tenant: 'none', model: 'qwen3:4b' }), 1)
  assert.equal(on.value('weir_tokens_total', { tenant: 'team-a', model: 'qwen3:4b', kind: 'input' }), 120)
  assert.equal(on.value('weir_tokens_total', { tenant: 'team-a', model: 'qwen3:4b', kind: 'output' }), 40)
})

test('beyond a hundred, tenants share one series and the cut is counted', async () => {
  const records = Array.from({ length: 130 }, (_, at) => toRecord({ tenant: `tenant-${at}` }))
  const page = await openMetrics({ tenants: true }).pageAfter(...records, ...records)
  const counted = page.families.get('weir_tenant_requests')?.samples ?? []
  assert.equal(counted.length, 101)
  assert.equal(page.value('weir_tenant_requests_total', { tenant: 'other', model: 'qwen3:4b' }), 60)
  assert.equal(page.value('weir_series_limited_total', { metric: 'weir_tenant_requests_total' }), 30)
})
