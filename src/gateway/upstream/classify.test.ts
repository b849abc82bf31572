import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errorEntry, WeirError, type ErrorCode } from '../../core/errors.ts'
import { toRefusal, toTransportError } from './classify.ts'
import { closed, ConnectionFault, cut, invalid, tooLarge } from '../http1/fault.ts'

/** Status -> code, the status the caller gets, whether the backend's own words are passed on. */
const REFUSALS: Readonly<Record<number, readonly [ErrorCode, number, boolean]>> = {
  301: ['backend_protocol_error', 502, false],
  304: ['backend_protocol_error', 502, false],
  400: ['invalid_request', 400, true],
  401: ['backend_error', 502, false],
  402: ['backend_error', 502, false],
  403: ['backend_error', 502, false],
  404: ['model_not_found', 404, false],
  405: ['backend_error', 502, false],
  407: ['backend_error', 502, false],
  408: ['backend_error', 502, false],
  409: ['invalid_request', 409, true],
  413: ['request_too_large', 413, true],
  415: ['invalid_request', 415, true],
  422: ['invalid_request', 422, true],
  429: ['rate_limited', 429, false],
  499: ['backend_error', 502, false],
  500: ['backend_error', 502, false],
  502: ['backend_error', 502, false],
  503: ['backend_error', 503, false],
  504: ['backend_error', 502, false],
  529: ['backend_error', 529, false],
  599: ['backend_error', 502, false],
}

for (const [status, [code, told, passBody]] of Object.entries(REFUSALS)) {
  test(`a backend’s ${status} is ${code}`, () => {
    const refusal = toRefusal(Number(status), {})
    assert.equal(refusal.error.code, code)
    assert.equal(refusal.error.status, told)
    assert.equal(refusal.passBody, passBody)
    assert.match(String(refusal.error.cause), new RegExp(`status ${status}$`))
  })
}

const DEFAULT_SECONDS = 2

/** What a backend may write into Retry-After, and what the caller is told. */
const RETRY_AFTER: readonly (readonly [string, number])[] = [
  ['0', 0],
  ['7', 7],
  ['1.2', 2],
  ['3600', 3_600],
  ['3601', DEFAULT_SECONDS],
  ['99999999999999999999', DEFAULT_SECONDS],
  ['', DEFAULT_SECONDS],
  ['-1', DEFAULT_SECONDS],
  ['+5', DEFAULT_SECONDS],
  ['1e3', DEFAULT_SECONDS],
  ['0x10', DEFAULT_SECONDS],
  ['Infinity', DEFAULT_SECONDS],
  ['NaN', DEFAULT_SECONDS],
  ['5, 6', DEFAULT_SECONDS],
  ['5\r\nset-cookie: a=b', DEFAULT_SECONDS],
  ['Fri, 31 Dec 1999 23:59:59 GMT', DEFAULT_SECONDS],
]

for (const status of [429, 503, 529]) {
  test(`a ${status} always tells when to come back, and believes only sane numbers`, () => {
    const told = (value: string | undefined): number | undefined =>
      toRefusal(status, { 'retry-after': value }).error.retryAfterSeconds
    assert.equal(told(undefined), DEFAULT_SECONDS)
    for (const [value, seconds] of RETRY_AFTER) assert.equal(told(value), seconds, JSON.stringify(value))
  })
}

test('other refusals promise nothing', () => {
  for (const status of [400, 404, 500]) {
    assert.equal(toRefusal(status, { 'retry-after': '5' }).error.retryAfterSeconds, undefined)
  }
})

const failure = (code: string, details: object = {}): Error =>
  Object.assign(new Error('secret host'), { code, ...details })
const refused = new ConnectionFault('WEIR_ADDRESS_REFUSED', 'secret host')
const before = { isOpen: false, hasBegun: false }

test('what cannot be reached is unreachable, and what speaks badly is a protocol error', () => {
  const codes: readonly (readonly [Error, ErrorCode])[] = [
    [failure('ECONNREFUSED'), 'backend_unreachable'],
    [failure('ECONNRESET'), 'backend_unreachable'],
    [failure('ENOTFOUND'), 'backend_unreachable'],
    [failure('EADDRNOTAVAIL'), 'backend_unreachable'],
    [closed(), 'backend_unreachable'],
    [refused, 'backend_unreachable'],
    [cut(), 'backend_protocol_error'],
    [invalid('secret host'), 'backend_protocol_error'],
    [tooLarge('secret host'), 'backend_protocol_error'],
    [new Error('without a code'), 'backend_unreachable'],
  ]
  for (const [thrown, code] of codes) {
    const error = toTransportError(thrown, before)
    assert.equal(error.code, code, String((thrown as NodeJS.ErrnoException).code))
    assert.equal(error.cause, thrown)
    assert.ok(!error.message.includes('secret host'))
  }
})

test('the same failure is a broken answer once its head came, and an interrupted one once part of it was given', () => {
  const reset = failure('ECONNRESET')
  assert.equal(toTransportError(reset, { isOpen: false, hasBegun: true }).code, 'backend_protocol_error')
  assert.equal(toTransportError(reset, { isOpen: true, hasBegun: true }).code, 'stream_interrupted')
})

test('a reason of our own stays what it is', () => {
  const reason = new WeirError('client_closed')
  assert.equal(toTransportError(reason, { isOpen: true, hasBegun: true }), reason)
})

test('what this machine has no room for is our own lack, and tells when to come back', () => {
  const lacks = [
    failure('EMFILE', { address: '127.0.0.1' }),
    failure('ENFILE'),
    failure('ENOBUFS'),
    failure('EADDRNOTAVAIL', { address: '127.0.0.1' }),
    new AggregateError([failure('ECONNREFUSED'), failure('EMFILE')]),
  ]
  for (const lack of lacks) {
    const error = toTransportError(lack, before)
    assert.deepEqual(
      [error.code, error.status, error.retryAfterSeconds, errorEntry(error.code).blame],
      ['internal', 503, 1, 'gateway'],
    )
    assert.ok(!error.message.includes('secret host'))
  }
  const noIpv6 = failure('EADDRNOTAVAIL', { address: '::1' })
  const allRefused = new AggregateError([failure('ECONNREFUSED'), noIpv6])
  for (const theirs of [noIpv6, allRefused]) {
    assert.equal(toTransportError(theirs, before).code, 'backend_unreachable')
  }
})
