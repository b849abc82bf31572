// Faults 1 to 3: a backend that is not there, or is gone before its first byte.
import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import OpenAI from 'openai'
import { startPair, type Pair, type PairOptions } from './pair.ts'

let pair: Pair
const start = async (options: PairOptions): Promise<Pair> => (pair = await startPair(options))
afterEach(() => pair.stop())

test('a backend that refuses connections is passed over; when all refuse, the caller gets a server error', async () => {
  const { first, second, ask } = await start({})
  first.configure({ refuse: true })
  for (const stream of [true, false]) {
    const { error, record } = await ask(stream)
    assert.equal(error, undefined)
    assert.equal(record.backend, 'second')
  }
  second.configure({ refuse: true })
  const { error, record } = await ask(false)
  assert.ok(error instanceof OpenAI.InternalServerError)
  assert.match(String(error.code), /^(backend_unreachable|no_backend)$/)
  assert.ok(record.attempts.length <= 3)
  assert.equal(record.blame, 'backend')
})

test('a backend that accepts and never answers loses the request to another, and its connection is closed', async () => {
  const { first, ask } = await start({ first: { faults: [{ fault: 'hang' }] } })
  const { error, record } = await ask(true)
  assert.equal(error, undefined)
  assert.deepEqual(
    record.attempts.map(({ backend, code }) => [backend, code]),
    [
      ['first', 'first_token_timeout'],
      ['second', undefined],
    ],
  )
  assert.ok(record.durationMs < 1_500, `the wait was bounded: ${record.durationMs} ms`)
  await pair.gateway.untilSealed(1)
  assert.equal(first.ledger.totals.inFlight, 0)
})

test('a backend that resets before its first byte loses the request to another, and the record counts both', async () => {
  const { ask } = await start({ first: { faults: [{ fault: 'reset' }] } })
  for (const stream of [true, false]) {
    const { error, text, record } = await ask(stream)
    assert.equal(error, undefined)
    assert.ok(text.length > 0)
    assert.ok(record.attempts.length <= 2)
  }
  const all = pair.gateway.records.flatMap(({ attempts }) => attempts)
  assert.ok(all.some(({ backend, result }) => backend === 'first' && result === 'error'))
})
