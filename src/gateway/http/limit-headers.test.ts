import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Reservation } from '../../access/limits/reservation.ts'
import { toRules } from '../../access/limits/rule.ts'
import { anthropicMessages } from '../dialects/anthropic/api.ts'
import type { Exchange } from '../exchange.ts'
import { printReset, pushLimitHeaders } from './limit-headers.ts'

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

test('a limit that is whole again in ages is told as a date all the same', () => {
  const rules = toRules(
    { scope: 'key', name: 'a' },
    { tokens: [{ amount: 1, period: 'month', burst: undefined, onStateFailure: undefined }] },
  )
  const decision = {
    id: '',
    rules,
    tokens: 1,
    micros: 0,
    refused: 0,
    retryAfterMs: 1e18,
    remaining: [0],
    resetMs: [1e18],
  }
  const reservation = new Reservation({ decision, input: 0, refusal: undefined, decidedAtMs: 0 })
  const headers: string[] = []
  pushLimitHeaders(headers, { reservation, api: anthropicMessages } as unknown as Exchange)
  assert.equal(headers.at(-1), '9999-12-31T23:59:59.999Z')
})
