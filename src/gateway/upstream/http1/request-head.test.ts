import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toFixedPart, toRequestHead } from './request-head.ts'

const FIXED = toFixedPart('model.internal:8000')

function headOf(path: string, headers: readonly string[], body = ''): string {
  return toRequestHead({ method: 'POST', path, headers, body: Buffer.from(body) }, FIXED)
}

test('a head has the target, the host, the length and what it was given, in this order', () => {
  assert.equal(
    headOf(
      '/v1/chat/completions?x=%20',
      ['content-type', 'application/json', 'x-empty', '', 'x-obs', '\xfc\t'],
      '{"é":1}',
    ),
    'POST /v1/chat/completions?x=%20 HTTP/1.1\r\nhost: model.internal:8000\r\nconnection: keep-alive\r\ncontent-length: 8\r\n' +
      'content-type: application/json\r\nx-empty: \r\nx-obs: \xfc\t\r\n\r\n',
  )
})

test('nothing that could become a line of its own is written', () => {
  for (const path of [
    '',
    'x',
    '/a b',
    '/a\r\nx: y',
    '/a\nb',
    '/a\0',
    '/a\x7f',
    '/\u{1f600}',
    'http://other/',
  ]) {
    assert.throws(() => headOf(path, []), TypeError, path)
  }
  for (const name of ['', 'a b', 'a:', 'a\r\nb', 'ä', '('])
    assert.throws(() => headOf('/', [name, 'v']), TypeError, name)
  for (const value of ['a\r\nb', 'a\nb', 'a\rb', 'a\0', '\x7f', '\u{1f600}', 'ł']) {
    assert.throws(() => headOf('/', ['x', value]), TypeError, value)
  }
})

test('a refusal does not show the value: it may be a key', () => {
  assert.throws(
    () => headOf('/', ['authorization', 'Bearer secret\n']),
    (thrown: Error) => !thrown.message.includes('secret') && thrown.message.includes('authorization'),
  )
})
