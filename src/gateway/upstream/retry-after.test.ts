import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseRetryAfter } from './retry-after.ts'

const NOW = 'Sat, 21 Nov 2026 11:59:30 GMT'

const parse = (stated: string | undefined, date: string | undefined = NOW): number | undefined =>
  parseRetryAfter({
    ...(stated !== undefined && { 'retry-after': stated }),
    ...(date !== undefined && { date }),
  })

test('seconds are whole ones from now, rounded up', () => {
  assert.deepEqual(
    ['0', '7', '1.2', '3600'].map((stated) => parse(stated)),
    [0, 7, 2, 3600],
  )
})

test('a date is counted from the date of the same answer, and one that is over means now', () => {
  assert.equal(parse('Sat, 21 Nov 2026 12:00:15 GMT'), 45)
  assert.equal(parse('Sat, 21 Nov 2026 11:00:00 GMT'), 0)
  assert.equal(parseRetryAfter({ 'retry-after': 'Sat, 21 Nov 2026 12:00:15 GMT' }), undefined, 'whose clock?')
})

test('what is no number of seconds and no date, or far away, says nothing', () => {
  const useless = [
    ...[undefined, '', '-1', '1e3', '3601', '99999999999', 'soon', 'tomorrow 12:00', '2026-11-21T12:00:15Z'],
    ...['Sun, 22 Nov 2026 12:00:15 GMT', 'Sat, 99 Nov 2026 12:00:15 GMT', 'Sat, 21 Nov 2026 12:00:15 +0200'],
  ]
  for (const stated of useless) assert.equal(parse(stated), undefined, stated)
  assert.equal(parse('Sat, 21 Nov 2026 12:00:15 GMT', 'yesterday'), undefined)
})
