import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createManualClock } from '../../../core/clock.ts'
import { HeadEnd } from './head-end.ts'

const atNoon = (): ReturnType<typeof createManualClock> =>
  createManualClock(Date.UTC(2026, 10, 21, 12, 0, 0, 900))

test('a head ends with the date of its second, and is made once in it', () => {
  const clock = atNoon()
  const end = new HeadEnd(clock, 65_999)
  const first = end.text(true)
  assert.equal(
    first,
    'date: Sat, 21 Nov 2026 12:00:00 GMT\r\nconnection: keep-alive\r\nkeep-alive: timeout=65\r\n\r\n',
  )
  assert.equal(end.text(false), 'date: Sat, 21 Nov 2026 12:00:00 GMT\r\nconnection: close\r\n\r\n')
  clock.advance(99)
  assert.equal(end.text(true), first)
  clock.advance(1)
  assert.equal(end.text(true), first.replace('12:00:00', '12:00:01'))
  assert.match(end.text(false), /12:00:01/)
})

test('the date follows a clock that is set, forwards and back', () => {
  const clock = atNoon()
  const end = new HeadEnd(clock, 1_000)
  end.text(true)
  clock.jumpWall(3_600_000)
  assert.match(end.text(true), /13:00:00 GMT/)
  clock.jumpWall(-7_200_000)
  assert.match(end.text(false), /11:00:00 GMT/)
})

test('where nothing is promised, nothing is said of how long', () => {
  assert.equal(
    new HeadEnd(atNoon(), 0).text(true),
    'date: Sat, 21 Nov 2026 12:00:00 GMT\r\nconnection: keep-alive\r\n\r\n',
  )
})
