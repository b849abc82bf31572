import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { WeirError, type ErrorCode } from '../../core/errors.ts'
import { createWorld, type Caller } from './fixtures/world.ts'

const codeOf = (caller: Caller): ErrorCode | undefined => caller.error?.code

test('without a limit nobody is counted and nobody waits', () => {
  const world = createWorld({ backends: [{}] })
  const callers = Array.from({ length: 50 }, () => world.arrive({}))
  assert.ok(callers.every((caller) => caller.backend === 'b0' && caller.exchange.slot === undefined))
})

test('a free slot is given at once, without a promise', () => {
  const world = createWorld({ backends: [{ concurrency: 2 }] })
  const [first, second, third] = [0, 1, 2].map(() => world.arrive({}))
  assert.deepEqual([first?.backend, second?.backend, third?.backend], ['b0', 'b0', undefined])
  assert.equal(world.gate(0)?.inUse, 2)
  assert.equal(world.gate(0)?.queued, 1)
})

test('a backend with a free slot comes before a better one without', () => {
  const world = createWorld({ backends: [{ concurrency: 1 }, { concurrency: 1 }] })
  assert.deepEqual(
    [0, 1].map(() => world.arrive({}).backend),
    ['b0', 'b1'],
  )
})

test('who waits takes the first slot that comes free, wherever', async () => {
  const world = createWorld({ backends: [{ concurrency: 1 }, { concurrency: 1 }] })
  const [, onSecond] = [0, 1].map(() => world.arrive({}))
  const waiting = world.arrive({})
  assert.equal(world.gate(0)?.queued, 1)
  await world.finish(onSecond)
  assert.equal(waiting.backend, 'b1')
  assert.deepEqual([world.gate(0)?.queued, world.gate(1)?.inUse], [0, 1])
})

test('when the queue of one backend is full the wait counts at the next, and then nobody else is let in', async () => {
  const world = createWorld({
    backends: [
      { concurrency: 1, queue: { size: 1 } },
      { concurrency: 1, queue: { size: 2 } },
    ],
  })
  for (let at = 0; at < 5; at += 1) world.arrive({})
  assert.deepEqual([world.gate(0)?.queued, world.gate(1)?.queued], [1, 2])
  const refused = world.arrive({})
  await world.settle()
  assert.equal(codeOf(refused), 'queue_full')
  assert.equal(refused.error?.retryAfterSeconds, 5, 'nothing was measured yet')
})

test('a queue of size 0 refuses at once', async () => {
  const world = createWorld({ backends: [{ concurrency: 1, queue: { size: 0 } }] })
  world.arrive({})
  const refused = world.arrive({})
  await world.settle()
  assert.equal(codeOf(refused), 'queue_full')
})

test('a refusal says how long the wait would have been', async () => {
  const world = createWorld({ backends: [{ concurrency: 2, queue: { size: 3 } }] })
  const first = world.arrive({})
  world.clock.advance(8_000)
  await world.finish(first)
  for (let at = 0; at < 5; at += 1) world.arrive({})
  const refused = world.arrive({})
  await world.settle()
  // Four slots must come free, two of them every eight seconds.
  assert.deepEqual([codeOf(refused), refused.error?.retryAfterSeconds], ['queue_full', 16])
})

test('whoever waits too long is told so, and its wait is booked', async () => {
  const world = createWorld({ backends: [{ concurrency: 1, queue: { timeout: '2s' } }] })
  world.arrive({})
  const late = world.arrive({})
  world.clock.advance(1_900)
  await world.settle()
  assert.equal(codeOf(late), undefined)
  world.clock.advance(200)
  await world.settle()
  assert.equal(codeOf(late), 'queue_timeout')
  assert.ok((late.error?.retryAfterSeconds ?? 0) >= 1)
  assert.ok(Math.abs(late.exchange.phaseMs.queue - 2_000) <= 50)
  assert.equal(world.gate(0)?.queued, 0)
})

test('the patience a caller states ends its wait', async () => {
  const world = createWorld({ backends: [{ concurrency: 1 }] })
  world.arrive({})
  const hasty = world.arrive({ patience: '1.5' })
  world.clock.advance(1_600)
  await world.settle()
  assert.equal(codeOf(hasty), 'queue_timeout')
})

test('what was waited before counts: patience is spent once', async () => {
  const world = createWorld({ backends: [{ concurrency: 1, queue: { timeout: '2s' } }] })
  world.arrive({})
  const again = world.arrive({ waitedMs: 1_500 })
  const spent = world.arrive({ waitedMs: 2_000 })
  await world.settle()
  assert.equal(codeOf(spent), 'queue_timeout')
  world.clock.advance(600)
  await world.settle()
  assert.equal(codeOf(again), 'queue_timeout')
})

test('a slot that comes free in the moment a wait is over is not given to it', async () => {
  const world = createWorld({ backends: [{ concurrency: 1, queue: { timeout: '1s' } }], tickless: true })
  const first = world.arrive({})
  const late = world.arrive({})
  world.clock.advance(900)
  const next = world.arrive({})
  world.clock.advance(100)
  await world.finish(first)
  assert.equal(codeOf(late), 'queue_timeout')
  assert.equal(next.backend, 'b0')
})

test('a caller that leaves holds no place, and one that leaves with a slot in hand gives it back', async () => {
  const world = createWorld({ backends: [{ concurrency: 1 }] })
  const first = world.arrive({})
  const left = world.arrive({})
  const next = world.arrive({})
  left.exchange.cancel(new WeirError('client_closed'))
  await world.settle()
  assert.deepEqual([codeOf(left), world.gate(0)?.queued], ['client_closed', 1])
  first.exchange.slot?.giveBack()
  next.exchange.cancel(new WeirError('client_closed'))
  await world.settle()
  assert.equal(next.backend, 'b0', 'it was let in first')
  await world.finish(next)
  assert.equal(world.gate(0)?.inUse, 0)
})

test('a higher priority goes first, and whoever has waited long rises until it is served as well', async () => {
  const world = createWorld({ backends: [{ concurrency: 1, queue: { timeout: '8s' } }] })
  let running = world.arrive({ priority: 'high' })
  const low = world.arrive({ priority: 'low', tenant: 'patient' })
  for (let second = 0; second < 7; second += 1) {
    const high = world.arrive({ priority: 'high', tenant: 'busy' })
    world.clock.advance(1_000)
    await world.finish(running)
    running = low.backend === undefined ? high : low
    if (low.backend !== undefined) {
      assert.ok(second >= 5, `served after ${second + 1} seconds`)
      return
    }
    assert.equal(high.backend, 'b0')
  }
  assert.fail('the low priority starved')
})

test('a backend that fails while somebody waits is not gone to, and one that comes back is', async () => {
  const world = createWorld({ backends: [{ concurrency: 1 }, { concurrency: 1 }] })
  const [onFirst, onSecond] = [0, 1].map(() => world.arrive({}))
  const waiting = world.arrive({})
  world.open([1])
  await world.finish(onFirst)
  assert.equal(waiting.backend, undefined, 'its first backend is dead')
  assert.deepEqual([world.gate(0)?.queued, world.gate(1)?.queued], [0, 1])
  world.open([0, 1])
  world.clock.advance(1_100)
  await world.settle()
  assert.equal(waiting.backend, 'b0')
  await world.finish(onSecond)
})

test('other settings apply at once to who waits and who is inside', async () => {
  const world = createWorld({ backends: [{ concurrency: 1 }] })
  const callers = Array.from({ length: 4 }, () => world.arrive({}))
  world.configure(0, { concurrency: 3 })
  await world.settle()
  assert.deepEqual(
    callers.map(({ backend }) => backend),
    ['b0', 'b0', 'b0', undefined],
  )
  world.configure(0, { concurrency: 1 })
  await world.finish(callers[0])
  await world.finish(callers[1])
  assert.equal(callers[3]?.backend, undefined, 'one is inside still, and there is one slot')
  world.configure(0, {})
  await world.settle()
  assert.equal(callers[3]?.backend, 'b0')
})

const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('arrive' as const),
      tenant: fc.constantFrom('a', 'b', 'c'),
      priority: fc.constantFrom('high' as const, 'normal' as const, 'low' as const),
      patience: fc.constantFrom(undefined, '1', '3'),
      doors: fc.subarray([0, 1], { minLength: 1 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('finish' as const), at: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('leave' as const), at: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(2_500) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('limit' as const),
      gate: fc.nat(1),
      slots: fc.integer({ min: 1, max: 4 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('open' as const), doors: fc.subarray([0, 1]) }) },
)

test('under any schedule no slot is lost or given twice, nobody is forgotten, and no free slot waits beside a caller', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const size = 3
      const world = createWorld({
        backends: [0, 1].map(() => ({ concurrency: 1, queue: { size, timeout: '4s' } })),
      })
      for (const each of steps) {
        if (each.kind === 'arrive') world.arrive(each)
        else if (each.kind === 'wait') world.clock.advance(each.ms)
        else if (each.kind === 'limit')
          world.configure(each.gate, { concurrency: each.slots, queue: { size, timeout: '4s' } })
        else if (each.kind === 'open') world.open(each.doors)
        else if (each.kind === 'finish') {
          const { running } = world
          await world.finish(running[each.at % Math.max(1, running.length)])
        } else {
          const { waiting } = world
          waiting[each.at % Math.max(1, waiting.length)]?.exchange.cancel(new WeirError('client_closed'))
        }
        await world.settle()
        world.check({ size })
      }
      world.clock.advance(10_000)
      await world.settle()
      assert.equal(world.waiting.length, 0, 'nobody waits longer than its time')
      for (const caller of world.running) await world.finish(caller)
      world.check({ size })
      assert.deepEqual(
        [0, 1].map((at) => [world.gate(at)?.inUse, world.gate(at)?.queued]),
        [
          [0, 0],
          [0, 0],
        ],
      )
    }),
    { numRuns: 200 },
  )
})
