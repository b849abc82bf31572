// Bytes that a hostile or broken client may send, one after the other at one gateway: each gets the answer it deserves,
// leaves one record, and harms nobody after it.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { connect } from 'node:net'
import { after, before, test } from 'node:test'
import { sumOf } from '../support/metrics.ts'
import { startStage, until, type Stage } from '../support/weir.ts'
import { hostileCases, MAX_BODY_BYTES, type HostileCase } from './hostile-cases.ts'
import { malformedCases } from './malformed-cases.ts'
import { parseAnswers, talk, toRequest, type Conversation } from './wire.ts'

const PATIENCE_MS = 1_500
/** Long enough for an answer that nobody asked for to show itself. */
const AFTERMATH_MS = 5
const GOOD = toRequest({
  path: '/v1/chat/completions',
  body: '{"model":"sim-chat","messages":[{"role":"user","content":"hi"}]}',
  headers: { connection: 'close' },
})

let stage: Stage

before(async () => {
  stage = await startStage({
    profile: { outputTokens: 2 },
    config: {
      server: { maxBody: `${MAX_BODY_BYTES / 1_048_576}MiB`, headerTimeout: '1s', bodyTimeout: '2s' },
    },
  })
})
after(() => stage.stop())

async function send({ send: bytes, statuses, halfClose, head = false }: HostileCase): Promise<Conversation> {
  let answeredMs: number | undefined
  const isAnswered = (seen: Buffer): boolean => {
    const answers = parseAnswers(seen, { head })
    return answers.length >= statuses.length && answers.every(({ whole }) => whole)
  }
  return talk(stage.port, bytes, {
    head,
    patienceMs: PATIENCE_MS,
    until: (seen) => {
      if (isAnswered(seen)) answeredMs ??= performance.now()
      return false
    },
    drive(socket) {
      if (halfClose === true) socket.end()
      const watch = setInterval(() => {
        if (answeredMs === undefined || performance.now() - answeredMs < AFTERMATH_MS) return
        if (halfClose !== true) socket.end()
        clearInterval(watch)
      }, 1)
      socket.once('close', () => clearInterval(watch))
    },
  })
}

function readError(conversation: Conversation): { code?: unknown; param?: unknown } | undefined {
  const body = conversation.answers.at(-1)?.body.toString('utf8') ?? ''
  try {
    return (JSON.parse(body) as { error?: { code?: unknown; param?: unknown } }).error
  } catch {
    return undefined
  }
}

for (const each of [...hostileCases, ...malformedCases]) {
  test(`${each.name}: ${each.statuses.length === 0 ? 'closed' : each.statuses.join(', ')}`, async () => {
    const before = stage.records.length
    const conversation = await send(each)
    const { answers, bytes } = conversation
    assert.deepEqual(
      answers.map(({ status }) => status),
      each.statuses,
      `${conversation.ended}: ${bytes.toString('latin1').slice(0, 300)}`,
    )
    assert.ok(answers.every(({ whole }) => whole))
    if (each.code !== undefined) assert.equal(readError(conversation)?.code, each.code)
    if (each.param !== undefined) assert.equal(readError(conversation)?.param, each.param)
    const text = bytes.toString('latin1')
    if (each.without !== undefined) assert.doesNotMatch(text, each.without)
    assert.doesNotMatch(text, /\n\s+at |node_modules|\.ts:\d/)
    const left = each.records ?? each.statuses.filter((status) => status >= 200).length
    const normal = await talk(stage.port, GOOD)
    assert.equal(normal.answers[0]?.status, 200, 'an ordinary request right after it')
    await stage.untilSealed(before + left + 1)
    assert.equal(stage.records.length, before + left + 1, 'one record for each answer')
  })
}

test('nothing got into the prototypes that every object has', () => {
  const plain = {} as Record<string, unknown>
  assert.equal(plain['polluted'], undefined)
  assert.equal(plain['evil'], undefined)
})

test('a number too large for JavaScript arrives at the backend as it was written', async () => {
  const body = '{"model":"sim-chat","seed":9007199254740993,"messages":[{"role":"user","content":"hi"}]}'
  const headers = { connection: 'close' }
  const { answers } = await talk(stage.port, toRequest({ path: '/v1/chat/completions', body, headers }))
  assert.equal(answers[0]?.status, 200)
  const hash = createHash('sha256').update(body).digest('hex')
  assert.equal(stage.ledger().entries.at(-1)?.bodySha256, hash)
})

test('a head that never ends is closed within its time, and said so', async () => {
  const sealed = stage.records.length
  const { answers, ended, tookMs } = await talk(stage.port, 'GET /v1/models HTTP/1.1\r\nhost: g\r\n', {
    drive: dripFeed('x-a: b\r\n'),
  })
  assert.equal(answers[0]?.status, 408)
  assert.notEqual(ended, 'left')
  assert.ok(tookMs > 900 && tookMs < 3_000, `after ${tookMs} ms`)
  await stage.untilSealed(sealed + 1)
  assert.equal(stage.records.at(-1)?.status, 408)
})

test('a body that never ends is refused within its time, and said so', async () => {
  const sealed = stage.records.length
  const head = 'POST /v1/chat/completions HTTP/1.1\r\nhost: g\r\ncontent-length: 5000\r\n\r\n'
  const { answers, ended, tookMs } = await talk(stage.port, head, { drive: dripFeed('{"a":1, ') })
  assert.equal(answers[0]?.status, 408)
  assert.equal(answers.length, 1)
  assert.notEqual(ended, 'left')
  assert.ok(tookMs > 1_900 && tookMs < 5_500, `after ${tookMs} ms`)
  await stage.untilSealed(sealed + 1)
  const record = stage.records.at(-1)
  assert.deepEqual(
    [record?.status, record?.outcome, record?.endpoint],
    [408, 'caller_error', '/v1/chat/completions'],
  )
})

const DRIP_MS = 100

function dripFeed(drop: string) {
  return (socket: {
    writable: boolean
    write(text: string): unknown
    once(event: 'close', act: () => void): unknown
  }) => {
    const drip = setInterval(() => socket.writable && socket.write(drop), DRIP_MS)
    socket.once('close', () => clearInterval(drip))
  }
}

test('a connection that says nothing costs nobody anything and leaves no record', async () => {
  const sealed = stage.records.length
  const { bytes } = await talk(stage.port, '', { patienceMs: 50 })
  assert.equal(bytes.length, 0)
  assert.equal(stage.records.length, sealed)
})

test('a client that was refused and keeps its side open does not keep a connection', async () => {
  await until(() => stage.weir.gateway.connections === 0, 'earlier connections are gone')
  const refused = [
    'no HTTP at all\r\n\r\n',
    'CONNECT a:1 HTTP/1.1\r\nhost: a\r\n\r\n',
    `GET /${'a'.repeat(20_000)}`,
  ]
  const sockets = refused.map((bytes) => {
    const socket = connect({ port: stage.port, host: '127.0.0.1', allowHalfOpen: true })
    socket.on('error', () => undefined).resume()
    socket.write(bytes)
    return socket
  })
  await until(() => stage.weir.gateway.connections > 0, 'they are connected')
  await until(() => stage.weir.gateway.connections === 0, 'the gateway let go of them', 4_000)
  for (const socket of sockets) socket.destroy()
})

test('every request and every refusal is counted once, in the metrics as in the records', async () => {
  const page = await stage.scrape()
  assert.equal(sumOf(page, 'http_requests_total'), stage.records.length)
  assert.equal(sumOf(page, 'weir_requests_total'), stage.records.length)
  assert.equal(sumOf(page, 'weir_inflight_requests'), 0)
  const { opened, sealed } = stage.weir.gateway
  assert.equal(opened, sealed)
  assert.doesNotMatch(page, /passwd|evil|elsewhere|__proto__|sim-chat\\r/)
})

test('every log line is one JSON document without characters that deceive a terminal', async () => {
  await stage.scrape()
  assert.ok(stage.logLines.length > hostileCases.length)
  for (const line of stage.logLines) {
    assert.doesNotMatch(line, /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/)
    const parsed = JSON.parse(line) as Record<string, unknown>
    assert.notEqual(parsed['msg'], 'forged')
  }
})
