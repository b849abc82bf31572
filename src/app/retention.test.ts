import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createManualClock } from '../core/clock.ts'
import { RecordStoreError, type Retention } from '../records/store.ts'
import type { Logger } from '../telemetry/log.ts'
import { keepRetained } from './retention.ts'

const EVERY_MS = 120_000
const settings = { keep: 7, keepMinutes: 35, keepHours: 400, maxSize: 10 }

function settle(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve))
}

function createStage() {
  const clock = createManualClock()
  const asked: Retention[] = []
  const times: number[] = []
  const said: string[] = []
  const say = (message: string): void => void said.push(message)
  const logger: Logger = { debug: say, info: say, warn: say, error: say }
  const answer = { removed: 0, refuses: false, hold: Promise.resolve() }
  const store = {
    async retain(retention: Retention, nowMs: number) {
      asked.push(retention)
      times.push(nowMs)
      await answer.hold
      if (answer.refuses) throw new RecordStoreError('locked', 'no')
      return { records: answer.removed, minutes: 0, hours: 0 }
    },
  }
  return { clock, store, logger, asked, times, said, answer }
}

test('what is old goes at the start and every two minutes, by the settings of that time', async () => {
  const { clock, store, logger, asked } = createStage()
  let current = settings
  const stop = keepRetained({ store, clock, logger, settings: () => current })
  await settle()
  const first = { recordsMs: 7, minutesMs: 35, hoursMs: 400, maxBytes: 10 }
  assert.deepEqual(asked, [first])
  current = { ...settings, keep: 1 }
  clock.advance(EVERY_MS)
  await settle()
  assert.deepEqual(asked.slice(1), [{ ...first, recordsMs: 1 }])
  stop()
  clock.advance(10 * EVERY_MS)
  assert.equal(asked.length, 2)
})

test('a pass that takes long is not overtaken by the next', async () => {
  const { clock, store, logger, asked, answer } = createStage()
  let go = (): void => undefined
  answer.hold = new Promise((resolve) => (go = resolve))
  const stop = keepRetained({ store, clock, logger, settings: () => settings })
  clock.advance(3 * EVERY_MS)
  assert.equal(asked.length, 1)
  go()
  await settle()
  clock.advance(EVERY_MS)
  assert.equal(asked.length, 2)
  stop()
})

test('what fails again and again is told once, until it worked', async () => {
  const { clock, store, logger, said, answer } = createStage()
  answer.refuses = true
  const stop = keepRetained({ store, clock, logger, settings: () => settings })
  for (let pass = 0; pass < 3; pass += 1) {
    await settle()
    clock.advance(EVERY_MS)
  }
  await settle()
  assert.deepEqual(said, ['old records could not be removed'])
  answer.refuses = false
  answer.removed = 4
  clock.advance(EVERY_MS)
  await settle()
  answer.refuses = true
  clock.advance(EVERY_MS)
  await settle()
  assert.deepEqual(said.slice(1), ['old records were removed', 'old records could not be removed'])
  stop()
})

test('a wall clock that is set forward by years makes nothing old, and one that is set back nothing older', async () => {
  const { clock, store, logger, times } = createStage()
  const startMs = clock.wall()
  const stop = keepRetained({ store, clock, logger, settings: () => settings })
  await settle()
  clock.jumpWall(10 * 365 * 86_400_000)
  clock.advance(EVERY_MS)
  await settle()
  clock.jumpWall(-20 * 365 * 86_400_000)
  clock.advance(EVERY_MS)
  await settle()
  assert.deepEqual(times.slice(0, 2), [startMs, startMs + EVERY_MS + 3_600_000])
  assert.ok((times[2] ?? 0) < startMs)
  stop()
})
