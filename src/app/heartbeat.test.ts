import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createManualClock } from '../core/clock.ts'
import { toObjective } from '../slo/fixtures/objective.ts'
import { createMinuteCounter } from '../slo/minutes.ts'
import { keepBeating } from './heartbeat.ts'

const MINUTE_MS = 60_000
const START_MS = 1_700_000_040_000

test('each minute in which the gateway is there has a row of each objective, and is brought to the store', () => {
  const clock = createManualClock(START_MS)
  const counter = createMinuteCounter(clock)
  counter.replace([toObjective({ name: 'a' }), toObjective({ name: 'b' })], { at: () => undefined })
  let nudges = 0
  const rows = new Map<string, number>()
  const take = (): void => {
    nudges += 1
    const taken = counter.takeMinutes()
    for (const { objective, minute, good, total, excluded } of taken) {
      assert.deepEqual([good, total, excluded], [0, 0, 0])
      const key = `${objective} ${minute - START_MS / MINUTE_MS}`
      rows.set(key, (rows.get(key) ?? 0) + 1)
    }
    counter.noteWritten(taken)
  }
  const stop = keepBeating({ clock, counter, buffer: { nudge: take } })
  clock.advance(2 * MINUTE_MS)
  stop()
  clock.advance(5 * MINUTE_MS)
  const once = ['a 0', 'b 0', 'a 1', 'b 1', 'a 2', 'b 2'].map((key) => [key, 1])
  assert.deepEqual([...rows], once)
  assert.equal(nudges, 9)
})
