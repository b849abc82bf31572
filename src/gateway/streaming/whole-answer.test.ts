import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ErrorCode } from '../../core/errors.ts'
import { AnswerFacts } from '../dialects/answer-facts.ts'
import type { Api } from '../dialects/api.ts'
import { openAiChat } from '../dialects/openai-chat/api.ts'
import { openAiEmbeddings } from '../dialects/openai-embeddings/api.ts'
import { cutAll, FakeOpening, replay } from './fixtures/replay.ts'
import { WholeAnswer } from './whole-answer.ts'

const MAX_HELD_BYTES = 1_048_576

const JUDGED: Readonly<Record<string, { body: string; code?: ErrorCode }>> = {
  'an answer is given': { body: '{"choices":[{"message":{"content":"a"},"finish_reason":"stop"}]}' },
  'white space around an answer is part of it': { body: ' {"choices":[]}\r\n' },
  'an error beside choices is a remark': { body: '{"error":{"message":"w"},"choices":[{}]}' },
  'an error that is null is none': { body: '{"error":null,"data":[]}' },
  'an error with status 200 is an error': { body: '{"error":{"message":"no"}}', code: 'backend_error' },
  'an error in words is an error': { body: '{"error":"no"}', code: 'backend_error' },
  'half an answer is none': { body: '{"choices":[{"message"', code: 'backend_protocol_error' },
  'an answer with bytes behind it is none': { body: '{"choices":[]}{}', code: 'backend_protocol_error' },
  'a page of HTML is none': { body: '<html></html>', code: 'backend_protocol_error' },
  'nothing is none': { body: '', code: 'backend_protocol_error' },
}

for (const [name, { body, code }] of Object.entries(JUDGED)) {
  test(`${name}, and it is held until that is known`, () => {
    const bytes = Buffer.from(body)
    for (const pieces of [[bytes], cutAll(bytes)]) {
      const told = replay({ bytes, api: openAiChat, format: 'whole' }, pieces)
      assert.equal(told.code, code)
      assert.equal(told.opened, code === undefined)
      assert.equal(told.forwarded, code === undefined ? body : '')
    }
  })
}

function start(api: Api): { opening: FakeOpening; facts: AnswerFacts; answer: WholeAnswer } {
  const opening = new FakeOpening()
  const facts = new AnswerFacts(api)
  return { opening, facts, answer: new WholeAnswer(opening, facts) }
}

test('an answer of just the size that is held is still held', () => {
  const { opening, answer } = start(openAiEmbeddings)
  const body = `{"data":"${'x'.repeat(MAX_HELD_BYTES - 11)}"}`
  assert.equal(body.length, MAX_HELD_BYTES)
  answer.push(Buffer.from(body))
  assert.equal(opening.isOpen, false)
  assert.equal(answer.end(), undefined)
  assert.equal(opening.body?.length, MAX_HELD_BYTES)
})

test('a larger answer passes on as it comes, and its usage is read from its end', () => {
  const { opening, facts, answer } = start(openAiEmbeddings)
  const body = Buffer.from(
    `{"data":"${'"usage"'.replaceAll('"', '\\"').repeat(200_000)}","usage":{"prompt_tokens":8,"total_tokens":8}}`,
  )
  for (let at = 0; at < body.length; at += 65_536) {
    answer.push(body.subarray(at, at + 65_536))
    assert.equal(opening.isOpen, at + 65_536 > MAX_HELD_BYTES, `at ${at}`)
  }
  assert.equal(answer.end(), undefined)
  assert.deepEqual(opening.forwarded, body)
  assert.equal(facts.promptTokens, 8)
})

test('the usage of a large answer is found however its end is cut', () => {
  const head = Buffer.from(`{"data":"${'x'.repeat(MAX_HELD_BYTES)}",`)
  const tail = Buffer.from('"usage":{"prompt_tokens":8,"completion_tokens":3}}')
  for (let at = 0; at <= tail.length; at += 1) {
    const { facts, answer } = start(openAiChat)
    answer.push(head)
    answer.push(tail.subarray(0, at))
    answer.push(tail.subarray(at))
    assert.equal(answer.end(), undefined)
    assert.deepEqual([facts.promptTokens, facts.outputTokens], [8, 3])
  }
})

test('a large answer without usage is passed on all the same', () => {
  const { opening, facts, answer } = start(openAiChat)
  const body = Buffer.from(`{"data":"${'x'.repeat(MAX_HELD_BYTES)}"}`)
  answer.push(body)
  assert.equal(answer.end(), undefined)
  assert.equal(opening.forwarded.length, body.length)
  assert.equal(facts.promptTokens, undefined)
})

test('a large answer that ends in its middle is an interrupted one, wherever that is', () => {
  const head = Buffer.from(`{"data":"${'x'.repeat(MAX_HELD_BYTES)}",`)
  const tail = Buffer.from('"usage":{"prompt_tokens":8}}')
  for (let at = 0; at < tail.length; at += 1) {
    const { answer } = start(openAiChat)
    answer.push(head)
    answer.push(tail.subarray(0, at))
    assert.equal(answer.end()?.code, 'stream_interrupted', `after ${at} bytes of its end`)
  }
})

test('counts that no answer can have are none: they would be charged', () => {
  const counts = {
    '12': 12,
    '12.0': 12,
    '1e3': 1_000,
    '12.5': undefined,
    '-1': undefined,
    '1e300': undefined,
    '1e999': undefined,
  }
  for (const [text, expected] of Object.entries(counts)) {
    const body = Buffer.from(`{"choices":[],"usage":{"prompt_tokens":${text},"completion_tokens":7}}`)
    const { facts, answer } = start(openAiChat)
    answer.push(body)
    answer.end()
    assert.deepEqual([facts.promptTokens, facts.outputTokens], [expected, 7], text)
  }
})
