import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BANDS, promptTokensOf, toBand } from './bands.ts'
import { toStream } from './fixtures/slow-record.ts'

test('every count of tokens has its band', () => {
  const table: readonly [number, string][] = [
    [0, '0-256 tokens'],
    [255, '0-256 tokens'],
    [256, '256-1k tokens'],
    [1_024, '1k-4k tokens'],
    [4_096, '4k-16k tokens'],
    [16_384, '16k-64k tokens'],
    [65_536, '64k tokens and more'],
    [1e9, '64k tokens and more'],
    [NaN, '0-256 tokens'],
  ]
  for (const [tokens, band] of table) assert.equal(BANDS[toBand(tokens)], band, String(tokens))
})

test('what the backend did not count is told from the size of the prompt', () => {
  assert.equal(promptTokensOf(toStream({ promptTokens: 31_000, promptBytes: 4 })), 31_000)
  const uncounted = {
    promptTokens: undefined,
    outputTokens: 1,
    cachedTokens: undefined,
    reasoningTokens: undefined,
  }
  assert.equal(promptTokensOf(toStream({ usage: uncounted, promptBytes: 4_000 })), 1_000)
  assert.equal(promptTokensOf(toStream({ promptTokens: NaN })), 0)
})
