import assert from 'node:assert/strict'
import { test } from 'node:test'
import { printReset } from './limit-headers.ts'

test('a duration is printed as OpenAI prints it', () => {
  const cases: Readonly<Record<string, number>> = {
    '0s': 0,
    '12ms': 12,
    '999ms': 999,
    '1s': 1_000,
    '1.5s': 1_500,
    '59.999s': 59_999,
    '1m0s': 60_000,
    '6m0s': 360_000,
    '1h0m0s': 3_600_000,
    '23h59m59.25s': 86_399_250,
    '720h0m0s': 2_592_000_000,
  }
  for (const [text, ms] of Object.entries(cases)) assert.equal(printReset(ms), text)
})
