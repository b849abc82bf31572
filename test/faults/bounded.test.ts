// Memory, time and work are bounded whatever a backend pours out and however slowly a client drinks. The gateway runs as
// a process of its own, so that its memory can be measured from outside.
import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import { existsSync } from 'node:fs'
import { after, before, test, type TestContext } from 'node:test'
import { createSimulator, type Simulator } from '../../src/simulator/index.ts'
import { until } from '../support/weir.ts'
import { callers, judge, type Caller } from './callers.ts'
import { startChildGateway, type ChildGateway } from './child-gateway.ts'
import { pour, startRawBackend, type RawBackend } from './raw-backend.ts'
import { talk, toRequest } from './wire.ts'

/** A test that reads the memory of another process, which only Linux shows. */
function measured(name: string, work: (t: TestContext) => Promise<void>): void {
  test(name, (t) => (existsSync('/proc/self/status') ? work(t) : t.skip('needs /proc of Linux')))
}

const MIB = 1_048_576
const GIANT_MIB = 100
/** What may be held of one answer, the buffers of both sockets, and what the collector leaves lying about. */
const MOST_GROWTH_MIB = 48
/** Buffers of the kernel, of both sides and of whoever pours. */
const MOST_POURED_BYTES = 24 * MIB
const WRITE_TIMEOUT_MS = 500

const chatStream = callers.find(({ name }) => name === 'openai chat stream')!
const chatWhole = callers.find(({ name }) => name === 'openai chat whole')!

let simulator: Simulator
let raw: RawBackend
let child: ChildGateway
/** How the raw backend answers next. */
let rawAnswer: (socket: Socket) => void = (socket) => socket.destroy()

before(async () => {
  simulator = createSimulator({ outputTokens: 12 })
  const { url } = await simulator.listen()
  raw = await startRawBackend((socket) => rawAnswer(socket))
  child = await startChildGateway({
    server: { maxBody: '64KiB', writeTimeout: `${WRITE_TIMEOUT_MS}ms` },
    backends: [
      { name: 'sim', url, kind: 'simulator' },
      { name: 'raw', url: raw.url, models: ['raw'] },
    ],
  })
  // What a process takes once, it takes here: code, pools, the first page of metrics.
  for (const caller of callers) for (let i = 0; i < 20; i += 1) await ask(caller, {})
})

after(async () => {
  const code = await child.stop().finally(async () => {
    await raw.close()
    await simulator.close()
  })
  assert.equal(code, 0)
})

function ask(caller: Caller, { fault, model }: { fault?: string; model?: string }) {
  const headers = {
    ...caller.headers,
    connection: 'close',
    ...(fault !== undefined && { 'x-sim-fault': fault }),
  }
  return talk(child.port, toRequest({ path: caller.path, body: caller.toBody('hi', model), headers }))
}

/** How much larger the gateway became at most while this ran. */
async function growthOf(work: () => Promise<void>): Promise<number> {
  child.resetPeak()
  const { residentMiB } = child.memory()
  await work()
  return child.memory().peakMiB - residentMiB
}

for (const caller of callers.filter(({ stream }) => stream)) {
  measured(
    `a line of ${GIANT_MIB} MiB is an error to its caller and ends its backend: ${caller.name}`,
    async (t) => {
      const growthMiB = await growthOf(async () => {
        const verdict = judge(caller, await ask(caller, { fault: `giant-line=${GIANT_MIB}` }))
        assert.equal(verdict.kind, 'error')
      })
      await until(() => simulator.ledger.totals.inFlight === 0, 'the backend is left')
      const entry = simulator.ledger.entries.at(-1)
      assert.equal(entry?.ended, 'client-left')
      assert.ok(entry.bytesWritten < MOST_POURED_BYTES, `${entry.bytesWritten} bytes were taken`)
      assert.ok(growthMiB < MOST_GROWTH_MIB, `grew by ${growthMiB} MiB`)
      t.diagnostic(`grew by ${growthMiB.toFixed(1)} MiB, took ${(entry.bytesWritten / MIB).toFixed(1)} MiB`)
    },
  )
}

const WHOLE_MIB = 300
/** Nothing of it is kept; what is seen is what the collector has not come to yet. */
const MOST_WHOLE_GROWTH_MIB = 128

measured(`a whole answer of ${WHOLE_MIB} MiB passes through without being held`, async (t) => {
  const headers = { 'x-sim-fault': `giant-line=${WHOLE_MIB}`, connection: 'close' }
  const request = toRequest({ path: chatWhole.path, body: chatWhole.toBody('hi'), headers })
  const growthMiB = await growthOf(async () => {
    const { bytes, end } = await countBytes(child.port, request)
    assert.ok(bytes > WHOLE_MIB * MIB)
    assert.ok(end.endsWith('\r\n0\r\n\r\n'), 'to its last chunk')
  })
  assert.ok(growthMiB < MOST_WHOLE_GROWTH_MIB, `grew by ${growthMiB} MiB`)
  t.diagnostic(`grew by ${growthMiB.toFixed(1)} MiB`)
})

/** A client that keeps nothing of what it reads but its end. */
function countBytes(port: number, request: Buffer): Promise<{ bytes: number; end: string }> {
  return new Promise((resolve, reject) => {
    let bytes = 0
    let end = ''
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.write(request))
    socket.on('data', (chunk) => {
      bytes += chunk.length
      end = (end + chunk.toString('latin1', Math.max(0, chunk.length - 16))).slice(-16)
    })
    socket.once('end', () => resolve({ bytes, end }))
    socket.once('error', reject)
  })
}

const OK_STREAM = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n'
const FLOODS: readonly { name: string; head: string; piece: string }[] = [
  { name: 'a comment without an end', head: `${OK_STREAM}: `, piece: 'a'.repeat(65_536) },
  { name: 'comments and no event', head: OK_STREAM, piece: ': ping\n\n'.repeat(4_096) },
  { name: 'events without data', head: OK_STREAM, piece: 'event: ping\n\n'.repeat(4_096) },
  { name: 'a header without an end', head: 'HTTP/1.1 200 OK\r\nx-long: ', piece: 'a'.repeat(65_536) },
  { name: 'headers without an end', head: 'HTTP/1.1 200 OK\r\n', piece: 'x-a: b\r\n'.repeat(4_096) },
  {
    name: 'an error page without an end',
    head: 'HTTP/1.1 500 Oops\r\ncontent-type: text/html\r\nconnection: close\r\n\r\n',
    piece: 'a'.repeat(65_536),
  },
]

for (const { name, head, piece } of FLOODS) {
  measured(`a backend that pours out ${name} gets no further than the limits`, async () => {
    let poured: Promise<number> | undefined
    rawAnswer = (socket) => {
      socket.write(head)
      poured = pour(socket, Buffer.from(piece), GIANT_MIB * MIB)
    }
    const growthMiB = await growthOf(async () => {
      const { answers } = await ask(chatStream, { model: 'raw' })
      assert.equal(answers[0]?.status, 502)
    })
    const bytes = (await poured) ?? 0
    assert.ok(bytes < MOST_POURED_BYTES, `${bytes} bytes were taken`)
    assert.ok(growthMiB < MOST_GROWTH_MIB, `grew by ${growthMiB} MiB`)
  })
}

measured('a body over the limit is refused and thrown away as it comes', async (t) => {
  const head = 'POST /v1/chat/completions HTTP/1.1\r\nhost: g\r\ntransfer-encoding: chunked\r\n\r\n'
  const piece = Buffer.from(`10000\r\n${'a'.repeat(65_536)}\r\n`)
  let poured = 0
  const growthMiB = await growthOf(async () => {
    const { answers } = await talk(child.port, head, {
      drive: (socket) => void pour(socket, piece, 2 * GIANT_MIB * MIB).then((bytes) => (poured = bytes)),
      patienceMs: LINGER_MS * 2,
    })
    assert.deepEqual(
      answers.map(({ status }) => status),
      [413],
    )
  })
  assert.ok(growthMiB < MOST_WHOLE_GROWTH_MIB, `grew by ${growthMiB} MiB`)
  t.diagnostic(`grew by ${growthMiB.toFixed(1)} MiB while ${(poured / MIB).toFixed(0)} MiB came`)
})

/** How long a refused body is thrown away before its connection is closed. */
const LINGER_MS = 2_000

const EVENT = Buffer.from(
  `data: {"choices":[{"index":0,"delta":{"content":"${'a'.repeat(200)}"}}]}\n\n`.repeat(64),
)
const DEAF_CLIENTS = 20
const MOST_KIB_PER_DEAF_CLIENT = 1_024
/** Deadlines are looked at twenty times a second, and twenty clients are cut one after the other. */
const MOST_CUT_MS = WRITE_TIMEOUT_MS + 2_000

/** Asks, and reads nothing. */
function startDeafClient(id: string): Socket {
  const socket = connect({ port: child.port, host: '127.0.0.1' })
  socket.on('error', () => undefined)
  socket.pause()
  const body = chatStream.toBody('hi', 'raw')
  socket.write(toRequest({ path: chatStream.path, body, headers: { 'x-request-id': id } }))
  return socket
}

measured(
  'a client that does not read stops its backend, is cut off in time, and costs little memory',
  async (t) => {
    const poured: number[] = []
    rawAnswer = (socket) => {
      socket.write(OK_STREAM)
      void pour(socket, EVENT, GIANT_MIB * MIB).then((bytes) => poured.push(bytes))
    }
    const ids = Array.from({ length: DEAF_CLIENTS }, (_, index) => `deaf-${index}`)
    let deaf: Socket[] = []
    const startMs = performance.now()
    const growthMiB = await growthOf(async () => {
      deaf = ids.map(startDeafClient)
      await until(() => poured.length === DEAF_CLIENTS, 'their backends are left')
    })
    const tookMs = performance.now() - startMs
    const kibEach = (growthMiB * 1_024) / DEAF_CLIENTS
    t.diagnostic(
      `left after ${Math.round(tookMs)} ms, ${kibEach.toFixed(0)} KiB each, at most ${Math.max(...poured)} bytes`,
    )
    assert.ok(tookMs < MOST_CUT_MS, `${tookMs} ms`)
    assert.ok(Math.max(...poured) < MOST_POURED_BYTES, `${Math.max(...poured)} bytes were taken`)
    assert.ok(kibEach < MOST_KIB_PER_DEAF_CLIENT, `${kibEach} KiB each`)
    for (const id of ids) {
      const line = await child.lineOf(id)
      assert.deepEqual(
        [line['outcome'], line['code'], line['interrupted_by']],
        ['abandoned', 'client_closed', 'caller'],
      )
      const phases = line['phases_ms'] as Record<string, number>
      assert.ok((phases['client-stall'] ?? 0) >= WRITE_TIMEOUT_MS, JSON.stringify(phases))
    }
    for (const socket of deaf) socket.destroy()
  },
)

const SIP_EVERY_MS = 100
/** Small sips do not open the window of a receive buffer that has grown to megabytes. */
const SIP_BYTES = 2 * MIB
/** More than the kernel's buffers take. */
const SLOW_ANSWER_BYTES = 24 * MIB

measured(
  'a client that reads slowly, but reads, gets everything, and its slowness is booked to it',
  async () => {
    rawAnswer = (socket) => {
      socket.write(OK_STREAM)
      void pour(socket, EVENT, SLOW_ANSWER_BYTES).then(() => socket.end('data: [DONE]\n\n'))
    }
    const request = toRequest({
      path: chatStream.path,
      body: chatStream.toBody('hi', 'raw'),
      headers: { 'x-request-id': 'slow', connection: 'close' },
    })
    const conversation = await talk(child.port, request, {
      drive(socket) {
        let thirst = 0
        socket.pause()
        socket.on('data', (chunk) => {
          thirst -= chunk.length
          if (thirst <= 0) socket.pause()
        })
        const sip = setInterval(() => {
          thirst = SIP_BYTES
          socket.resume()
        }, SIP_EVERY_MS)
        socket.once('close', () => clearInterval(sip))
      },
    })
    assert.equal(judge(chatStream, conversation).kind, 'complete')
    const line = await child.lineOf('slow')
    assert.equal(line['outcome'], 'ok')
    const phases = line['phases_ms'] as Record<string, number>
    assert.ok((phases['client-stall'] ?? 0) > SIP_EVERY_MS, JSON.stringify(phases))
  },
)

const STREAMS = 1_000
const STREAM_TOKENS = 12
const MOST_KIB_PER_STREAM = 160
const MOST_SECONDS = 30

measured('a thousand slow streams at once all complete', async (t) => {
  simulator.configure({ firstTokenMs: 1_500, tokensPerSecond: 8, jitterRatio: 0.2 })
  const startMs = performance.now()
  const beforeMiB = child.memory().residentMiB
  let mostMiB = 0
  const watch = setInterval(() => (mostMiB = Math.max(mostMiB, child.memory().residentMiB)), 100)
  const streams = Array.from({ length: STREAMS }, (_, index) => {
    const caller = callers.filter(({ stream }) => stream)[index % 4]!
    return ask(caller, { fault: `tokens=${STREAM_TOKENS}` }).then(
      (conversation) => judge(caller, conversation).kind,
    )
  })
  await until(() => simulator.ledger.totals.inFlight === STREAMS, 'all are under way at once')
  const verdicts = await Promise.all(streams)
  clearInterval(watch)
  simulator.configure({ firstTokenMs: 0, tokensPerSecond: 0, jitterRatio: 0 })
  assert.deepEqual(
    verdicts.filter((kind) => kind !== 'complete'),
    [],
  )
  const seconds = (performance.now() - startMs) / 1_000
  const kibEach = ((mostMiB - beforeMiB) * 1_024) / STREAMS
  t.diagnostic(`${STREAMS} streams in ${seconds.toFixed(1)} s, ${kibEach.toFixed(0)} KiB each`)
  assert.ok(seconds < MOST_SECONDS, `took ${seconds} s`)
  assert.ok(kibEach < MOST_KIB_PER_STREAM, `${kibEach} KiB each`)
})
