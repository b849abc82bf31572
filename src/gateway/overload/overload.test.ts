import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Clock } from '../../core/clock.ts'
import { Overload, type OverloadChange } from './overload.ts'

const LIMITS = { maxLoopDelay: 500, maxHeap: 0.9 }
const PERIOD_MS = 100

/** A clock whose timer comes when it is told to, however late. */
function createLateClock(): { clock: Clock; tick: (lateMs?: number) => void; isStopped: () => boolean } {
  let nowMs = 0
  let callback: (() => void) | undefined
  return {
    clock: {
      now: () => nowMs,
      wall: () => 0,
      after: () => () => undefined,
      every: (periodMs, call) => {
        assert.equal(periodMs, PERIOD_MS)
        callback = call
        return () => (callback = undefined)
      },
    },
    tick(lateMs = 0) {
      nowMs += PERIOD_MS + lateMs
      callback?.()
    },
    isStopped: () => callback === undefined,
  }
}

function start(limits = LIMITS) {
  const late = createLateClock()
  const changes: OverloadChange[] = []
  const state = { memory: 0.2, limits }
  const overload = new Overload({
    clock: late.clock,
    limits: () => state.limits,
    memoryRatio: () => state.memory,
    onChange: (change) => void changes.push(change),
  })
  const ticks = (count: number, lateMs = 0): void => {
    for (let i = 0; i < count; i += 1) late.tick(lateMs)
  }
  return { overload, changes, state, ticks, isStopped: late.isStopped }
}

test('a timer that comes late once is no overload', () => {
  const { overload, ticks, changes } = start()
  for (let i = 0; i < 5; i += 1) {
    ticks(1, 3_000)
    assert.equal(overload.strain, undefined)
    ticks(1)
  }
  assert.deepEqual(changes, [])
})

test('a timer that comes late twice in a row is, until a second has passed without', () => {
  const { overload, ticks, changes } = start()
  ticks(1, 501)
  ticks(1, 700)
  assert.equal(overload.strain, 'loop')
  ticks(9)
  assert.equal(overload.strain, 'loop', 'it does not flap')
  ticks(1, 300)
  ticks(9)
  assert.equal(overload.strain, 'loop', 'half of the delay is not calm')
  ticks(1, 250)
  assert.equal(overload.strain, undefined)
  assert.deepEqual(
    changes.map(({ strain, begins }) => [strain, begins]),
    [
      ['loop', true],
      ['loop', false],
    ],
  )
  assert.equal(changes[0]?.measured, 'timers come 700 ms late, 500 ms are allowed')
})

test('a delay at the limit is not over it', () => {
  const { overload, ticks } = start()
  ticks(20, 500)
  assert.equal(overload.strain, undefined)
})

test('memory over its share is overload at once, until a tenth of the limit is free again', () => {
  const { overload, ticks, state, changes } = start()
  state.memory = 0.91
  ticks(1)
  assert.equal(overload.strain, 'memory')
  state.memory = 0.81
  ticks(30)
  assert.equal(overload.strain, 'memory')
  state.memory = 0.79
  ticks(9)
  assert.equal(overload.strain, 'memory')
  ticks(1)
  assert.equal(overload.strain, undefined)
  assert.deepEqual(
    changes.map(({ measured }) => measured),
    [
      'heap and buffers take 91 % of the heap limit, 90 % are allowed',
      'heap and buffers take 79 % of the heap limit, 90 % are allowed',
    ],
  )
})

test('of two strains memory is named, and the other one is left when it ends', () => {
  const { overload, ticks, state } = start()
  ticks(2, 600)
  state.memory = 0.95
  ticks(1, 600)
  assert.equal(overload.strain, 'memory')
  state.memory = 0.1
  ticks(10, 600)
  assert.equal(overload.strain, 'loop')
})

test('other limits hold from the next look on', () => {
  const { overload, ticks, state } = start()
  ticks(4, 400)
  assert.equal(overload.strain, undefined)
  state.limits = { ...LIMITS, maxLoopDelay: 300 }
  ticks(2, 400)
  assert.equal(overload.strain, 'loop')
})

test('closing stops the timer', () => {
  const { overload, isStopped } = start()
  overload.close()
  assert.equal(isStopped(), true)
})

test('a limit of memory that is lower than its margin can still be calm again', () => {
  const { overload, ticks, state } = start({ maxLoopDelay: 500, maxHeap: 0.08 })
  state.memory = 0.09
  ticks(1)
  assert.equal(overload.strain, 'memory')
  state.memory = 0.05
  ticks(20)
  assert.equal(overload.strain, 'memory', 'between the two it stays what it is')
  state.memory = 0.04
  ticks(10)
  assert.equal(overload.strain, undefined)
})

test('how long the thread stood still adds up, also while no timer could tell, and a little lateness is none', () => {
  const late = createLateClock()
  const options = { limits: () => LIMITS, memoryRatio: () => 0.2, onChange: () => undefined }
  const overload = new Overload({ clock: late.clock, ...options })
  late.tick(19)
  assert.equal(overload.stalledMs(late.clock.now()), 0)
  late.tick(300)
  late.tick()
  assert.equal(overload.stalledMs(late.clock.now()), 300)
  assert.equal(overload.stalledMs(late.clock.now() + PERIOD_MS + 50), 350)
})
