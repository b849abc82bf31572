import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Principal } from '../access/principal.ts'
import type { ContentPolicy, RawContent } from '../core/content.ts'
import type { Outcome, RequestRecord } from '../core/record.ts'
import { ContentKeeper, type ContentRule } from './content.ts'

const MAX_BYTES = 8
/** How much of a streamed answer is held for so much text. */
const MAX_ANSWER_BYTES = 16 * MAX_BYTES

function setUp({ draw = 0, maxHeldBytes = 1_048_576 } = {}) {
  const given: RawContent[] = []
  const keeper = new ContentKeeper(
    (content) => void given.push(content),
    () => draw,
    maxHeldBytes,
  )
  return { keeper, given }
}

const rule = (policy: ContentPolicy): ContentRule => ({ policy, sampleRatio: 0.25, maxBytes: MAX_BYTES })
const keyOf = (content: ContentPolicy | undefined): Principal => ({ content }) as Principal
const recordOf = (outcome: Outcome): RequestRecord => ({ id: 'req_1', outcome }) as RequestRecord

function kept(
  policy: ContentPolicy,
  { key, outcome = 'ok', draw = 0 }: { key?: ContentPolicy; outcome?: Outcome; draw?: number } = {},
) {
  const { keeper, given } = setUp({ draw })
  const capture = keeper.open(rule(policy), keyOf(key))
  capture?.takePrompt(Buffer.from('hello'))
  capture?.addAnswer(Buffer.from('you'))
  if (capture !== undefined) keeper.close(capture, recordOf(outcome))
  assert.equal(keeper.heldBytes, 0)
  return { isHeld: capture !== undefined, count: given.length }
}

test('the policy says whose content is held, and whose is given away in the end', () => {
  assert.deepEqual(kept('none'), { isHeld: false, count: 0 })
  assert.deepEqual(kept('all'), { isHeld: true, count: 1 })
  assert.deepEqual(kept('errors'), { isHeld: true, count: 0 })
  for (const outcome of [
    'caller_error',
    'rejected',
    'backend_error',
    'gateway_error',
    'abandoned',
  ] as const) {
    assert.deepEqual(kept('errors', { outcome }), { isHeld: true, count: 1 }, outcome)
  }
  assert.deepEqual(kept('sampled', { draw: 0.249 }), { isHeld: true, count: 1 })
  assert.deepEqual(kept('sampled', { draw: 0.25 }), { isHeld: false, count: 0 })
})

test('the policy of a key goes before that of the file, both ways', () => {
  assert.deepEqual(kept('all', { key: 'none' }), { isHeld: false, count: 0 })
  assert.deepEqual(kept('none', { key: 'all' }), { isHeld: true, count: 1 })
  assert.deepEqual(kept('all', { key: 'errors' }), { isHeld: true, count: 0 })
  assert.deepEqual(kept('errors', { key: 'sampled', draw: 0.9, outcome: 'backend_error' }), {
    isHeld: false,
    count: 0,
  })
})

function capture(prompt: string, answer: readonly (string | Buffer)[], maxHeldBytes?: number): RawContent {
  const { keeper, given } = setUp(maxHeldBytes === undefined ? {} : { maxHeldBytes })
  const held = keeper.open(rule('all'), undefined)
  held?.takePrompt(Buffer.from(prompt))
  for (const bytes of answer) held?.addAnswer(Buffer.from(bytes))
  if (held !== undefined) keeper.close(held, recordOf('ok'))
  assert.equal(keeper.heldBytes, 0)
  const [content] = given
  assert.ok(content !== undefined)
  return content
}

test('a prompt and an answer within their bounds are held as they came', () => {
  const { requestId, prompt, promptCut, answer, answerCut, answerOmitted } = capture('12345678', [
    'data: a',
    '\n\n',
    'x'.repeat(119),
  ])
  assert.deepEqual([requestId, promptCut, answerCut, answerOmitted], ['req_1', false, false, undefined])
  assert.equal(Buffer.from(prompt).toString(), '12345678')
  assert.equal(answer.length, MAX_ANSWER_BYTES)
})

test('what is longer is cut between two characters, and says so', () => {
  for (const [text, whole] of [
    ['123456789', '12345678'],
    ['堰堰堰', '堰堰'],
    ['1234567é', '1234567'],
    ['12345🌊', '12345'],
    ['1234🌊5', '1234🌊'],
  ] as const) {
    const { prompt, promptCut } = capture(text, [])
    assert.deepEqual([Buffer.from(prompt).toString(), promptCut], [whole, true], text)
  }
  const { answer, answerCut } = capture('', ['a', '堰'.repeat(42), 'b', '堰'])
  assert.deepEqual([Buffer.from(answer).toString(), answerCut], [`a${'堰'.repeat(42)}b`, true])
})

test('nothing follows what was cut off', () => {
  const { answer, answerCut } = capture('', ['x'.repeat(MAX_ANSWER_BYTES - 1), '堰', 'y', 'z'])
  assert.deepEqual([answer.length, answerCut], [MAX_ANSWER_BYTES - 1, true])
})

test('what is held for all requests together has a bound, and beyond it contents are cut', () => {
  const nothing = capture('hello', ['you'], 4)
  assert.deepEqual([nothing.prompt.length, nothing.promptCut], [0, true])
  assert.deepEqual([nothing.answer.length, nothing.answerCut], [0, true])
  const promptOnly = capture('hello', ['you'], 5)
  assert.deepEqual([promptOnly.prompt.length, promptOnly.promptCut, promptOnly.answerCut], [5, false, true])
})

test('answers that hold nothing to be read are left out, and an error in their place is not', () => {
  const { keeper, given } = setUp()
  for (const [encoding, operation] of [
    ['gzip', 'chat'],
    [undefined, 'embeddings'],
    ['identity', 'chat'],
  ] as const) {
    const held = keeper.open(rule('all'), undefined)
    held?.beginAnswer(encoding, operation)
    held?.addAnswer(Buffer.from('abc'))
    if (held !== undefined) keeper.close(held, recordOf('ok'))
  }
  assert.deepEqual(
    given.map(({ answer, answerOmitted }) => [answer.length, answerOmitted]),
    [
      [0, 'compressed'],
      [0, 'embeddings'],
      [3, undefined],
    ],
  )
})

test('a body that is let go is not held by its copy', () => {
  const { keeper, given } = setUp()
  const held = keeper.open(rule('all'), undefined)
  const slab = Buffer.alloc(65_536, 'p')
  held?.takePrompt(slab.subarray(0, 4))
  if (held !== undefined) keeper.close(held, recordOf('ok'))
  assert.equal(given[0]?.prompt.buffer.byteLength, 4)
})
