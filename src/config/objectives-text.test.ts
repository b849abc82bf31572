import assert from 'node:assert/strict'
import { test } from 'node:test'
import { configOf } from './fixtures/validated.ts'
import { listObjectives } from './objectives-text.ts'

test('every objective is told in a line, translated ones as well', () => {
  const given = {
    slos: [
      {
        name: 'first',
        match: { model: 'qwen3*', tenant: 'north' },
        sli: { firstToken: '2s' },
        objective: '95%',
        window: 'month',
        exclude: ['cold'],
      },
      { name: 'gaps', sli: { interToken: '100ms' }, objective: '99%', window: '1d' },
      { name: 'guard', sli: { guard: '300ms' }, objective: '99%' },
    ],
    tenants: [{ name: 'north' }],
    sla_targets: { p95_response_time: '3000ms', availability: '99.5%', tokens_per_second: 20 },
  }
  assert.deepEqual(listObjectives(configOf(given)), [
    'first: 95% of first tokens within 2s over the month, model qwen3*, tenant north, without cold loads',
    'gaps: 99% of answers with gaps within 100ms over 1 day',
    'guard: 99% of guard checks within 300ms over 30 days',
    'p95-response-time: 95% of answers within 3s over 30 days',
    'availability: 99.5% of requests succeed over 30 days',
    'tokens-per-second: 95% of answers at 50ms per token or faster over 30 days',
  ])
})
