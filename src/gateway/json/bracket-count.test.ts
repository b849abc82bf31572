import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BracketCount } from './bracket-count.ts'

const DOCUMENT = Buffer.from('{"a":"}]\\"}\\\\","b":[{"c":[1,[]]},"堰["],"d":{}}')

test('a document is closed at its last byte and nowhere before, however it is cut', () => {
  for (let cut = 0; cut <= DOCUMENT.length; cut += 1) {
    const count = new BracketCount()
    count.add(DOCUMENT.subarray(0, cut))
    assert.equal(count.isClosed, cut === DOCUMENT.length, `after ${cut} bytes`)
    count.add(DOCUMENT.subarray(cut))
    assert.equal(count.isClosed, true)
  }
})

test('what has no bracket at all, or one too many, is no closed document', () => {
  for (const text of ['', ' ', '1', '"{}"', '{}}']) {
    const count = new BracketCount()
    count.add(Buffer.from(text))
    assert.equal(count.isClosed, false, text)
  }
})
