import assert from 'node:assert/strict'
import { test } from 'node:test'
import { WeirError } from '../../core/errors.ts'
import { checkRequestHead, requestIdOf } from './request-head.ts'

type Head = Parameters<typeof checkRequestHead>[0]

/** The first value of each name, and all of them raw. */
function head(rawHeaders: readonly string[], httpVersionMinor: 0 | 1 = 1): Head {
  const headers: Record<string, string> = {}
  for (let index = 0; index < rawHeaders.length; index += 2) {
    headers[(rawHeaders[index] ?? '').toLowerCase()] ??= rawHeaders[index + 1] ?? ''
  }
  return { rawHeaders, headers, httpVersionMinor }
}

function status(message: Head): number {
  try {
    checkRequestHead(message)
    return 200
  } catch (thrown) {
    assert.ok(thrown instanceof WeirError && thrown.code === 'invalid_request')
    return thrown.status
  }
}

test('a head with one host passes, however its name is written', () => {
  for (const name of ['Host', 'host', 'HOST']) assert.equal(status(head([name, 'h'])), 200)
  assert.equal(status(head(['Accept', 'host', 'X-Host', 'h', 'Host', 'h'])), 200)
})

test('a head with two hosts, or none, is refused', () => {
  assert.equal(status(head(['Host', 'a', 'Accept', 'x', 'hOST', 'a'])), 400)
  assert.equal(status(head(['host', 'a', 'host', 'b'])), 400)
  assert.equal(status(head([])), 400)
  assert.equal(status(head([], 0)), 200)
})

test('a host that is none is refused', () => {
  for (const host of ['h', 'h:1', 'a.b-c_d:65535', '127.0.0.1', '[::1]:80', 'h:', '']) {
    assert.equal(status(head(['Host', host])), 200, host)
  }
  for (const host of [
    'a b',
    'a/b',
    'a@b',
    'a, b',
    '[::1',
    '::1',
    'a:123456',
    'a:b',
    '\u00ff',
    '"a"',
    'a\\b',
  ]) {
    assert.equal(status(head(['Host', host])), 400, host)
  }
})

test('a body in an encoding that is not undone is refused', () => {
  for (const encoding of ['gzip, chunked', 'gzip', 'identity', 'chunked, chunked']) {
    assert.equal(status(head(['Host', 'h', 'Transfer-Encoding', encoding])), 400, encoding)
  }
  assert.equal(status(head(['Host', 'h', 'Transfer-Encoding', 'Chunked'])), 200)
})

test('what an older version of HTTP does not have is refused', () => {
  assert.equal(status(head(['Host', 'h', 'Transfer-Encoding', 'chunked'], 0)), 400)
  assert.equal(status(head(['Host', 'h', 'Transfer-Encoding', 'chunked'])), 200)
})

test('an expectation that is not known is a 417', () => {
  assert.equal(status(head(['Host', 'h', 'Expect', '100-Continue'])), 200)
  assert.equal(status(head(['Host', 'h', 'Expect', 'a-pony'])), 417)
})

test('the caller’s id is kept when it is sane', () => {
  const id = (value: string): string | undefined => requestIdOf(head(['X-Request-Id', value]))
  for (const sane of ['req_1', '01J9:a-b.C', 'a'.repeat(128), '4bf92f3577b34da6a3ce929d0e0e4736']) {
    assert.equal(id(sane), sane)
  }
  const insane = [
    '',
    ' ',
    'a b',
    'a,b',
    'a'.repeat(129),
    'a\nb',
    'a"b',
    '<a>',
    'é',
    'a/b',
    '${x}',
    '\u0000',
    'a\u2028',
  ]
  for (const each of insane) assert.equal(id(each), undefined, JSON.stringify(each))
  assert.equal(requestIdOf(head([])), undefined)
})
