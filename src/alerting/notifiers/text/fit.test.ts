import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { inBytes } from './cut.ts'
import { blocksOf, fit, type Layout } from './fit.ts'

const room = (max: number) => ({ max, measure: inBytes, perBlock: 1, note: '(cut)' })

const layout = (body: readonly string[], tail: readonly string[] = []): Layout => ({
  head: ['title'],
  body: body.map((text) => ({ text })),
  tail,
})

test('what fits is all there, without a note', () => {
  const fitted = fit(layout(['one', 'two'], ['link']), room(100))
  assert.equal(fitted.note, undefined)
  assert.deepEqual(blocksOf(fitted), ['title', 'one', 'two', 'link'])
})

test('what does not fit is cut from the end, and links stay whole', () => {
  const fitted = fit(
    layout(['a'.repeat(40), 'b'.repeat(40)], ['https://x.example', 'c'.repeat(60)]),
    room(110),
  )
  assert.deepEqual(fitted.tail, ['https://x.example'])
  assert.deepEqual(blocksOf(fitted), [
    'title',
    'a'.repeat(40),
    `${'b'.repeat(35)}…`,
    '(cut)',
    'https://x.example',
  ])
})

test('a block keeps its markup when its text is cut', () => {
  const body = [{ before: '**x** ', text: 'y'.repeat(100), after: ' !' }]
  const { body: taken } = fit({ head: [], body, tail: [] }, room(60))
  assert.match(taken[0] ?? '', /^\*\*x\*\* y+… !$/)
})

test('a block of which next to nothing would be left is left out', () => {
  const { body, note } = fit(layout(['a'.repeat(40), 'b'.repeat(40)]), room(60))
  assert.deepEqual([body, note], [['a'.repeat(40)], '(cut)'])
})

test('whatever comes in, what comes out fits and says whether something is missing', () => {
  const text = fc.string({ unit: fc.constantFrom('a', '堰', '😀'), maxLength: 80 })
  fc.assert(
    fc.property(fc.array(text), fc.array(text), fc.integer({ min: 12, max: 300 }), (body, tail, max) => {
      const fitted = fit(layout(body, tail), room(max))
      const blocks = blocksOf(fitted)
      const total = blocks.reduce((sum, block) => sum + inBytes(block) + 1, 0)
      assert.ok(total <= Math.max(max, 12), `${total} of ${max}`)
      const isWhole = fitted.body.length === body.length && fitted.tail.length === tail.length
      assert.equal(fitted.note === undefined, isWhole && fitted.body.every((block, at) => block === body[at]))
      assert.ok(fitted.tail.every((each) => tail.includes(each)))
    }),
  )
})
