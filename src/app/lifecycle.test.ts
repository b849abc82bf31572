import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createManualClock } from '../core/clock.ts'
import { createLifecycle } from './lifecycle.ts'

const CLOSE_TIMEOUT_MS = 5_000

/** Lets every promise that can settle do so. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

test('things close in the reverse order of their opening, one after the other', async () => {
  const lifecycle = createLifecycle(createManualClock())
  const said: string[] = []
  for (const name of ['store', 'metrics', 'listener']) {
    lifecycle.onClose(name, async () => {
      said.push(`${name} closes`)
      await settle()
      said.push(`${name} closed`)
    })
  }
  assert.deepEqual(await lifecycle.close(), [])
  assert.deepEqual(said, [
    ...['listener closes', 'listener closed', 'metrics closes', 'metrics closed'],
    ...['store closes', 'store closed'],
  ])
})

test('what fails to close is named, and the rest closes all the same', async () => {
  const lifecycle = createLifecycle(createManualClock())
  let closed = false
  lifecycle.onClose('first', () => {
    closed = true
  })
  lifecycle.onClose('throws', () => {
    throw new Error('no')
  })
  lifecycle.onClose('rejects', () => Promise.reject(new Error('no')))
  assert.deepEqual(await lifecycle.close(), ['rejects', 'throws'])
  assert.ok(closed)
})

test('what does not close in its time is named, and the next has its turn', async () => {
  const clock = createManualClock()
  const lifecycle = createLifecycle(clock)
  let closed = false
  lifecycle.onClose('first', () => {
    closed = true
  })
  lifecycle.onClose('hangs', () => new Promise(() => undefined))
  const unfinished = lifecycle.close()
  await settle()
  clock.advance(CLOSE_TIMEOUT_MS - 1)
  await settle()
  assert.equal(closed, false)
  clock.advance(1)
  assert.deepEqual(await unfinished, ['hangs'])
  assert.ok(closed)
})

test('closing twice closes once, and both are told the same', async () => {
  const lifecycle = createLifecycle(createManualClock())
  let count = 0
  lifecycle.onClose('once', () => {
    count += 1
    throw new Error('no')
  })
  assert.deepEqual(await Promise.all([lifecycle.close(), lifecycle.close()]), [['once'], ['once']])
  assert.deepEqual(await lifecycle.close(), ['once'])
  assert.equal(count, 1)
})
