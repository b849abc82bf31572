import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toBackend, toLive } from './fixtures/live.ts'
import { ROUTES, openMetrics } from './fixtures/metrics.ts'
import { toRecord } from './fixtures/record.ts'

const PAIR = { model: 'qwen3:4b', backend: 'ollama' }

test('before the first request, what can happen to a configured model stands at 0', async () => {
  const page = await openMetrics().pageAfter()
  for (const [outcome, code] of [
    ['ok', ''],
    ['backend_error', 'backend_unreachable'],
    ['backend_error', 'first_token_timeout'],
    ['backend_error', 'stream_interrupted'],
    ['abandoned', 'client_closed'],
    ['gateway_error', 'internal'],
  ] as const) {
    for (const dialect of ['openai', 'ollama']) {
      assert.equal(
        page.value('weir_requests_total', { ...PAIR, dialect, outcome, code }),
        0,
        `${dialect} ${code}`,
      )
    }
  }
  const nowhere = {
    model: 'qwen3:4b',
    backend: 'none',
    dialect: 'openai',
    outcome: 'backend_error',
    code: 'no_backend',
  }
  assert.equal(page.value('weir_requests_total', nowhere), 0)
  for (const status_code of ['200', '401', '429', '499', '500', '502', '503', '504']) {
    const endpoint = { method: 'POST', endpoint: '/v1/chat/completions' }
    assert.equal(page.value('http_requests_total', { ...endpoint, status_code }), 0)
  }
  for (const status of ['success', 'error']) {
    assert.equal(page.value('backend_call_duration_seconds_count', { backend: 'ollama', status }), 0)
  }
  for (const by of ['caller', 'gateway', 'backend'])
    assert.equal(page.value('weir_stream_interrupted_total', { by }), 0)
  for (const reason of ['rate_limited', 'queue_full', 'draining'])
    assert.equal(page.value('weir_rejected_total', { reason }), 0)
  assert.equal(page.value('weir_retries_total', { backend: 'ollama' }), 0)
  assert.equal(page.value('weir_stream_stalls_total', PAIR), 0)
  assert.equal(page.value('weir_inter_token_seconds_count', PAIR), 0)
  assert.equal(page.value('weir_records_dropped_total', { reason: 'log_failed' }), 0)
  assert.equal(page.value('weir_series_limited_total', { metric: 'weir_requests_total' }), 0)
})

test('only dialects that the gateway speaks are started', async () => {
  const routes = ROUTES.filter(({ dialect }) => dialect === 'ollama')
  const page = await openMetrics({ routes }).pageAfter()
  const dialects = new Set(page.families.get('weir_requests')?.samples.map(({ labels }) => labels['dialect']))
  assert.deepEqual([...dialects], ['ollama'])
})

test('starting again changes no number and adds what was discovered since', async () => {
  const models = ['qwen3:4b']
  const live = { ...toLive(), models: () => models, backends: () => [toBackend({ models })] }
  const { metrics, pageAfter } = openMetrics({ live })
  await pageAfter(toRecord(), toRecord())
  const { lines } = metrics.usage()
  assert.deepEqual(metrics.prime(), { started: 0, left: 0 })
  assert.equal(metrics.usage().lines, lines)
  models.push('llama3')
  assert.ok(metrics.prime().started > 0)
  const page = await pageAfter()
  const ok = { backend: 'ollama', dialect: 'openai', outcome: 'ok', code: '' }
  assert.equal(page.value('weir_requests_total', { ...ok, model: 'qwen3:4b' }), 2)
  assert.equal(page.value('weir_requests_total', { ...ok, model: 'llama3' }), 0)
})

test('a long list of models leaves half of the room to what happens, and says what it left out', async () => {
  const models = Array.from({ length: 500 }, (_, at) => `model-${at}`)
  const live = toLive({ models, backends: [toBackend({ models })] })
  const { metrics, pageAfter } = openMetrics({ live })
  const { lines, most } = metrics.usage()
  assert.ok(lines <= most / 2 && lines > most / 2 - 30, `${lines} of ${most}`)
  assert.ok(metrics.prime().left > 1_000)
  const page = await pageAfter(toRecord({ modelRouted: 'model-499', modelAnswered: 'model-499' }))
  const ok = { model: 'model-499', backend: 'ollama', dialect: 'openai', outcome: 'ok', code: '' }
  assert.equal(page.value('weir_requests_total', ok), 1)
  assert.equal(
    page.value('weir_rejected_total', { reason: 'queue_full' }),
    0,
    'the cheap and important ones come first',
  )
})
