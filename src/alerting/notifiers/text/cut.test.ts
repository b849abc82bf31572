import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { cut, inBytes, inJsonBytes, inUnits, type Measure } from './cut.ts'

const MEASURES: readonly Measure[] = [inBytes, inJsonBytes, inUnits]
const words = fc.string({
  unit: fc.constantFrom('a', 'é', '堰', '😀', '👩🏽‍💻', '"', '\\', '\n', '🇨🇳', 'e\u0301'),
  maxLength: 60,
})

test('what fits stays as it is', () => {
  for (const measure of MEASURES) assert.equal(cut('abc', { max: 3, measure }), 'abc')
})

test('a cut text fits, is a beginning, and ends between two characters', () => {
  const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' })
  fc.assert(
    fc.property(words, fc.nat(120), fc.constantFrom(...MEASURES), (text, max, measure) => {
      const short = cut(text, { max, measure })
      assert.ok(measure(short) <= max)
      if (short === text) return
      assert.ok(short === '' || short.endsWith('…'))
      const kept = short.slice(0, -1)
      assert.ok(text.startsWith(kept) && kept.isWellFormed())
      const ends = new Set([
        0,
        ...[...segmenter.segment(text)].map(({ index, segment }) => index + segment.length),
      ])
      // Spaces before the cut are left out as well.
      const end = [...ends].find((each) => each >= kept.length && text.slice(kept.length, each).trim() === '')
      assert.ok(end !== undefined, JSON.stringify([text, short]))
    }),
    { numRuns: 2_000 },
  )
})

test('a cut takes as much as there is room for', () => {
  assert.equal(cut('堰堰堰堰', { max: 9, measure: inBytes }), '堰堰…')
  assert.equal(cut('👩🏽‍💻👩🏽‍💻', { max: 10, measure: inUnits }), '👩🏽‍💻…')
  assert.equal(cut('abcdef', { max: 2, measure: inBytes }), '')
  assert.equal(cut('abc def', { max: 5, measure: inUnits }), 'abc…')
})

test('sums of measures are measures of sums', () => {
  fc.assert(
    fc.property(words, words, fc.constantFrom(...MEASURES), (left, right, measure) => {
      assert.equal(measure(left + right), measure(left) + measure(right))
    }),
  )
})
