// A caller that closes its sending side behind its request and waits is served; one that left, which looks the same, is
// found out (test/acceptance/cancellation.test.ts holds how fast). What is written to find out disturbs no answer.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startStage, until, type Stage } from '../support/weir.ts'
import { callers, judge, type Caller } from './callers.ts'
import { talk, toRequest, type Conversation } from './wire.ts'

/** A caller that waits is asked at growing intervals: within this, several times. */
const SLOW_MS = 300
const SEEN_WITHIN_MS = 1_000

let stage: Stage
before(async () => {
  stage = await startStage({ profile: { outputTokens: 6 } })
})
after(() => stage.stop())

/** Sends a request and the FIN behind it. */
function askAndClose(caller: Caller, fault: string | undefined, port = stage.port): Promise<Conversation> {
  const headers = { ...caller.headers, ...(fault !== undefined && { 'x-sim-fault': fault }) }
  const request = toRequest({ path: caller.path, body: caller.toBody('hi'), headers })
  return talk(port, request, { drive: (socket) => void socket.end() })
}

for (const caller of callers) {
  test(`a caller that sends a FIN behind its request gets its whole answer: ${caller.name}`, async () => {
    const sealed = stage.records.length
    for (const fault of [undefined, `slow-ttft=${SLOW_MS}`, 'slow-tokens=60']) {
      const conversation = await askAndClose(caller, fault)
      assert.deepEqual(
        judge(caller, conversation),
        { kind: 'complete' },
        `${fault}: ${conversation.bytes.toString()}`,
      )
      assert.equal(conversation.ended, 'fin')
      const interim = conversation.answers.slice(0, -1).map(({ status }) => status)
      assert.ok(
        interim.every((status) => status === 102),
        interim.join(),
      )
      if (fault?.startsWith('slow-ttft') === true)
        assert.ok(interim.length > 1, 'it was asked whether it is there')
    }
    const records = (await stage.untilSealed(sealed + 3)).slice(sealed)
    assert.deepEqual(
      records.map(({ outcome, status }) => [outcome, status]),
      [
        ['ok', 200],
        ['ok', 200],
        ['ok', 200],
      ],
    )
  })
}

const chatStream = callers.find(({ name }) => name === 'openai chat stream')!

test('between two events it is asked by zeros in front of the size of a chunk, a bounded number of them', async () => {
  const { bytes, answers } = await askAndClose(chatStream, 'slow-tokens=80')
  assert.match(bytes.toString('latin1'), /\r\n0{1,8}[1-9a-f][0-9a-f]*\r\ndata: /)
  assert.doesNotMatch(bytes.toString('latin1'), /\r\n0{9}/)
  assert.doesNotMatch(answers.at(-1)?.body.toString() ?? '', /^0/m, 'they are no part of the answer')
})

test('requests behind each other on one connection are all answered, although nothing more will come', async () => {
  const request = toRequest({ path: chatStream.path, body: chatStream.toBody('hi') })
  const { answers, ended } = await talk(stage.port, Buffer.concat([request, request, request]), {
    drive: (socket) => void socket.end(),
  })
  assert.deepEqual(
    answers.filter(({ status }) => status >= 200).map(({ status, whole }) => [status, whole]),
    [
      [200, true],
      [200, true],
      [200, true],
    ],
  )
  assert.equal(ended, 'fin')
})

test('a caller that waited half closed and then leaves without a word is found out', async () => {
  const [sealed, started] = [stage.records.length, stage.ledger().totals.started]
  const request = toRequest({
    path: chatStream.path,
    body: chatStream.toBody('hi'),
    headers: { 'x-sim-fault': 'hang' },
  })
  await talk(stage.port, request, {
    drive: (socket) => void socket.end(),
    until: (bytes) => bytes.includes('102'),
  })
  await until(() => stage.ledger().entries[started]?.ended === 'client-left', 'its end', SEEN_WITHIN_MS)
  const record = (await stage.untilSealed(sealed + 1))[sealed]
  assert.deepEqual([record?.outcome, record?.code, record?.status], ['abandoned', 'client_closed', 499])
})

test('a caller of HTTP/1.0 cannot be asked, and counts as gone', async () => {
  const sealed = stage.records.length
  const body = chatStream.toBody('hi')
  const request = `POST ${chatStream.path} HTTP/1.0\r\nhost: g\r\nx-sim-fault: hang\r\ncontent-length: ${body.length}\r\n\r\n${body}`
  const { bytes } = await talk(stage.port, request, { drive: (socket) => void socket.end() })
  assert.equal(bytes.length, 0)
  assert.equal((await stage.untilSealed(sealed + 1))[sealed]?.outcome, 'abandoned')
})

test('an idle connection that its caller closes is closed at once', async () => {
  const { ended, tookMs } = await talk(stage.port, '', { drive: (socket) => void socket.end() })
  assert.equal(ended, 'fin')
  assert.ok(tookMs < SEEN_WITHIN_MS)
  await until(() => stage.weir.gateway.connections === 0, 'the end of every connection')
})

test('with halfClose: leave a FIN is the end, whoever sends it', async () => {
  const other = await startStage({ config: { server: { halfClose: 'leave' } } })
  try {
    const { bytes } = await askAndClose(chatStream, 'hang', other.port)
    assert.equal(bytes.length, 0)
    await until(() => other.ledger().entries[0]?.ended === 'client-left', 'its end at the backend')
    assert.equal((await other.untilSealed(1))[0]?.outcome, 'abandoned')
  } finally {
    await other.stop()
  }
})
