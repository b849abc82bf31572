import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Linter } from 'eslint'
import { BANS } from './bans.mjs'
import { housePlugin } from './house-plugin.mjs'

// What each ban must find, and what looks like it and must be left alone.
const CASES: Readonly<
  Record<string, { readonly banned: readonly string[]; readonly allowed: readonly string[] }>
> = {
  'no-ambient-clock': {
    banned: [
      'Date.now()',
      'new Date()',
      'Date()',
      'const now = performance.now',
      'process.hrtime.bigint()',
      "import { performance } from 'node:perf_hooks'; performance.now()",
    ],
    allowed: [
      'new Date(at)',
      'clock.now()',
      'Date.parse(text)',
      "import { monitorEventLoopDelay } from 'node:perf_hooks'; monitorEventLoopDelay()",
    ],
  },
  'no-ambient-timer': {
    banned: [
      'setTimeout(stop, 1)',
      'const later = setInterval',
      "import { setTimeout } from 'node:timers/promises'",
      'AbortSignal.timeout(5)',
    ],
    allowed: [
      'clock.after(1, stop)',
      'socket.setTimeout(5)',
      'queueMicrotask(stop)',
      'function f(setTimeout) { setTimeout() }',
    ],
  },
  'no-ambient-random': {
    banned: [
      'Math.random()',
      'crypto.randomUUID()',
      "import { randomUUID } from 'node:crypto'",
      "import { randomBytes as bytes } from 'crypto'",
      "import crypto from 'node:crypto'; crypto.randomInt(3)",
    ],
    allowed: [
      'ids.random()',
      "import { createHash } from 'node:crypto'; createHash('sha256')",
      'Math.max(1, 2)',
    ],
  },
  'no-bare-error': {
    banned: ["throw new Error('no')", "throw Error('no')"],
    allowed: [
      "throw new WeirError('internal')",
      "throw new TypeError('no')",
      'throw error',
      "stream.destroy(new Error('x'))",
    ],
  },
  'no-default-export': {
    banned: ['export default 1', 'const a = 1; export { a as default }'],
    allowed: ['export const a = 1'],
  },
  'no-barrel': {
    banned: ["export * from './a.ts'"],
    allowed: ["export { a } from './a.ts'"],
  },
}

function complaints(rule: string, code: string): string[] {
  const config = [
    {
      plugins: { house: housePlugin },
      rules: { [`house/${rule}`]: 'error' as const },
      languageOptions: { globals: { setTimeout: 'readonly' as const } },
    },
  ]
  return new Linter().verify(code, config).map((message) => message.message)
}

test('every ban has its cases here', () => {
  assert.deepEqual(Object.keys(CASES).toSorted(), Object.keys(BANS).toSorted())
})

for (const [rule, { banned, allowed }] of Object.entries(CASES)) {
  describe(rule, () => {
    for (const code of banned) {
      test(`finds ${code}`, () => {
        const found = complaints(rule, code)
        assert.ok(found.length > 0)
        assert.ok(
          found.every((message) => message.includes('; ')),
          'the reason, then the way out',
        )
      })
    }
    for (const code of allowed) {
      test(`leaves ${code} alone`, () => assert.deepEqual(complaints(rule, code), []))
    }
  })
}
