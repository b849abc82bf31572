// Faults 14 to 16: backends that are alive and say no.
import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import OpenAI from 'openai'
import { startPair, type Pair, type PairOptions } from './pair.ts'

let pair: Pair
const start = async (options: PairOptions): Promise<Pair> => (pair = await startPair(options))
afterEach(() => pair.stop())

test('a backend that says 429 is left alone for as long as it asked, and the other answers', async () => {
  const { ask, first } = await start({ first: { faults: [{ fault: '429', arg: 30 }] } })
  for (let asked = 0; asked < 6; asked += 1) assert.equal((await ask(asked % 2 === 0)).error, undefined)
  assert.equal(first.ledger.totals.started, 1, 'asked once, then cooling')
})

test('when every backend says 429 the caller is told the same, and when to come back', async () => {
  const { ask } = await start({
    first: { faults: [{ fault: '429', arg: 30 }] },
    second: { faults: [{ fault: '429', arg: 7 }] },
  })
  const { error } = await ask(true)
  assert.ok(error instanceof OpenAI.RateLimitError)
  assert.equal(error.headers.get('retry-after'), '7', 'the first of them to recover')
})

test('a backend that is loading or has a full queue of its own is busy, not broken', async () => {
  for (const fault of ['503-loading', '503-busy'] as const) {
    const { ask, gateway } = await start({ first: { faults: [{ fault }] } })
    for (let asked = 0; asked < 8; asked += 1) assert.equal((await ask(asked % 2 === 0)).error, undefined)
    const circuits = [...gateway.weir.gateway.backends()].map(({ name, circuit }) => [name, circuit])
    assert.deepEqual(circuits, [
      ['first', 'closed'],
      ['second', 'closed'],
    ])
    if (fault === '503-loading') await pair.stop()
  }
})

test('when every backend is busy the caller gets a 503 that says when to come back', async () => {
  const faults = [{ fault: '503-busy' } as const]
  const { ask } = await start({ first: { faults }, second: { faults } })
  const { error } = await ask(false)
  assert.ok(error instanceof OpenAI.InternalServerError)
  assert.equal(error.status, 503)
  assert.match(error.headers?.get('retry-after') ?? '', /^\d+$/)
})

test('a backend without the model sends the request on and stays in good health', async () => {
  const { ask, gateway } = await start({ first: { faults: [{ fault: '404' }] } })
  for (let asked = 0; asked < 8; asked += 1) assert.equal((await ask(asked % 2 === 0)).error, undefined)
  const [first] = gateway.weir.gateway.backends()
  assert.equal(first?.circuit, 'closed')
  assert.equal(first?.up, true)
})

test('a model that no backend has is a 404 the client raises as such', async () => {
  const faults = [{ fault: '404' } as const]
  const { ask } = await start({ first: { faults }, second: { faults } })
  const { error, record } = await ask(true)
  assert.ok(error instanceof OpenAI.NotFoundError)
  assert.equal(record.blame, 'caller')
})
