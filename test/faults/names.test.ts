// Backends by name, and a name service that fails, hangs, changes its mind or is turned against us.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { systemClock, type Clock } from '../../src/core/clock.ts'
import type { WeirOptions } from '../../src/app/app.ts'
import { createSimulator, type Simulator } from '../../src/simulator/index.ts'
import { startGateway, type TestGateway, type Written } from '../support/weir.ts'
import { callers } from './callers.ts'
import { talk, toRequest, type WireAnswer } from './wire.ts'

type Lookup = NonNullable<WeirOptions['lookup']>
type Found = Awaited<ReturnType<Lookup>>

const MODEL = 'sim-chat'
const HOST = 'model.test'
/** Longer than an answer of the name service counts as fresh, and longer than any connection rests. */
const LATER_MS = 61_000
/** RFC 6666: whatever is sent there is discarded, or there is no way there at all. */
const BLACK_HOLE = { address: '100::1', family: 6 }
const HERE = { address: '127.0.0.1', family: 4 }

const chat = callers.find(({ name }) => name === 'openai chat whole')!
const running: { stop(): Promise<void> }[] = []
after(async () => {
  for (const each of running) await each.stop()
})

/** The system's clock, which can be put forward between two requests. */
function createJumpingClock(): Clock & { jump(ms: number): void } {
  let aheadMs = 0
  return {
    ...systemClock,
    now: () => systemClock.now() + aheadMs,
    jump: (ms) => {
      aheadMs += ms
    },
  }
}

interface World {
  readonly gateway: TestGateway
  readonly simulator: Simulator
  readonly asked: () => number
  /** What the name service says from now on. */
  say(answer: () => Promise<Found>): void
  /** So much later that names are looked up anew and connections are opened anew. */
  later(): void
  ask(): Promise<WireAnswer | undefined>
}

async function startWorld(answer: () => Promise<Found>, also: Written = {}): Promise<World> {
  const simulator = createSimulator({ outputTokens: 4 })
  const { url } = await simulator.listen()
  const clock = createJumpingClock()
  let asked = 0
  let say = answer
  const lookup: Lookup = () => {
    asked += 1
    return say()
  }
  const backend = { name: 'named', url: url.replace('127.0.0.1', HOST), kind: 'simulator', models: [MODEL] }
  const gateway = await startGateway(
    { backends: [{ ...backend, timeouts: { connect: '1s' }, ...also }], retry: { attempts: 1 } },
    { lookup, clock },
  )
  running.push({
    async stop() {
      await gateway.stop()
      await simulator.close()
    },
  })
  return {
    gateway,
    simulator,
    asked: () => asked,
    say: (next) => (say = next),
    later: () => clock.jump(LATER_MS),
    async ask() {
      const headers = { ...chat.headers, connection: 'close' }
      const { answers } = await talk(
        gateway.port,
        toRequest({ path: chat.path, body: chat.toBody('hi', MODEL), headers }),
      )
      return answers[0]
    },
  }
}

const fail = (code: string) => () => Promise.reject(Object.assign(new Error(`getaddrinfo ${code}`), { code }))

test('a name that stops resolving, and does so again, costs no request', async () => {
  const world = await startWorld(async () => [HERE])
  assert.equal((await world.ask())?.status, 200)
  for (const code of ['ENOTFOUND', 'EAI_AGAIN', 'ENOTFOUND']) {
    world.say(fail(code))
    world.later()
    assert.equal((await world.ask())?.status, 200, code)
    world.say(async () => [HERE])
    world.later()
    assert.equal((await world.ask())?.status, 200)
  }
})

test('a name that never resolved is a backend that cannot be reached, until it does', async () => {
  const world = await startWorld(fail('ENOTFOUND'))
  const refused = await world.ask()
  assert.ok([502, 503].includes(refused?.status ?? 0))
  assert.doesNotMatch(String(refused?.body), /model\.test|ENOTFOUND|getaddrinfo/)
  world.say(async () => [HERE])
  await world.gateway.weir.gateway.runtime.fleet.refresh()
  assert.equal((await world.ask())?.status, 200)
})

test('a name service that hangs holds up nobody who has been there, and is asked once', async () => {
  const world = await startWorld(async () => [HERE])
  assert.equal((await world.ask())?.status, 200)
  world.say(() => new Promise(() => undefined))
  world.later()
  const before = world.asked()
  const all = await Promise.all(Array.from({ length: 20 }, () => world.ask()))
  assert.deepEqual(new Set(all.map((answer) => answer?.status)), new Set([200]))
  assert.equal(world.asked(), before + 1)
})

test('a name service that hangs from the start is waited for as long as a connection may take', async () => {
  const world = await startWorld(() => new Promise(() => undefined))
  const startMs = performance.now()
  const { status, body } = (await world.ask()) ?? {}
  assert.ok([502, 503, 504].includes(status ?? 0), String(body))
  assert.ok(performance.now() - startMs < 3_000)
})

test('a name that moves to another machine is followed by the next connection', async () => {
  const world = await startWorld(async () => [HERE])
  assert.equal((await world.ask())?.status, 200)
  const { port } = world.simulator.address!
  const other = createSimulator({ outputTokens: 4 })
  await other.listen({ host: '127.0.0.2', port })
  running.push({ stop: () => other.close() })
  const { started } = world.simulator.ledger.totals
  world.say(async () => [{ address: '127.0.0.2', family: 4 }])
  world.later()
  assert.equal((await world.ask())?.status, 200)
  assert.equal(world.simulator.ledger.totals.started, started)
  assert.ok(other.ledger.totals.started > 0)
})

test('an IPv6 address into nowhere delays the first connection, and no request fails', async () => {
  const world = await startWorld(async () => [BLACK_HOLE, HERE])
  for (let round = 0; round < 3; round += 1) {
    const startMs = performance.now()
    assert.equal((await world.ask())?.status, 200)
    assert.ok(performance.now() - startMs < 1_000)
    world.later()
  }
})

test('a name that comes to mean a metadata service is not dialled, and only the log says why', async () => {
  const world = await startWorld(async () => [HERE])
  assert.equal((await world.ask())?.status, 200)
  world.say(async () => [{ address: '169.254.169.254', family: 4 }])
  world.later()
  const refused = await world.ask()
  assert.equal(refused?.status, 502)
  const told = `${[...(refused?.headers ?? [])].join('\n')}${refused?.body.toString()}`
  assert.doesNotMatch(told, /169\.254|metadata|model\.test|WEIR_/)
  const reasons = world.gateway.logLines.filter((line) => line.includes('"level":"warn"'))
  assert.match(reasons.join('\n'), /169\.254\.169\.254 is link-local, as the metadata services of clouds are/)
  world.later()
  await world.gateway.weir.gateway.runtime.fleet.refresh()
  assert.match(world.gateway.logLines.join('\n'), /WEIR_ADDRESS_REFUSED/)
})
