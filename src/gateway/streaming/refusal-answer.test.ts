import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cutAll, FakeOpening } from './fixtures/replay.ts'
import { RefusalAnswer } from './refusal-answer.ts'

const OWN_WORDS = '{"error":{"message":"max_tokens is too large","param":"max_tokens"}}'

function refuse(
  status: number,
  body: string,
): { opening: FakeOpening; code: string | undefined; status: number | undefined } {
  const opening = new FakeOpening()
  const answer = new RefusalAnswer(opening, status, {})
  for (const piece of cutAll(Buffer.from(body))) answer.push(piece)
  const error = answer.end()
  return { opening, code: error?.code, status: error?.status }
}

test('the caller’s own mistake is told in the backend’s words', () => {
  for (const status of [400, 409, 413, 422]) {
    const { opening, code, status: told } = refuse(status, OWN_WORDS)
    assert.equal(opening.body?.toString(), OWN_WORDS)
    assert.equal(opening.refusal?.code, code)
    assert.equal(told, status)
  }
})

test('what is not JSON, and what the caller cannot mend, is told in ours', () => {
  const mute: readonly (readonly [number, string])[] = [
    [400, '<html>nginx</html>'],
    [400, ''],
    [400, '"text"'],
    [401, OWN_WORDS],
    [404, OWN_WORDS],
    [429, OWN_WORDS],
    [500, OWN_WORDS],
    [503, OWN_WORDS],
    [302, OWN_WORDS],
  ]
  for (const [status, body] of mute) {
    const { opening, code } = refuse(status, body)
    assert.equal(opening.isOpen, false, `status ${status}`)
    assert.notEqual(code, undefined)
  }
})

test('a refusal is read only so far', () => {
  const opening = new FakeOpening()
  const answer = new RefusalAnswer(opening, 400, {})
  const chunk = Buffer.alloc(16_384, ' ')
  let chunks = 0
  for (; opening.failure === undefined && chunks < 100; chunks += 1) answer.push(chunk)
  assert.equal(chunks, 5)
  assert.equal(opening.failure?.code, 'invalid_request')
  assert.equal(opening.isOpen, false)
})
