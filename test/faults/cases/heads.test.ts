// Faults 22 to 24 and 32 to 34: heads that come slowly, are too large, or are framed to be understood in two ways.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startStage, type Stage } from '../../support/weir.ts'
import { talk, toRequest, type Conversation } from '../wire.ts'

let stage: Stage
before(async () => {
  stage = await startStage({ config: { server: { headerTimeout: '400ms', bodyTimeout: '600ms' } } })
})
after(() => stage.stop())

const PATH = '/v1/chat/completions'
const BODY = '{"model":"sim-chat","messages":[{"role":"user","content":"x"}]}'
const WELL = `POST ${PATH} HTTP/1.1\r\nhost: g\r\ncontent-type: application/json\r\n`
const SOUND = toRequest({ path: PATH, body: BODY, headers: { connection: 'close' } })

const statusOf = ({ answers }: Conversation): number | undefined => answers.at(-1)?.status

/** Whatever was done to the gateway, the next one is served. */
async function assertServes(): Promise<void> {
  assert.equal(statusOf(await talk(stage.port, SOUND)), 200)
}

test('a head that drips in is closed within its time, with many of them open others are served', async () => {
  const drips = Array.from({ length: 50 }, () => {
    let timer: NodeJS.Timeout | undefined
    return talk(stage.port, `${WELL}x-slow: `, {
      drive(socket) {
        timer = setInterval(() => socket.write('a'), 50)
        socket.once('close', () => clearInterval(timer))
      },
    })
  })
  await assertServes()
  for (const { tookMs } of await Promise.all(drips)) assert.ok(tookMs < 3_000, `open for ${tookMs} ms`)
})

test('a body that drips in is refused within its time', async () => {
  const { answers, tookMs } = await talk(stage.port, `${WELL}content-length: 1000\r\n\r\n{`, {
    drive(socket) {
      const timer = setInterval(() => socket.write(' '), 50)
      socket.once('close', () => clearInterval(timer))
    },
  })
  assert.equal(answers.at(-1)?.status, 408)
  assert.ok(tookMs < 4_000, `open for ${tookMs} ms`)
})

test('a head over its limit is a 431, in one long line as in three thousand short ones', async () => {
  const long = `${WELL}x: ${'a'.repeat(20_000)}\r\n\r\n`
  const many = `${WELL}${Array.from({ length: 3_000 }, (_, index) => `x${index}: y\r\n`).join('')}\r\n`
  for (const head of [long, many]) assert.equal(statusOf(await talk(stage.port, head)), 431)
})

const LENGTH = `content-length: ${BODY.length}\r\n`
const AMBIGUOUS: Readonly<Record<string, string>> = {
  'a length and chunks': `${WELL}${LENGTH}transfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
  'two lengths': `${WELL}${LENGTH}content-length: 0\r\n\r\n${BODY}`,
  'an unknown coding': `${WELL}transfer-encoding: xchunked\r\n\r\n0\r\n\r\n`,
  'lines that end in LF alone': `POST ${PATH} HTTP/1.1\nhost: g\n${LENGTH}\n${BODY}`,
  'a folded header': `${WELL}x: a\r\n b\r\n${LENGTH}\r\n${BODY}`,
  'a hexadecimal chunk size': `${WELL}transfer-encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n`,
  'a signed length': `${WELL}content-length: +${BODY.length}\r\n\r\n${BODY}`,
}

test('a request that two readers could frame differently is refused', async () => {
  for (const [what, bytes] of Object.entries(AMBIGUOUS)) {
    assert.equal(statusOf(await talk(stage.port, bytes, { patienceMs: 3_000 })), 400, what)
  }
  assert.equal(
    stage.ledger().entries.filter(({ path }) => path !== PATH && path.startsWith('/v1/c')).length,
    0,
  )
  await assertServes()
})

const ODD: Readonly<Record<string, string>> = {
  'two hosts': `${WELL}host: other\r\n${LENGTH}\r\n${BODY}`,
  'the URL of another host': `POST http://other${PATH} HTTP/1.1\r\nhost: g\r\n${LENGTH}\r\n${BODY}`,
  'chunks in HTTP/1.0': `POST ${PATH} HTTP/1.0\r\nhost: g\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
  'a path that climbs': `POST /v1/../api/chat HTTP/1.1\r\nhost: g\r\n${LENGTH}\r\n${BODY}`,
  'an escaped slash': `POST /v1%2fchat/completions HTTP/1.1\r\nhost: g\r\n${LENGTH}\r\n${BODY}`,
  'escaped dots': `POST /v1/%2e%2e/api/chat HTTP/1.1\r\nhost: g\r\n${LENGTH}\r\n${BODY}`,
  'an empty segment': `POST //v1/chat/completions HTTP/1.1\r\nhost: g\r\n${LENGTH}\r\n${BODY}`,
}

test('what Node accepts and a router could be misled by is refused', async () => {
  const asked = stage.ledger().totals.started
  for (const [what, bytes] of Object.entries(ODD)) {
    const status = statusOf(
      await talk(stage.port, bytes, { patienceMs: 3_000, until: (all) => all.includes('}') }),
    )
    assert.ok(status === 400 || status === 404, `${what}: ${status}`)
  }
  assert.equal(stage.ledger().totals.started, asked, 'none of them reached a backend')
})

test('line breaks and NULs make no header, neither sent as one nor hidden in the name of a model', async () => {
  for (const bad of ['x: a\rb: c\r\n', 'x: a\0b\r\n', 'x\n: a\r\n']) {
    assert.equal(
      statusOf(await talk(stage.port, `${WELL}${bad}${LENGTH}\r\n${BODY}`)),
      400,
      JSON.stringify(bad),
    )
  }
  const body = BODY.replace('sim-chat', String.raw`sim-chat\r\nx-evil: 1\u0000`)
  const { answers, bytes } = await talk(
    stage.port,
    toRequest({ path: PATH, body, headers: { connection: 'close' } }),
  )
  assert.equal(answers[0]?.status, 404)
  assert.doesNotMatch(bytes.toString('latin1'), /\r\nx-evil/i)
  assert.ok(stage.logLines.every((line) => !line.includes('\u0000')))
})
