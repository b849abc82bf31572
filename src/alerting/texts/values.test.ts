import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EN } from './en.ts'
import { printMoment, printNumber, printRange, printShare, printSpan, printValue } from './values.ts'
import { ZH } from './zh.ts'

test('a share is cut and never rounded up to all', () => {
  const shares = [0, 0.005, 0.941, 0.9501, 0.99996, 0.999999, 1, 1.5]
  assert.deepEqual(
    shares.map((share) => printShare(share, EN)),
    ['0 %', '0.5 %', '94.1 %', '95 %', '99.996 %', '99.999 %', '100 %', '150 %'],
  )
})

test('a span has its two largest units, and seconds only where they matter', () => {
  const spans = [0, 400, 45_000, 90_000, 599_000, 725_000, 3_600_000, 12_000_000, 93_600_000, -5]
  assert.deepEqual(
    spans.map((ms) => printSpan(ms, EN)),
    ['0 s', '0 s', '45 s', '1 min 30 s', '9 min 59 s', '12 min', '1 h', '3 h 20 min', '1 d 2 h', '0 s'],
  )
  assert.equal(printSpan(12_000_000, ZH), '3 小时 20 分钟')
})

test('a moment is that of the zone, which is named', () => {
  assert.equal(printMoment(Date.UTC(2026, 9, 3, 22, 5), 'Asia/Shanghai'), '2026-10-04 06:05 Asia/Shanghai')
})

test('of a range the day and the zone are said once', () => {
  const [fromMs, toMs] = [Date.UTC(2026, 9, 3, 14, 5), Date.UTC(2026, 9, 3, 16, 5)]
  assert.deepEqual(printRange(fromMs, toMs, 'UTC'), ['2026-10-03 14:05', '16:05 UTC'])
  assert.deepEqual(printRange(fromMs, toMs, 'Asia/Shanghai'), [
    '2026-10-03 22:05',
    '2026-10-04 00:05 Asia/Shanghai',
  ])
})

test('values have their unit', () => {
  assert.equal(printValue(0.0042, 'seconds', EN), '4.2 ms')
  assert.equal(printValue(5.2, 'seconds', ZH), '5.2 秒')
  assert.equal(printValue(0.934, 'ratio', ZH), '93.4%')
  assert.equal(printValue(3 * 2 ** 30, 'bytes', EN), '3 GiB')
  assert.equal(printValue(512, 'bytes', EN), '512 B')
  assert.equal(printNumber(1_234.56), '1235')
})
