import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PHASES } from '../../src/core/record.ts'
import type { RequestRecord } from '../../src/core/record.ts'
import { seal } from '../../src/gateway/seal.ts'
import { MODEL } from '../messages.ts'
import { SAMPLE_NAMES } from './jobs.ts'
import type { SampleName } from './jobs.ts'
import { SAMPLES, STREAM_TOKENS } from './samples.ts'

const END = { ms: 60_000, wallMs: 1_700_000_000_000 }

function toRecord(name: SampleName): RequestRecord {
  const { exchange, endedMs } = SAMPLES[name](END)
  return seal(exchange, endedMs)
}

for (const name of SAMPLE_NAMES) {
  test(`the phases of "${name}" add up to its duration, with the least for the gateway that a clock can tell`, () => {
    const { phases, durationMs } = toRecord(name)
    const sumMs = PHASES.reduce((sum, phase) => sum + phases[phase], 0)
    assert.ok(Math.abs(sumMs - durationMs) < 1e-6, `${sumMs} is not ${durationMs}`)
    assert.ok(phases.gateway > 0 && phases.gateway < 1, `gateway took ${phases.gateway} ms`)
  })

  test(`"${name}" ends at the given moment, and never twice alike`, () => {
    const [one, other] = [toRecord(name), toRecord(name)]
    assert.ok(Math.abs(one.startedAtMs + one.durationMs - END.wallMs) < 1)
    assert.notEqual(one.id, other.id)
    assert.notEqual(one.durationMs, other.durationMs)
  })
}

test('a whole chat has the usage and the finish reason of the stub’s answer, and no gaps', () => {
  const record = toRecord('whole chat')
  assert.deepEqual([record.outcome, record.status, record.stream], ['ok', 200, false])
  assert.deepEqual([record.modelAsked, record.modelRouted, record.modelAnswered], [MODEL, MODEL, MODEL])
  assert.deepEqual([record.usage.promptTokens, record.usage.outputTokens], [230, 90])
  assert.deepEqual([record.finishReason, record.attempts.length, record.key], ['stop', 1, 'bench'])
  assert.equal(record.gaps, undefined)
})

test('a streamed chat has one gap fewer than tokens, in several buckets, and a wait before the first', () => {
  const { gaps, firstTokenMs, phases, stream, usage } = toRecord('streamed chat')
  assert.equal(stream, true)
  assert.equal(usage.outputTokens, STREAM_TOKENS)
  assert.equal(gaps?.count, STREAM_TOKENS - 1)
  assert.ok(gaps.counts.filter((count) => count > 0).length > 2)
  assert.ok(firstTokenMs !== undefined && firstTokenMs > phases.prefill && phases.decode > phases.prefill)
})

test('a refusal knows neither route, model nor backend', () => {
  const record = toRecord('refused, 404')
  assert.deepEqual([record.endpoint, record.operation, record.status], ['other', 'other', 404])
  assert.deepEqual([record.outcome, record.code], ['caller_error', 'invalid_request'])
  assert.deepEqual([record.modelAsked, record.backend, record.attempts], [undefined, undefined, []])
})
