import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createManualClock, type ManualClock } from '../../core/clock.ts'
import { WeirError } from '../../core/errors.ts'
import { Slot } from '../admission/slot.ts'
import type { Backend } from '../routing/backend.ts'
import type { AnswerReader } from '../streaming/answer-reader.ts'
import { UpstreamAttempt, type Opened } from './attempt.ts'
import { Deadlines } from './deadline.ts'
import type { BackendClient } from './client.ts'
import type { AnswerSink } from './http1/connection.ts'

const TIMEOUTS = { connect: 100, firstToken: 1_000, load: 5_000, idle: 500, total: 10_000 }
const TICK_MS = 50
const LEFT = new WeirError('client_closed')

/** The wire, of which nothing is real: what it tells is up to the test. */
class FakeConnection {
  sink: AnswerSink | undefined
  throws = false
  isPaused = false

  send(_request: unknown, sink: AnswerSink): void {
    if (this.throws) throw new TypeError('a header with a line break')
    this.sink = sink
  }

  pause(): void {
    this.isPaused = true
  }

  resume(): void {
    this.isPaused = false
  }
}

class FakeBackend implements Pick<Backend, 'name' | 'kind' | 'inflight'> {
  readonly name = 'b'
  readonly kind = 'ollama'
  readonly settings = { timeouts: TIMEOUTS }
  inflight = 0
  mustLoadNow = false
  readonly ended: (string | undefined)[] = []
  readonly given: string[] = []
  readonly connections: FakeConnection[] = []
  readonly client: Pick<BackendClient, 'acquire' | 'release' | 'discard'> = {
    acquire: () => {
      const connection = new FakeConnection()
      this.connections.push(connection)
      return connection as never
    },
    release: () => void this.given.push('released'),
    discard: () => void this.given.push('discarded'),
  }

  mustLoad(): boolean {
    return this.mustLoadNow
  }

  noteSign(): void {
    // What it is told is the matter of its own tests.
  }

  attemptOver({ error }: { error: WeirError | undefined }): void {
    this.ended.push(error?.code)
  }
}

/** Opens with the first bytes and passes on whatever comes. */
function readAll(attempt: UpstreamAttempt): AnswerReader {
  return {
    showsTokens: false,
    isComplete: false,
    push(bytes) {
      if (!attempt.isOpen) attempt.open()
      attempt.write(bytes)
    },
    end: () => undefined,
  }
}

interface Bench {
  readonly clock: ManualClock
  readonly deadlines: Deadlines
  readonly backend: FakeBackend
  /** How often the slot of an attempt came back. */
  readonly slotsBack: () => number
  begin(options?: { stream?: boolean; totalMs?: number }): UpstreamAttempt
}

function createBench(): Bench {
  const clock = createManualClock()
  const deadlines = new Deadlines(clock)
  const backend = new FakeBackend()
  let back = 0
  const issuer = { takeBack: () => void (back += 1) }
  return {
    clock,
    deadlines,
    backend,
    slotsBack: () => back,
    begin({ stream = true, totalMs = TIMEOUTS.total } = {}) {
      return new UpstreamAttempt({
        ...{ clock, deadlines, stream, model: 'm', writeTimeoutMs: 2_000, readReply: readAll },
        backend: backend as unknown as Backend,
        slot: new Slot(issuer, undefined, 1),
        totalDeadlineMs: clock.now() + totalMs,
      })
    },
  }
}

const REQUEST = { method: 'POST', path: '/v1', headers: [], body: Buffer.alloc(0) } as const

function start(bench: Bench, options?: { stream?: boolean; totalMs?: number }) {
  const attempt = bench.begin(options)
  attempt.start(REQUEST)
  const sink = bench.backend.connections.at(-1)?.sink
  assert.ok(sink !== undefined)
  return { attempt, sink }
}

async function codeOf(attempt: UpstreamAttempt): Promise<string | undefined> {
  const outcome: Opened | WeirError = await attempt.opened
  return outcome instanceof WeirError ? outcome.code : undefined
}

/** However it ends, what it held is given back once. */
function assertOver({ backend, deadlines, slotsBack }: Bench, given: readonly string[]): void {
  assert.deepEqual([backend.inflight, slotsBack(), backend.ended.length], [0, 1, 1])
  assert.deepEqual(backend.given, given)
  let left = 0
  deadlines.forEach(() => (left += 1))
  assert.equal(left, 0)
}

const ENDS: Readonly<Record<string, { end(bench: Bench): Promise<unknown>; given?: readonly string[] }>> = {
  'its answer is complete': {
    async end(bench) {
      const { attempt, sink } = start(bench)
      sink.onConnected()
      sink.onHead(200, {})
      sink.onBody(Buffer.from('a'))
      sink.onEnd()
      assert.equal(await codeOf(attempt), undefined)
      attempt.cancel(LEFT)
    },
    given: ['released'],
  },
  'its connection breaks': {
    async end(bench) {
      const { attempt, sink } = start(bench)
      sink.onBroken(new Error('reset'))
      assert.equal(await codeOf(attempt), 'backend_unreachable')
      attempt.cancel(LEFT)
    },
  },
  'the connection stands too late': {
    async end(bench) {
      const { attempt } = start(bench)
      bench.clock.advance(TIMEOUTS.connect + TICK_MS)
      assert.equal(await codeOf(attempt), 'backend_unreachable')
    },
  },
  'no first token comes': {
    async end(bench) {
      const { attempt, sink } = start(bench)
      sink.onConnected()
      bench.clock.advance(TIMEOUTS.firstToken + TICK_MS)
      assert.equal(await codeOf(attempt), 'first_token_timeout')
    },
  },
  'its caller leaves in the middle': {
    async end(bench) {
      const { attempt, sink } = start(bench)
      sink.onConnected()
      sink.onHead(200, {})
      sink.onBody(Buffer.from('a'))
      attempt.cancel(LEFT)
      attempt.cancel(LEFT)
      sink.onEnd()
    },
  },
  'its request cannot be written': {
    async end(bench) {
      const attempt = bench.begin()
      bench.backend.client.acquire = () => Object.assign(new FakeConnection(), { throws: true }) as never
      attempt.start(REQUEST)
      assert.equal(await codeOf(attempt), 'internal')
    },
  },
  'it was given up before it started': {
    async end(bench) {
      const attempt = bench.begin()
      attempt.cancel(LEFT)
      attempt.start(REQUEST)
      assert.equal(await codeOf(attempt), 'client_closed')
    },
    given: [],
  },
}

for (const [name, way] of Object.entries(ENDS)) {
  test(`what an attempt holds is given back once when ${name}`, async () => {
    const bench = createBench()
    await way.end(bench)
    assertOver(bench, way.given ?? ['discarded'])
  })
}

test('what came before somebody took the answer follows in order, and then its end', async () => {
  const { attempt, sink } = start(createBench())
  sink.onConnected()
  sink.onHead(200, {})
  for (const letter of ['a', 'b']) sink.onBody(Buffer.from(letter))
  sink.onEnd()
  const told: string[] = []
  attempt.attach({
    write: (bytes) => void told.push(bytes.toString()),
    onUpstreamEnd: (error) => void told.push(error?.code ?? 'end'),
  })
  assert.deepEqual(told, ['a', 'b', 'end'])
})

test('a caller that does not read stops the reading, and is cut off when it never reads again', () => {
  const bench = createBench()
  const { attempt, sink } = start(bench)
  sink.onConnected()
  sink.onHead(200, {})
  sink.onBody(Buffer.from('a'))
  attempt.pause(bench.clock.now())
  const [connection] = bench.backend.connections
  assert.equal(connection?.isPaused, true)
  bench.clock.advance(1_900)
  assert.equal(attempt.resume(bench.clock.now()), 1_900)
  assert.equal(connection?.isPaused, false)
  attempt.pause(bench.clock.now())
  bench.clock.advance(2_000 + TICK_MS)
  assert.equal(attempt.error?.code, 'client_closed')
  assertOver(bench, ['discarded'])
})

/** Two that wait for one load, which the first of them began. */
function startLoad(bench: Bench, { totalMs = TIMEOUTS.total } = {}) {
  bench.backend.mustLoadNow = true
  const first = start(bench, { totalMs })
  first.sink.onConnected()
  bench.clock.advance(TICK_MS)
  const second = start(bench)
  second.sink.onConnected()
  return { first, second }
}

test('the load that others wait for outlives its caller, and its whole time', async () => {
  for (const totalMs of [TIMEOUTS.total, 1_000]) {
    const bench = createBench()
    const { first, second } = startLoad(bench, { totalMs })
    if (totalMs < TIMEOUTS.total) bench.clock.advance(1_000)
    else first.attempt.cancel(LEFT)
    const code = totalMs < TIMEOUTS.total ? 'deadline_exceeded' : 'client_closed'
    assert.equal(await codeOf(first.attempt), code)
    assert.deepEqual([first.attempt.isDetached, bench.backend.inflight, bench.slotsBack()], [true, 2, 0])
    second.attempt.noteLoaded(bench.clock.now(), bench.clock.now())
    first.attempt.noteLoaded(bench.clock.now(), bench.clock.now())
    assert.deepEqual([bench.backend.inflight, bench.slotsBack()], [1, 1])
    assert.deepEqual(bench.backend.ended, [code])
  }
})

test('a load is kept for no longer than one may take', () => {
  const bench = createBench()
  const { first } = startLoad(bench)
  first.attempt.cancel(LEFT)
  bench.clock.advance(TIMEOUTS.load)
  assert.deepEqual([bench.backend.given[0], bench.backend.ended[0]], ['discarded', 'client_closed'])
})

test('what is kept for the sake of a load ends with the first sign of its answer, which nobody wants', () => {
  const bench = createBench()
  const { first } = startLoad(bench)
  first.attempt.cancel(LEFT)
  first.sink.onHead(200, {})
  assert.deepEqual([bench.backend.inflight, bench.slotsBack()], [1, 1])
})

test('a load that nobody else waits for ends with its caller', () => {
  const bench = createBench()
  const { first, second } = startLoad(bench)
  second.attempt.cancel(LEFT)
  first.attempt.cancel(LEFT)
  assert.deepEqual([bench.backend.inflight, bench.slotsBack()], [0, 2])
  assert.equal(first.attempt.isDetached, false)
})
