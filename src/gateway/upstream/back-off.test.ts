import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createManualClock } from '../../core/clock.ts'
import { WeirError } from '../../core/errors.ts'
import { backOffMs, Pause } from './back-off.ts'

test('the range doubles with each retry up to a second, and a pause is anywhere in it', () => {
  assert.deepEqual(
    [1, 2, 3, 6, 7, 60].map((retry) => backOffMs(retry, 1)),
    [50, 100, 200, 1_000, 1_000, 1_000],
  )
  assert.deepEqual(
    [0, 0.5].map((random) => backOffMs(1, random)),
    [0, 25],
  )
})

test('a pause is over when its time is, and at once when the request is cancelled', async () => {
  const clock = createManualClock()
  const over: string[] = []
  const slept = new Pause(clock, 100)
  const cut = new Pause(clock, 100)
  void slept.over.then(() => over.push('slept'))
  void cut.over.then(() => over.push('cut'))
  cut.cancel(new WeirError('client_closed'))
  await Promise.resolve()
  assert.deepEqual(over, ['cut'])
  clock.advance(99)
  await Promise.resolve()
  assert.deepEqual(over, ['cut'])
  clock.advance(1)
  await Promise.resolve()
  assert.deepEqual(over, ['cut', 'slept'])
})
