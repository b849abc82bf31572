import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PLAIN, toStackInput } from '../../../test/agreement/support/stack-input.ts'
import type { Written } from '../../../test/support/weir.ts'
import { toCovered } from './covered.ts'

const coveredBy = (written: Written) => {
  const { errors, latency, gauges } = toCovered(toStackInput({ ...PLAIN, ...written }).rules)
  return { errors, latency, gauges: [...gauges] }
}
const NOTHING = { errors: false, latency: false, gauges: [] }
const rule = (written: Written): Written => ({ alerts: { rules: [{ name: 'r', ...written }] } })
const slo = (written: Written): Written => ({ slos: [{ name: 's', objective: '95%', ...written }] })

test('a configuration that promises nothing covers nothing', () => {
  assert.deepEqual(coveredBy({}), NOTHING)
})

test('what is promised or watched for all requests is covered', () => {
  assert.deepEqual(coveredBy(slo({ sli: 'availability' })), { ...NOTHING, errors: true })
  assert.deepEqual(coveredBy(slo({ sli: { firstToken: '2s' } })), { ...NOTHING, latency: true })
  assert.deepEqual(coveredBy(rule({ measure: 'errors', above: '1%' })), { ...NOTHING, errors: true })
  assert.deepEqual(coveredBy(rule({ measure: 'duration', above: '3s' })), { ...NOTHING, latency: true })
  assert.deepEqual(coveredBy({ sla_targets: { p95_response_time: '3000ms', availability: '99.5%' } }), {
    ...NOTHING,
    errors: true,
    latency: true,
  })
})

test('what is promised for some requests says nothing about the others', () => {
  const match = { model: 'qwen3*' }
  assert.deepEqual(coveredBy(slo({ sli: 'availability', match })), NOTHING)
  assert.deepEqual(coveredBy(rule({ measure: 'duration', above: '3s', match })), NOTHING)
  assert.deepEqual(coveredBy(slo({ sli: 'availability', match: { model: '*' } })), {
    ...NOTHING,
    errors: true,
  })
})

test('how fast tokens come says nothing about how long an answer takes', () => {
  assert.deepEqual(coveredBy(slo({ sli: { perToken: '50ms' } })), NOTHING)
})

test('a reading that a rule compares is covered', () => {
  assert.deepEqual(coveredBy(rule({ measure: 'hostDisk', above: '90%' })), {
    ...NOTHING,
    gauges: ['hostDisk'],
  })
})
