import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createManualClock } from '../core/clock.ts'
import { createBatch } from './batch.ts'

function openBatch(most: number) {
  const clock = createManualClock()
  const worked: number[][] = []
  const batch = createBatch<number>({ clock, most, delayMs: 200, work: (items) => worked.push([...items]) })
  return { clock, worked, batch }
}

test('items wait for the moment, then are worked on together and in order', () => {
  const { clock, worked, batch } = openBatch(10)
  batch.push(1)
  clock.advance(199)
  batch.push(2)
  assert.deepEqual(worked, [])
  clock.advance(1)
  assert.deepEqual(worked, [[1, 2]])
})

test('the wait begins with the first item, and an empty batch has no timer', () => {
  const { clock, worked, batch } = openBatch(10)
  clock.advance(1_000)
  batch.push(1)
  clock.advance(199)
  assert.deepEqual(worked, [])
  clock.advance(1)
  batch.push(2)
  clock.advance(200)
  clock.advance(5_000)
  assert.deepEqual(worked, [[1], [2]])
})

test('a full batch is worked on at once', () => {
  const { clock, worked, batch } = openBatch(3)
  for (const item of [1, 2, 3, 4]) batch.push(item)
  assert.deepEqual(worked, [[1, 2, 3]])
  clock.advance(200)
  assert.deepEqual(worked, [[1, 2, 3], [4]])
})

test('flushing works on what waits, once', () => {
  const { clock, worked, batch } = openBatch(10)
  batch.push(1)
  batch.flush()
  batch.flush()
  clock.advance(1_000)
  assert.deepEqual(worked, [[1]])
})

test('an early flush does not shorten the wait of what comes after it', () => {
  const { clock, worked, batch } = openBatch(10)
  batch.push(1)
  clock.advance(100)
  batch.flush()
  clock.advance(50)
  batch.push(2)
  clock.advance(199)
  assert.deepEqual(worked, [[1]])
  clock.advance(1)
  assert.deepEqual(worked, [[1], [2]])
})

test('what is pushed by the work itself is worked on later, not lost', () => {
  const clock = createManualClock()
  const worked: number[] = []
  const batch = createBatch<number>({
    clock,
    most: 2,
    delayMs: 200,
    work(items) {
      worked.push(...items)
      if (items.includes(1)) batch.push(3)
    },
  })
  batch.push(1)
  batch.push(2)
  assert.deepEqual(worked, [1, 2])
  clock.advance(200)
  assert.deepEqual(worked, [1, 2, 3])
})
