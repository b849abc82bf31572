import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Engine, type Turn, type Waiter } from './engine.ts'
import type { ProfileInput } from './profile.ts'
import { toProfile } from './profile-parse.ts'

/** Waits as a request does, and leaves when told. */
class Person implements Waiter {
  gone = false
  #leave: (() => void) | undefined

  until(arm: (wake: () => void) => () => void): Promise<void> {
    return new Promise((resolve) => {
      const disarm = arm(resolve)
      this.#leave = () => {
        disarm()
        resolve()
      }
    })
  }

  leave(): void {
    this.gone = true
    this.#leave?.()
  }
}

const createEngine = (input: ProfileInput): Engine => new Engine(toProfile(input))
const settled = async (): Promise<void> => {
  for (let i = 0; i < 5; i++) await Promise.resolve()
}

async function enter(engine: Engine, person: Waiter = new Person(), model = 'sim-chat'): Promise<Turn> {
  const turn = await engine.enter(model, person)
  assert.ok(typeof turn === 'object', `got ${JSON.stringify(turn)}`)
  return turn
}

test('slots are given in the order of arrival', async () => {
  const engine = createEngine({ slots: 1 })
  const first = await enter(engine)
  const order: string[] = []
  const waiting = ['b', 'c'].map((name) =>
    enter(engine).then((turn) => {
      order.push(name)
      turn.release(undefined)
    }),
  )
  await settled()
  assert.deepEqual([engine.running, engine.waiting, order], [1, 2, []])
  first.release(undefined)
  first.release(undefined) // twice is once
  await Promise.all(waiting)
  assert.deepEqual([engine.running, engine.waiting, order], [0, 0, ['b', 'c']])
})

test('a full queue turns away; with no slots limit there is no queue', async () => {
  const engine = createEngine({ slots: 1, queueLength: 1 })
  await enter(engine)
  void engine.enter('sim-chat', new Person())
  await settled()
  assert.equal(await engine.enter('sim-chat', new Person()), 'full')
  const open = createEngine({ slots: 0, queueLength: 0 })
  for (let i = 0; i < 50; i++) await enter(open)
  assert.equal(open.running, 50)
})

test('who leaves the queue holds nothing and lets the next one in', async () => {
  const engine = createEngine({ slots: 1 })
  const first = await enter(engine)
  const impatient = new Person()
  const left = engine.enter('sim-chat', impatient)
  const patient = enter(engine)
  await settled()
  impatient.leave()
  assert.equal(await left, 'left')
  assert.equal(engine.waiting, 1)
  first.release(undefined)
  await patient
  assert.equal(engine.running, 1)
})

test('a slot that is granted in the moment its owner leaves is not lost', async () => {
  const engine = createEngine({ slots: 1 })
  const first = await enter(engine)
  const unlucky = new Person()
  const left = engine.enter('sim-chat', unlucky)
  await settled()
  first.release(undefined)
  unlucky.gone = true
  assert.equal(await left, 'left')
  assert.equal(engine.running, 0)
  await enter(engine)
})

test('more slots let in who waits', async () => {
  const engine = createEngine({ slots: 1 })
  await enter(engine)
  const waiting = [enter(engine), enter(engine)]
  await settled()
  engine.configure(toProfile({ slots: 3 }))
  await Promise.all(waiting)
  assert.deepEqual([engine.running, engine.waiting], [3, 0])
})

test('a cold model loads once for all who wait for it, even if the first one leaves', async () => {
  const engine = createEngine({ models: [{ name: 'big', cold: true, loadMs: 40 }] })
  const first = new Person()
  const left = engine.enter('big', first)
  const second = enter(engine, new Person(), 'big')
  await settled()
  assert.deepEqual([engine.isLoading, engine.waiting, engine.loadedModels().length], [true, 2, 0])
  first.leave()
  assert.equal(await left, 'left')
  const turn = await second
  assert.ok(turn.loadedAtMs - turn.arrivedAtMs >= 35)
  assert.deepEqual([engine.isLoading, engine.waiting], [false, 0])
  const again = await enter(engine, new Person(), 'big')
  assert.ok(again.loadedAtMs - again.arrivedAtMs < 20)
})

test('a load counts towards the queue', async () => {
  const engine = createEngine({ models: [{ name: 'big', cold: true, loadMs: 30 }], queueLength: 1 })
  const first = enter(engine, new Person(), 'big')
  await settled()
  assert.equal(await engine.enter('big', new Person()), 'full')
  await first
})

test('a model is unloaded when nobody used it for its time, not while it is in use', async () => {
  const engine = createEngine({ modelKeepAliveMs: 0, models: [{ name: 'm', loadMs: 1 }] })
  const names = (): string[] => engine.loadedModels().map((loaded) => loaded.profile.name)
  const turn = await enter(engine, new Person(), 'm')
  assert.deepEqual(names(), ['m'])
  turn.release(60_000)
  assert.deepEqual(names(), ['m'])
  const last = await enter(engine, new Person(), 'm')
  last.release(0)
  assert.deepEqual(names(), [])
  assert.ok((await enter(engine, new Person(), 'm')).loadedAtMs > 0)
})

test('models that stay in the profile keep their state, changed ones start anew', async () => {
  const profile = toProfile({
    models: [
      { name: 'a', cold: true },
      { name: 'b', cold: true },
    ],
  })
  const engine = new Engine(profile)
  for (const name of ['a', 'b']) (await enter(engine, new Person(), name)).release(undefined)
  const [a] = profile.models
  assert.ok(a)
  engine.configure({ ...profile, models: [a, { ...a, name: 'b', loadMs: 5 }] })
  assert.deepEqual(
    engine.loadedModels().map((loaded) => loaded.profile.name),
    ['a'],
  )
})

test('a load dies with the request that began it, if so configured, and the next in line begins it anew', async () => {
  const models = [{ name: 'm', cold: true, loadMs: 30 }]
  for (const loadDiesWithCaller of [true, false]) {
    const engine = createEngine({ models, loadDiesWithCaller })
    const first = new Person()
    const left = engine.enter('m', first)
    const second = enter(engine, new Person(), 'm')
    await settled()
    assert.deepEqual(engine.loads, { begun: 1, finished: 0 })
    first.leave()
    assert.equal(await left, 'left')
    await second
    assert.deepEqual(engine.loads, { begun: loadDiesWithCaller ? 2 : 1, finished: 1 })
  }
})

test('older servers list a model while they load it, and its end moves until it has served somebody', async () => {
  const models = [{ name: 'm', cold: true, loadMs: 20 }]
  for (const listsLoading of [true, false]) {
    const engine = createEngine({ models, listsLoading })
    const entering = enter(engine, new Person(), 'm')
    await settled()
    assert.equal(engine.loadedModels().length, listsLoading ? 1 : 0)
    const turn = await entering
    const endOf = (): number => engine.loadedModels()[0]?.expiresAtMs ?? 0
    const before = endOf()
    await new Promise((resolve) => setTimeout(resolve, 5))
    assert.ok(endOf() > before)
    turn.release(undefined)
    const fixed = endOf()
    await new Promise((resolve) => setTimeout(resolve, 5))
    assert.equal(endOf(), fixed)
  }
})
