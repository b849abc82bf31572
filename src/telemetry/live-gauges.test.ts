import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createManualClock } from '../core/clock.ts'
import { collectLiveGauges } from './live-gauges.ts'
import { toBackend, toLive } from './fixtures/live.ts'
import type { GivenLive } from './fixtures/live.ts'

/** Values by name and label values, as `name{a,b}`. */
function read(given: GivenLive, nowMs = 0): Record<string, number> {
  const clock = createManualClock()
  clock.advance(nowMs)
  const values: Record<string, number> = {}
  for (const { name, samples } of collectLiveGauges(toLive(given), clock)) {
    for (const { labels, value } of samples)
      values[`${name}{${labels.map(([, text]) => text).join(',')}}`] = value
  }
  return values
}

test('requests in flight are told by model, and every known model is there', () => {
  const values = read({
    connections: 5,
    models: ['a', 'b'],
    inflight: [
      { id: '1', model: 'a', startedMs: 0 },
      { id: '2', model: 'a', startedMs: 0 },
      { id: '3', model: undefined, startedMs: 0 },
      { id: '4', model: 'gone-since-the-reload', startedMs: 0 },
    ],
  })
  assert.equal(values['active_connections{}'], 5)
  assert.equal(values['weir_inflight_requests{a}'], 2)
  assert.equal(values['weir_inflight_requests{b}'], 0)
  assert.equal(values['weir_inflight_requests{other}'], 2)
})

test('requests in flight are told by age, and a bound belongs to the older side', () => {
  const nowMs = 1_000_000
  const ages = [0, 999, 1_000, 9_999, 10_000, 60_000, 299_999, 300_000, 900_000]
  const values = read(
    { inflight: ages.map((age, at) => ({ id: String(at), model: 'a', startedMs: nowMs - age })) },
    nowMs,
  )
  const counts = ['<1s', '1-10s', '10-60s', '60-300s', '>300s'].map(
    (age) => values[`weir_inflight_age_seconds{${age}}`],
  )
  assert.deepEqual(counts, [2, 2, 1, 2, 2])
})

test('a backend shows its probe, circuit, connections and slots', () => {
  const values = read({ backends: [toBackend({ circuit: 'half-open', queueDepth: 7 })] })
  assert.equal(values['weir_backend_up{ollama}'], 1)
  assert.equal(values['weir_backend_probe_seconds{ollama}'], 0.0125)
  assert.deepEqual(
    ['closed', 'half-open', 'open'].map((state) => values[`weir_backend_circuit_state{ollama,${state}}`]),
    [0, 1, 0],
  )
  assert.deepEqual(
    ['connected', 'free', 'running', 'pending'].map(
      (state) => values[`weir_backend_pool_connections{ollama,${state}}`],
    ),
    [3, 2, 1, 0],
  )
  assert.equal(values['weir_slots_in_use{ollama}'], 1)
  assert.equal(values['weir_slots_limit{ollama}'], 4)
  assert.equal(values['weir_queue_depth{ollama}'], 7)
})

test('what is not known is absent, not 0', () => {
  const values = read({
    backends: [toBackend({ up: undefined, probeSeconds: undefined, slotsLimit: undefined })],
  })
  for (const name of ['weir_backend_up', 'weir_backend_probe_seconds', 'weir_slots_limit']) {
    assert.equal(values[`${name}{ollama}`], undefined)
  }
  assert.equal(read({ backends: [toBackend({ up: false })] })['weir_backend_up{ollama}'], 0)
})

test('a thousand models do not make a thousand series', () => {
  const models = Array.from({ length: 1_000 }, (_, at) => `model-${at}`)
  const values = read({ models, inflight: [{ id: '1', model: 'model-999', startedMs: 0 }] })
  const shown = Object.keys(values).filter((key) => key.startsWith('weir_inflight_requests'))
  assert.equal(shown.length, 101)
  assert.equal(values['weir_inflight_requests{other}'], 1)
})
