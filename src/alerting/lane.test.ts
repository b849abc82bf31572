import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createManualClock } from '../core/clock.ts'
import { createFakeReceiver, flush, type FakeReceiver } from './fixtures/world.ts'
import { createLane, type Lane } from './lane.ts'
import type { Delivery } from './notifier.ts'
import { describeTest } from './texts/describe.ts'

const RETRY: Delivery = { result: 'retry', reason: 'status 503', afterMs: undefined }

interface Stage {
  readonly clock: ReturnType<typeof createManualClock>
  readonly lane: Lane
  readonly packed: string[][]
  readonly results: string[]
}

function stage(
  notifier: FakeReceiver,
  forgotten: readonly string[] = [],
  broken: readonly string[] = [],
): Stage {
  const clock = createManualClock()
  const packed: string[][] = []
  const results: string[] = []
  const lane = createLane({
    ...{ notifier, clock, timeoutMs: 10_000, random: () => 0.5 },
    pack(keys) {
      packed.push([...keys])
      if (keys.some((key) => broken.includes(key))) throw new RangeError('no such moment')
      const known = keys.filter((key) => !forgotten.includes(key))
      if (known.length === 0) return undefined
      const notices = known.map((key) => ({ key, kind: 'firing' as const, firing: [] }))
      return { notices, message: describeTest('x', { language: 'en', nowMs: 0 }) }
    },
    onDelivery: (_, { result }) => void results.push(result),
    onBroken: (keys) => void results.push(`broken ${keys.join(' ')}`),
  })
  return { clock, lane, packed, results }
}

test('one at a time, in order, and none twice while it waits', async () => {
  const { lane, packed, results } = stage(createFakeReceiver())
  lane.offer(['a', 'b', 'a'])
  lane.offer(['b', 'c'])
  await flush()
  assert.deepEqual(packed, [['a'], ['b'], ['c']])
  assert.equal(results.length, packed.length)
})

test('a failure pauses the lane, longer each time, and a success forgets it', async () => {
  const notifier = createFakeReceiver()
  notifier.answers.push(RETRY, RETRY)
  const { lane, clock, results } = stage(notifier)
  lane.offer(['a'])
  await flush()
  assert.deepEqual([results, lane.failingSinceMs()], [['retry'], clock.wall()])
  lane.offer(['a'])
  clock.advance(4_999)
  await flush()
  assert.equal(results.length, 1)
  clock.advance(1)
  await flush()
  assert.equal(results.length, 2)
  lane.offer(['a'])
  clock.advance(9_999)
  await flush()
  assert.equal(results.length, 2)
  clock.advance(1)
  await flush()
  assert.deepEqual(results, ['retry', 'retry', 'delivered'])
  assert.equal(lane.failingSinceMs(), undefined)
})

test('a service that says when to come back is not asked before', async () => {
  const notifier = createFakeReceiver()
  notifier.answers.push({ result: 'retry', reason: 'rate limited', afterMs: 600_000 })
  const { lane, clock, results } = stage(notifier)
  lane.offer(['a'])
  await flush()
  lane.offer(['a'])
  clock.advance(599_000)
  await flush()
  assert.equal(results.length, 1)
  clock.advance(1_000)
  await flush()
  assert.equal(results.length, 2)
})

test('a delivery that hangs is cut off, and one that ignores that is given up a second later', async () => {
  const deaf = { ...createFakeReceiver(), deliver: () => new Promise<never>(() => undefined) }
  const { lane, clock, results } = stage(deaf)
  lane.offer(['a'])
  clock.advance(10_000)
  await flush()
  assert.deepEqual(results, [])
  clock.advance(1_000)
  await flush()
  assert.deepEqual(results, ['retry'])
})

test('a notifier that throws says nothing of what it threw', async () => {
  const broken = {
    ...createFakeReceiver(),
    deliver: () => Promise.reject(new TypeError('https://hooks.example/secret')),
  }
  const clock = createManualClock()
  const lane = createLane({
    ...{ notifier: broken, clock, timeoutMs: 1_000, random: () => 0.5 },
    pack: () => undefined,
    onDelivery: () => undefined,
    onBroken: () => undefined,
  })
  const delivery = await lane.send(describeTest('x', { language: 'en', nowMs: 0 }))
  assert.deepEqual(delivery, { result: 'retry', reason: 'the notifier failed', afterMs: undefined })
})

test('what nobody has anything to say of any more is passed over', async () => {
  const { lane, packed, results } = stage(createFakeReceiver(), ['a', 'b'])
  lane.offer(['a', 'b', 'c'])
  await flush()
  assert.deepEqual([packed.length, results], [3, ['delivered']])
})

test('a message that cannot be made holds up no other', async () => {
  const { lane, results } = stage(createFakeReceiver(), [], ['a'])
  lane.offer(['a', 'b'])
  await flush()
  assert.deepEqual(results, ['broken a', 'delivered'])
  lane.offer(['c'])
  await flush()
  assert.deepEqual(results, ['broken a', 'delivered', 'delivered'])
})

test('closing lets what is under way end, within its window, and closes the notifier', async () => {
  const notifier = createFakeReceiver()
  notifier.isHanging = true
  let isClosed = false
  const closing = { ...notifier, close: async () => void (isClosed = true) }
  const { lane, clock, results } = stage(closing)
  lane.offer(['a', 'b'])
  await flush()
  const closed = lane.close(2_000)
  await flush()
  clock.advance(2_000)
  await closed
  assert.deepEqual([results, isClosed], [['retry'], true])
})
