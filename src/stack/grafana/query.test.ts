import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CATALOGUE } from '../../telemetry/catalogue.ts'
import { createAsk, toBound, toShare } from './query.ts'

const ask = createAsk([{ label: 'job', operator: '=~', value: '$job' }])
const anyone = createAsk([])

test('each way to narrow a question is the operator that it says', () => {
  const select = (outcome: Parameters<typeof anyone.select<typeof CATALOGUE.requests>>[1]): string =>
    anyone.select(CATALOGUE.requests, outcome)
  assert.equal(select({ outcome: 'ok' }), 'weir_requests_total{outcome="ok"}')
  assert.equal(select({ outcome: '$outcome' }), 'weir_requests_total{outcome=~"$outcome"}')
  assert.equal(select({ code: { not: '' } }), 'weir_requests_total{code!=""}')
  assert.equal(select({ code: { matches: 'a|b' } }), 'weir_requests_total{code=~"a|b"}')
  assert.equal(select({ code: { notMatches: 'a.*' } }), 'weir_requests_total{code!~"a.*"}')
  assert.equal(select({}), 'weir_requests_total')
  assert.equal(ask.select(CATALOGUE.activeConnections), 'active_connections{job=~"$job"}')
})

test('a label that a metric does not have is no question', () => {
  // @ts-expect-error the checker is what keeps panels from being empty
  assert.equal(anyone.select(CATALOGUE.backendUp, { model: 'x' }), 'weir_backend_up{model="x"}')
  // @ts-expect-error nor can be grouped by one
  assert.equal(anyone.rate(CATALOGUE.retries, { by: ['model'] }).length > 0, true)
  // @ts-expect-error a gauge has no rate
  assert.equal(anyone.rate(CATALOGUE.backendUp).length > 0, true)
})

test('rates are summed over gateways, quantiles taken of the sum of their buckets', () => {
  assert.equal(
    ask.rate(CATALOGUE.retries, { by: ['backend'] }),
    'sum by (backend) (rate(weir_retries_total{job=~"$job"}[$__rate_interval]))',
  )
  assert.equal(
    anyone.quantile(0.95, CATALOGUE.queueWait, { by: ['backend'], over: '1h' }),
    'histogram_quantile(0.95, sum by (backend, le) (rate(weir_queue_wait_seconds_bucket[1h])))',
  )
  assert.equal(
    anyone.mean(CATALOGUE.queueWait),
    'sum (rate(weir_queue_wait_seconds_sum[$__rate_interval])) / sum (rate(weir_queue_wait_seconds_count[$__rate_interval]))',
  )
})

test('a share of nothing is no number, and a part that never happened is none of it', () => {
  assert.equal(toShare('part', 'whole'), '(part or 0 * whole) / (whole > 0)')
})

test('a bound matches as either version of Prometheus writes it, and must be one', () => {
  const bound = toBound(CATALOGUE.promptTokens, 16_384)
  assert.ok('matches' in bound)
  const pattern = new RegExp(`^(?:${bound.matches})$`)
  assert.deepEqual(
    ['16384', '16384.0', '163840', '16384.5'].map((le) => pattern.test(le)),
    [true, true, false, false],
  )
  const half = toBound(CATALOGUE.overhead, 0.25)
  assert.ok('matches' in half && new RegExp(`^(?:${half.matches})$`).test('0.25'))
  assert.ok(!new RegExp(`^(?:${half.matches})$`).test('0325'))
  assert.throws(() => toBound(CATALOGUE.promptTokens, 16_000), /no bucket ends at 16000/)
})
