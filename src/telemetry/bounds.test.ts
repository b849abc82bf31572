import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withThresholds } from './bounds.ts'
import { REQUEST_METRICS } from './catalogue/requests.ts'

test('a threshold is a bound of every histogram of its kind, and of no other', () => {
  const metrics = withThresholds({ durationS: [4.5], firstTokenS: [0.8], gapS: [0.06] })
  const withBound = (bound: number): readonly string[] =>
    Object.values(metrics).flatMap((metric) =>
      metric.type === 'histogram' && metric.bounds.includes(bound) ? [metric.name] : [],
    )
  assert.deepEqual(withBound(0.8), ['gen_ai_server_time_to_first_token_seconds'])
  assert.deepEqual(withBound(0.06), [
    'gen_ai_server_time_per_output_token_seconds',
    'weir_inter_token_seconds',
  ])
  const durations = withBound(4.5)
  assert.ok(durations.includes('http_request_duration_seconds'))
  assert.ok(!durations.includes('weir_phase_seconds'))
})

test('without thresholds the metrics are those of the catalogue', () => {
  const metrics = withThresholds({ durationS: [], firstTokenS: [], gapS: [] })
  assert.deepEqual(metrics, REQUEST_METRICS)
})
