// docs/guide/why-slow.md, held to what it says: its sentences are those that records are explained by, and no cause is left out.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { SLOW_CAUSES } from '../../src/core/verdict.ts'
import { toAttributionText } from '../../src/slo/attribution-text.ts'
import { NOTHING_KNOWN, NOTHING_UNUSUAL } from '../../src/slo/explain.ts'
import { SITUATIONS } from '../../src/slo/fixtures/slow-situations.ts'

const GUIDE = readFileSync(new URL('../../docs/guide/why-slow.md', import.meta.url), 'utf8')
const ROWS = [...GUIDE.matchAll(/^\| `([^`]+)` +\| `([a-z]+)` /gm)].map(([, text = '', cause = '']) => ({
  text,
  cause,
}))

test('every sentence of the guide is one that a record is explained by', () => {
  const said = new Map(SITUATIONS.map(({ text, cause }) => [text, cause]))
  for (const { text, cause } of [NOTHING_KNOWN, NOTHING_UNUSUAL]) said.set(text, cause)
  assert.ok(ROWS.length > 15)
  for (const { text, cause } of ROWS) assert.equal(said.get(text), cause, text)
})

test('no cause is left out of the guide', () => {
  const causes = new Set(ROWS.map(({ cause }) => cause))
  assert.deepEqual([...causes].toSorted(), [...SLOW_CAUSES].toSorted())
})

test('the sentence of a breached objective is as the guide shows it', () => {
  const slices = [
    { phase: 'queue', backend: 'gpu-1', model: 'qwen3:32b', band: undefined, shareRatio: 0.62 },
    { phase: 'load', backend: undefined, model: undefined, band: undefined, shareRatio: 0.21 },
    { phase: 'gateway', backend: undefined, model: undefined, band: undefined, shareRatio: 0.09 },
    { phase: 'decode', backend: undefined, model: undefined, band: undefined, shareRatio: 0.08 },
  ]
  assert.ok(GUIDE.includes(`\`${toAttributionText({ of: 'excess', slices })}\``))
})
