import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Condition } from '../conditions.ts'
import { createEpisodes } from './episodes.ts'

const MINUTE_MS = 60_000

const condition = (forMs = 0, name = 'SloBudgetBurn'): Condition => ({
  alert: { name, labels: { slo: 'chat' }, severity: 'page', facts: { kind: 'gateway-down' } },
  forMs,
})

/** `#` where it holds. */
function play(pattern: string, given: { forMs?: number; resolveAfterMs?: number } = {}) {
  const episodes = createEpisodes(given.resolveAfterMs ?? 0)
  const holding = [condition(given.forMs)]
  for (const [minute, sign] of [...pattern].entries())
    episodes.note(minute, sign === '#' ? holding : [], false)
  return episodes
    .list(pattern.length)
    .map(({ fromMinute, toMinute, isOpen }) => [fromMinute, toMinute, isOpen])
}

test('what holds begins at once and ends with the last minute in which it held', () => {
  assert.deepEqual(play('..##..#.'), [
    [2, 4, false],
    [6, 7, false],
  ])
  assert.deepEqual(play('.##'), [[1, 3, true]])
  assert.deepEqual(play('....'), [])
})

test('what must hold for a while begins then, and a break begins anew', () => {
  assert.deepEqual(play('####.', { forMs: 2 * MINUTE_MS }), [[2, 4, false]])
  assert.deepEqual(play('##.##.', { forMs: 2 * MINUTE_MS }), [])
})

test('what comes back within the time to be quiet is not over', () => {
  assert.deepEqual(play('#..#....', { resolveAfterMs: 2 * MINUTE_MS }), [[0, 4, false]])
  assert.deepEqual(play('#...#...', { resolveAfterMs: 2 * MINUTE_MS }), [
    [0, 1, false],
    [4, 5, false],
  ])
})

test('alerts with other labels are others, and one that began in maintenance says so', () => {
  const episodes = createEpisodes(0)
  episodes.note(0, [condition()], true)
  episodes.note(1, [condition(), condition(0, 'SloNoData')], false)
  assert.equal(episodes.held(condition().alert), true)
  assert.deepEqual(
    episodes.list(2).map(({ alert, isInMaintenance }) => [alert.name, isInMaintenance]),
    [
      ['SloBudgetBurn', true],
      ['SloNoData', false],
    ],
  )
})
