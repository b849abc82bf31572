import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CATALOGUE, metricNames, seriesNames } from './catalogue.ts'
import { LIBRARY_METRICS } from './catalogue/library.ts'
import { createProcessCollector } from './collectors/process/process.ts'
import type { MetricDefinition } from './catalogue/definition.ts'

const definitions: readonly MetricDefinition[] = Object.values(CATALOGUE)

test('every metric is named once', () => {
  const names = metricNames()
  assert.equal(new Set(names).size, names.length)
})

test('names and labels are spelled as Prometheus wants them', () => {
  for (const { name, type, labels, help } of definitions) {
    assert.match(name, /^[a-z][a-z0-9_]*$/)
    assert.equal(name.endsWith('_total'), type === 'counter', `${name} is a ${type}`)
    assert.doesNotMatch(name, /_(bucket|sum|count|info_total|ms|milliseconds)$/)
    for (const label of labels) {
      assert.match(label, /^[a-z][a-z0-9_]*$/)
      // le and quantile belong to the formats; the others belong to the scraper.
      assert.ok(!['le', 'quantile', 'job', 'instance'].includes(label), `${name}{${label}}`)
    }
    assert.equal(new Set(labels).size, labels.length)
    assert.match(help, /\S[.)]$/, `${name} needs a sentence`)
  }
})

test('no label can hold a key, a request id, a path or an address; a tenant only on the three opt-in counters', () => {
  const withTenant = definitions.filter(({ labels }) => labels.includes('tenant')).map(({ name }) => name)
  assert.deepEqual(withTenant.sort(), ['weir_cost_total', 'weir_tenant_requests_total', 'weir_tokens_total'])
  for (const { labels } of definitions) {
    for (const banned of ['key', 'user', 'request_id', 'path', 'url', 'client', 'address', 'ip']) {
      assert.ok(!labels.includes(banned))
    }
  }
})

test('bucket bounds rise and are positive', () => {
  for (const definition of definitions) {
    if (definition.type !== 'histogram') continue
    assert.ok(definition.bounds.length > 0)
    for (const [at, bound] of definition.bounds.entries()) {
      assert.ok(bound > (definition.bounds[at - 1] ?? 0), `${definition.name} at ${at}`)
    }
  }
})

test('the names that dashboards and guides depend on are there with their labels', () => {
  const labelsOf = Object.fromEntries(definitions.map(({ name, labels }) => [name, labels.join(',')]))
  assert.equal(labelsOf['http_requests_total'], 'method,endpoint,status_code')
  assert.equal(labelsOf['http_request_duration_seconds'], 'method,endpoint')
  assert.equal(labelsOf['backend_call_duration_seconds'], 'backend,status')
  assert.equal(labelsOf['model_inference_duration_seconds'], 'model')
  assert.equal(labelsOf['active_connections'], '')
  assert.equal(labelsOf['weir_requests_total'], 'model,backend,dialect,outcome,code')
  assert.equal(labelsOf['weir_phase_seconds'], 'phase,backend')
  assert.equal(labelsOf['weir_overhead_seconds'], 'dialect')
  assert.equal(labelsOf['weir_inter_token_seconds'], 'model,backend')
  const genAi = 'gen_ai_operation_name,gen_ai_provider_name,gen_ai_request_model,gen_ai_response_model'
  assert.equal(labelsOf['gen_ai_server_request_duration_seconds'], `${genAi},error_type`)
  assert.equal(labelsOf['gen_ai_client_operation_duration_seconds'], `${genAi},error_type`)
  assert.equal(labelsOf['gen_ai_client_token_usage'], `${genAi},gen_ai_token_type`)
})

test('a histogram is three names for PromQL, a counter one', () => {
  const names = seriesNames()
  assert.ok(names.includes('http_request_duration_seconds_bucket'))
  assert.ok(!names.includes('http_request_duration_seconds'))
  assert.ok(names.includes('http_requests_total') && names.includes('nodejs_gc_duration_seconds_count'))
})

test("the list of the library's metrics is what the library really exposes", async () => {
  const families = await createProcessCollector().collect()
  const exposed = Object.fromEntries(families.map(({ name, type }) => [name, type]))
  assert.deepEqual(exposed, { ...LIBRARY_METRICS })
})
