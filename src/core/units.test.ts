import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseDuration, parseRatio, parseSize, printDuration, printRatio, printSize } from './units.ts'

const TEN_YEARS_MS = 10 * 365 * 86_400_000

test('every unit of a duration is worth what its name says', () => {
  const cases: readonly (readonly [string, number])[] = [
    ['0', 0],
    ['0s', 0],
    ['250ms', 250],
    ['3s', 3_000],
    ['10m', 600_000],
    ['2h', 7_200_000],
    ['30d', 2_592_000_000],
    ['1w', 604_800_000],
    ['1h30m', 5_400_000],
    ['1.5s', 1_500],
    [' 5s ', 5_000],
  ]
  for (const [text, ms] of cases) assert.equal(parseDuration(text), ms, text)
})

test('a duration without a unit, with a wrong unit or with anything left over is refused', () => {
  const endless = `${'9'.repeat(400)}s`
  for (const text of [
    '',
    ' ',
    '5',
    '5 s',
    's',
    '-3s',
    '1.s',
    '.5s',
    '3S',
    '3sec',
    '1h30',
    '3s!',
    '1e3ms',
    'NaN',
    endless,
  ]) {
    assert.equal(parseDuration(text), undefined, text.slice(0, 20))
  }
})

test('a printed duration reads back as the same number of milliseconds', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: TEN_YEARS_MS }), (ms) => parseDuration(printDuration(ms)) === ms),
  )
})

test('durations are printed in the largest units that are exact', () => {
  assert.equal(printDuration(0), '0s')
  assert.equal(printDuration(90_000), '1m30s')
  assert.equal(printDuration(1_500), '1s500ms')
  assert.equal(printDuration(86_400_000), '1d')
  assert.equal(printDuration(0.25), '0.25ms')
})

test('sizes know decimal and binary units, in any case', () => {
  const cases: readonly (readonly [string, number])[] = [
    ['512b', 512],
    ['64KiB', 65_536],
    ['64kib', 65_536],
    ['10MB', 10_000_000],
    ['1.5 MiB', 1_572_864],
    ['2GiB', 2_147_483_648],
    ['0b', 0],
  ]
  for (const [text, bytes] of cases) assert.equal(parseSize(text), bytes, text)
})

test('a size without a unit or with one that does not exist is refused', () => {
  for (const text of ['', '64', 'KiB', '-1KiB', '1TiB', '1K', '1 2b', '1,5MB', `${'9'.repeat(400)}GiB`]) {
    assert.equal(parseSize(text), undefined, text.slice(0, 20))
  }
})

test('a printed size reads back as the same number of bytes', () => {
  const bytes = fc.oneof(
    fc.nat(),
    fc.nat({ max: 4_096 }).map((count) => count * 1_024),
    fc.nat({ max: 4_096 }).map((count) => count * 1_048_576),
    fc.nat({ max: 64 }).map((count) => count * 1_073_741_824),
  )
  fc.assert(fc.property(bytes, (value) => parseSize(printSize(value)) === value))
})

test('sizes are printed in binary units with at most one decimal', () => {
  assert.equal(printSize(33_554_432), '32MiB')
  assert.equal(printSize(1_536), '1.5KiB')
  assert.equal(printSize(1_537), '1537b')
})

test('a ratio is a percentage or a number from 0 to 1', () => {
  assert.equal(parseRatio('99.5%'), 0.995)
  assert.equal(parseRatio('99.9 %'), 0.999)
  assert.equal(parseRatio('0.995'), 0.995)
  assert.equal(parseRatio('0'), 0)
  assert.equal(parseRatio('1'), 1)
  assert.equal(parseRatio('100%'), 1)
  for (const text of ['99.5', '101%', '-1%', '1.01', '%', '', 'all'])
    assert.equal(parseRatio(text), undefined, text)
})

test('a printed ratio reads back as the same number', () => {
  // Six decimals of a percent: nobody promises a finer service level.
  const ratio = fc.integer({ min: 0, max: 100_000_000 }).map((millionths) => millionths / 100_000_000)
  fc.assert(fc.property(ratio, (value) => parseRatio(printRatio(value)) === value))
})

test('no text makes a parser throw or give something that is not a finite number', () => {
  const text = fc.oneof(fc.string(), fc.stringMatching(/^[0-9.]{0,30}[a-z%]{0,4}$/))
  fc.assert(
    fc.property(text, (value) => {
      for (const parsed of [parseDuration(value), parseSize(value), parseRatio(value)]) {
        assert.ok(parsed === undefined || (Number.isFinite(parsed) && parsed >= 0))
      }
    }),
  )
})
