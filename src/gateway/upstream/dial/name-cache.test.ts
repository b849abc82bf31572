import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createManualClock, type ManualClock } from '../../../core/clock.ts'
import { NameCache, type Address } from './name-cache.ts'

interface Asked {
  readonly host: string
  find(...addresses: string[]): void
  fail(code: string): void
}

interface World {
  readonly clock: ManualClock
  readonly names: NameCache
  /** Every lookup so far; each hangs until the test ends it. */
  readonly asked: Asked[]
}

function startWorld(): World {
  const clock = createManualClock()
  const asked: Asked[] = []
  const names = new NameCache({
    clock,
    lookup: (host) =>
      new Promise((resolve, reject) => {
        asked.push({
          host,
          find: (...addresses) => resolve(addresses.map(toAddress)),
          fail: (code) => reject(Object.assign(new Error(code), { code })),
        })
      }),
  })
  return { clock, names, asked }
}

const toAddress = (address: string): Address => ({ address, family: address.includes(':') ? 6 : 4 })
const listOf = (addresses: readonly Address[]): string[] => addresses.map(({ address }) => address)
/** Everything that can go on without time passing does. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** What is known at once; undefined when it must be waited for. */
function known(names: NameCache, host = 'model'): string[] | undefined {
  const found = names.find(host)
  if (!(found instanceof Promise)) return listOf(found)
  found.catch(() => undefined)
  return undefined
}

async function learn({ names, asked }: World, ...addresses: string[]): Promise<void> {
  const found = names.find('model')
  asked.at(-1)?.find(...addresses)
  assert.deepEqual(listOf(await found), addresses)
}

test('a name is looked up once for all who ask, and again after some seconds', async () => {
  const world = startWorld()
  const { clock, names, asked } = world
  const all = Promise.all([names.find('model'), names.find('model'), names.find('model')])
  assert.equal(asked.length, 1)
  asked[0]?.find('10.0.0.1', 'fd00::1')
  for (const found of await all) assert.deepEqual(listOf(found), ['10.0.0.1', 'fd00::1'])
  clock.advance(4_999)
  assert.deepEqual(known(names), ['10.0.0.1', 'fd00::1'])
  assert.equal(asked.length, 1)
  clock.advance(1)
  await learn(world, '10.0.0.2')
  assert.deepEqual([known(names), asked.length], [['10.0.0.2'], 2])
})

test('a name that never resolved fails as the system says, and is asked for again at once', async () => {
  const { names, asked } = startWorld()
  const first = Promise.resolve(names.find('model'))
  asked[0]?.fail('ENOTFOUND')
  await assert.rejects(first, { code: 'ENOTFOUND' })
  const second = names.find('model')
  asked[1]?.find('10.0.0.1')
  assert.deepEqual(listOf(await second), ['10.0.0.1'])
})

test('while a name does not resolve its last addresses serve, for ten minutes and no longer', async () => {
  const world = startWorld()
  const { clock, names, asked } = world
  await learn(world, '10.0.0.1')
  clock.advance(5_000)
  const flapping = names.find('model')
  asked.at(-1)?.fail('ENOTFOUND')
  assert.deepEqual(listOf(await flapping), ['10.0.0.1'])
  const lookups = asked.length
  clock.advance(999)
  assert.deepEqual([known(names), asked.length], [['10.0.0.1'], lookups], 'it rests after a failure')
  clock.advance(600_000)
  const later = Promise.resolve(names.find('model'))
  asked.at(-1)?.fail('EAI_AGAIN')
  await assert.rejects(later, { code: 'EAI_AGAIN' })
})

test('a lookup that hangs is waited for briefly, by the first who asks, and there is one of it', async () => {
  const world = startWorld()
  const { clock, names, asked } = world
  await learn(world, '10.0.0.1')
  clock.advance(5_000)
  let found: readonly Address[] | undefined
  void Promise.resolve(names.find('model')).then((addresses) => (found = addresses))
  clock.advance(99)
  await settle()
  assert.equal(found, undefined)
  clock.advance(1)
  await settle()
  assert.deepEqual(listOf(found ?? []), ['10.0.0.1'])
  for (let round = 0; round < 50; round += 1) {
    assert.deepEqual(known(names), ['10.0.0.1'])
    clock.advance(1_000)
  }
  assert.equal(asked.length, 2)
  asked[1]?.find('10.0.0.9')
  await settle()
  assert.deepEqual(known(names), ['10.0.0.9'])
})

test('at most three names are looked up at a time; the others come in turn', async () => {
  const { names, asked } = startWorld()
  const hosts = ['a', 'b', 'c', 'd', 'e']
  const all = hosts.map((host) => Promise.resolve(names.find(host)))
  await settle()
  assert.deepEqual(
    asked.map(({ host }) => host),
    ['a', 'b', 'c'],
  )
  asked[1]?.fail('ENOTFOUND')
  await assert.rejects(all[1]!)
  await settle()
  assert.deepEqual(
    asked.map(({ host }) => host),
    ['a', 'b', 'c', 'd'],
  )
  for (const each of asked) each.find('10.0.0.1')
  await settle()
  asked[4]?.find('10.0.0.2')
  assert.deepEqual(listOf(await all[4]!), ['10.0.0.2'])
})

test('an address that did not connect is tried last for a minute, also when the name is looked up anew', async () => {
  const world = startWorld()
  const { clock, names } = world
  await learn(world, 'fd00::1', '10.0.0.1', '10.0.0.2')
  names.avoid('model', 'fd00::1')
  assert.deepEqual(known(names), ['10.0.0.1', '10.0.0.2', 'fd00::1'])
  clock.advance(5_000)
  const again = names.find('model')
  world.asked.at(-1)?.find('fd00::1', '10.0.0.1')
  assert.deepEqual(listOf(await again), ['10.0.0.1', 'fd00::1'])
  clock.advance(60_000)
  await learn(world, 'fd00::1', '10.0.0.1')
})
