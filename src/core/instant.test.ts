import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseInstant, printInstant } from './instant.ts'

test('a moment is a date and a time with a zone; a day alone means its end', () => {
  const cases: readonly (readonly [string, string | undefined])[] = [
    ['2026-12-31T12:30:00Z', '2026-12-31T12:30:00Z'],
    ['2026-12-31 12:30Z', '2026-12-31T12:30:00Z'],
    ['2026-12-31t12:30:00.5+08:00', '2026-12-31T04:30:00.500Z'],
    ['2026-12-31', '2027-01-01T00:00:00Z'],
    ['2028-02-29', '2028-03-01T00:00:00Z'],
    ['2026-02-29', undefined],
    ['2026-13-01', undefined],
    ['2026-12-31T12:30:00', undefined],
    ['2026-12-31T25:00:00Z', undefined],
    ['31.12.2026', undefined],
    ['1798761600', undefined],
    ['soon', undefined],
    ['', undefined],
  ]
  for (const [text, expected] of cases) {
    const ms = parseInstant(text)
    assert.equal(ms === undefined ? undefined : printInstant(ms), expected, text)
  }
})

test('a printed moment is read back as the same one', () => {
  for (const ms of [0, 1_798_761_600_000, 1_798_761_600_123]) assert.equal(parseInstant(printInstant(ms)), ms)
})
