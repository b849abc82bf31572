import assert from 'node:assert/strict'
import { test } from 'node:test'
import { redactObject } from './config.ts'
import { createRedactor } from './redactor.ts'

const redactor = createRedactor(redactObject.parse({ on: ['ipv4'] }))

const LENGTH = 1_048_576

/** Generous: a quadratic search of a mebibyte takes minutes. */
const BOUND_MS = 6_000

const UNITS: readonly string[] = [
  ...['a', '1', ' ', '-', '.', '@', '+', ':', '\\', '"', '{', '[', '/', '=', '\u0000', '好', '１'],
  ...['1 ', '1-', '1.', 'a.', 'a@', '@a.', 'a@a.', 'a-', '+1', '+1 (1) ', '4111 ', '4111-1111-', '138-0013-'],
  ...[
    'eyJ',
    'eyJaaaaaaaaaaaa.',
    '.eyJ',
    'sk-',
    'sk-a',
    '-sk-aaaaaaaaaaaaaaaaaa',
    'wk_',
    'ghp_',
    'AKIA',
    'xoxb-',
    'hf_a',
  ],
  ...['://', '://a:', '://a:a', 'bearer ', 'bearer aaaaaaaa ', 'password=', 'password=a1', 'api_key: "'],
  ...['-----BEGIN PRIVATE KEY-----', '-----BEGIN ', 'PRIVATE KEY', '-----END PRIVATE KEY-----'],
  ...['GB29', 'GB29 NWBK ', 'AA00', '110105', '19491231', '110105 19491231 ', '11010519491231002'],
  ...[
    '\\"',
    '\\\\',
    '\\u0031',
    '"a":',
    '{"a":"',
    '["',
    '"{',
    '255.',
    '1.1.1.1.',
    ';base64,',
    'data:a;base64,a',
  ],
]

function timeOf(given: string): number {
  const startedMs = performance.now()
  redactor.redact(given, { isCut: true })
  return performance.now() - startedMs
}

/** What is quadratic takes sixteen times sixteen times as long for sixteen times the text. */
const SHORT = 65_536
const SUSPICIOUS_MS = 60

test('a mebibyte of whatever is meant to take long takes no long time', () => {
  const slow: string[] = []
  for (const unit of UNITS) {
    for (const [before, after] of [
      ['', ''],
      ['{"a":"', ''],
      ['"', '"'],
    ] as const) {
      const make = (length: number): string => before + unit.repeat(Math.ceil(length / unit.length)) + after
      if (timeOf(make(SHORT)) < SUSPICIOUS_MS) continue
      const tookMs = timeOf(make(LENGTH))
      if (tookMs > BOUND_MS) slow.push(`${JSON.stringify(make(10))}: ${Math.round(tookMs)} ms`)
    }
  }
  assert.deepEqual(slow, [])
})
