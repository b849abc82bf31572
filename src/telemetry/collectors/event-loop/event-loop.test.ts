import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createManualClock, sleep, systemClock } from '../../../core/clock.ts'
import { createEventLoopCollector } from './event-loop.ts'
import type { DelayHistogram } from './event-loop.ts'

/** Ticks in milliseconds, as the real one counts them: the timer's own 20 ms included. */
class FakeHistogram implements DelayHistogram {
  ticksMs: number[] = []
  isEnabled = false

  get max(): number {
    return Math.max(0, ...this.ticksMs) * 1e6
  }

  percentile(percentile: number): number {
    const sorted = this.ticksMs.toSorted((a, b) => a - b)
    return (sorted[Math.ceil((percentile / 100) * sorted.length) - 1] ?? 0) * 1e6
  }

  reset(): void {
    this.ticksMs = []
  }

  enable(): boolean {
    return (this.isEnabled = true)
  }

  disable(): boolean {
    this.isEnabled = false
    return true
  }
}

function openCollector() {
  const clock = createManualClock()
  const histograms: FakeHistogram[] = []
  const collector = createEventLoopCollector({
    clock,
    createHistogram: () => {
      const histogram = new FakeHistogram()
      histograms.push(histogram)
      return histogram
    },
  })
  const tick = (ms: number): void => {
    for (const { ticksMs } of histograms) ticksMs.push(ms)
  }
  return { clock, collector, histograms, tick }
}

test("the timer's own period is no delay", () => {
  const { collector, tick } = openCollector()
  for (let count = 0; count < 99; count += 1) tick(20)
  tick(270)
  assert.deepEqual(collector.read(), { p50Seconds: 0, p99Seconds: 0, maxSeconds: 0.25 })
})

test('before the first tick there is no delay', () => {
  assert.deepEqual(openCollector().collector.read(), { p50Seconds: 0, p99Seconds: 0, maxSeconds: 0 })
})

test('two readers see the same stall, each time they look within a minute of it', () => {
  const { clock, collector, tick } = openCollector()
  clock.advance(59_000)
  tick(1_020)
  for (const seconds of [0, 15, 15, 15, 14]) {
    clock.advance(seconds * 1_000)
    assert.equal(collector.read().maxSeconds, 1)
    assert.equal(collector.read().maxSeconds, 1)
  }
})

test('a stall is forgotten two minutes later at most', () => {
  const { clock, collector, tick } = openCollector()
  clock.advance(60_000)
  tick(1_020)
  clock.advance(120_000)
  assert.equal(collector.read().maxSeconds, 0)
})

test('closing stops the monitors and the timer', () => {
  const { clock, collector, histograms, tick } = openCollector()
  collector.close()
  assert.ok(histograms.every(({ isEnabled }) => !isEnabled))
  tick(520)
  clock.advance(600_000)
  assert.equal(collector.read().maxSeconds, 0.5)
})

test('the real monitor sees a stalled event loop', async () => {
  const collector = createEventLoopCollector({ clock: systemClock })
  await sleep(systemClock, 60)
  const until = systemClock.now() + 150
  while (systemClock.now() < until);
  await sleep(systemClock, 60)
  const { maxSeconds } = collector.read()
  collector.close()
  assert.ok(maxSeconds > 0.1 && maxSeconds < 60, `${maxSeconds} s`)
})
