import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseRetention } from './retention.ts'

const DAY_MS = 86_400_000

test('durations of Prometheus are read, years too; a size alone bounds no time', () => {
  const read = ['15d', '30d or 10GiB', '2w3d', '1y', '1y2w', '10GiB', '0s', '', 'soon'].map(parseRetention)
  const days = read.map((ms) => (ms === undefined ? undefined : ms / DAY_MS))
  assert.deepEqual(days, [15, 30, 17, 365, 379, undefined, undefined, undefined, undefined])
})

test('how long is kept is read as Prometheus writes it', () => {
  assert.equal(parseRetention('15d'), 15 * DAY_MS)
  assert.equal(parseRetention('1y2w'), 379 * DAY_MS)
  assert.equal(parseRetention('30d or 10GiB'), 30 * DAY_MS)
  assert.equal(parseRetention('10GiB'), undefined)
  assert.equal(parseRetention('0s'), undefined)
})
