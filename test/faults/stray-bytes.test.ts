// Answers of the wrong length, answers nobody asked for, answers that lead elsewhere: whatever a backend does on a
// connection that others will use after, nobody gets what was not meant for them.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startGateway, startStage, type Stage } from '../support/weir.ts'
import { callers, judge, unpack, type Caller } from './callers.ts'
import { startRawBackend, toAnswer } from './raw-backend.ts'
import { talk, toRequest, type Conversation } from './wire.ts'

const STRAY = 'not yours'
const STRAY_COMES_MS = 5
const ROUNDS = 6
const CLOCKS = { firstToken: '300ms', idle: '300ms' }

let stage: Stage

before(async () => {
  stage = await startStage({ profile: { outputTokens: 6 }, backend: { timeouts: CLOCKS } })
})
after(() => stage.stop())

function ask(caller: Caller, fault?: string, port = stage.port): Promise<Conversation> {
  const headers = {
    ...caller.headers,
    connection: 'close',
    ...(fault !== undefined && { 'x-sim-fault': fault }),
  }
  return talk(port, toRequest({ path: caller.path, body: caller.toBody('mine'), headers }))
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

test('bytes that come unasked on an idle connection reach nobody', async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const caller of callers) {
      assert.equal(judge(caller, await ask(caller, 'extra-bytes')).kind, 'complete')
      await pause(STRAY_COMES_MS * 3)
      const next = await ask(caller)
      assert.equal(judge(caller, next).kind, 'complete', caller.name)
      assert.doesNotMatch(next.bytes.toString('utf8'), new RegExp(STRAY))
    }
  }
  const answered = stage.ledger().totals.started
  assert.equal(answered, ROUNDS * callers.length * 2, 'each answer was asked for, and none twice')
})

test('a second answer in the same packet as the first reaches nobody, however soon the next asks', async () => {
  let asked = 0
  const body = (text: string): string => `{"choices":[{"message":{"role":"assistant","content":"${text}"}}]}`
  const backend = await startRawBackend((socket) => {
    asked += 1
    socket.write(toAnswer(body(`answer ${asked}`)) + toAnswer(body(STRAY)))
  })
  const gateway = await startGateway({ backends: [{ name: 'raw', url: backend.url, models: ['sim-chat'] }] })
  const caller = callers.find(({ name }) => name === 'openai chat whole')!
  try {
    for (let round = 1; round <= ROUNDS; round += 1) {
      const { answers } = await ask(caller, undefined, gateway.port)
      assert.equal(answers[0]?.body.toString('utf8'), body(`answer ${asked}`))
    }
    const crowd = await Promise.all(
      Array.from({ length: ROUNDS * 4 }, () => ask(caller, undefined, gateway.port)),
    )
    const texts = crowd.map(({ answers }) => answers[0]?.body.toString('utf8') ?? '')
    assert.equal(new Set(texts).size, texts.length, 'everybody has an answer of their own')
    assert.ok(texts.every((text) => /answer \d+/.test(text)))
  } finally {
    await gateway.stop()
    await backend.close()
  }
})

test('an answer longer than it said leaves nothing for the next', async () => {
  for (const caller of callers) {
    assert.equal(judge(caller, await ask(caller, 'wrong-length-short')).kind, 'error', caller.name)
    assert.equal(judge(caller, await ask(caller)).kind, 'complete', caller.name)
  }
})

test('an answer shorter than it said takes nothing from the next', async () => {
  for (const caller of callers) {
    const verdict = judge(caller, await ask(caller, 'wrong-length-long'))
    assert.equal(verdict.kind, caller.stream ? 'complete' : 'error', caller.name)
    assert.equal(judge(caller, await ask(caller)).kind, 'complete', caller.name)
  }
})

test('a redirect is not followed and not passed on', async () => {
  for (const caller of callers) {
    const { answers, bytes } = await ask(caller, 'redirect')
    assert.equal(answers[0]?.status, 502)
    assert.doesNotMatch(bytes.toString('utf8'), /location|redirected/i)
  }
  assert.ok(stage.ledger().entries.every(({ path }) => path !== '/sim/redirected'))
})

test('what a backend compressed unasked passes with its encoding, however slowly it comes', async () => {
  // Longer altogether than the clock of the first token, which nobody can see in it; never silent for long.
  const told = callers.map(async (caller) => ({
    caller,
    conversation: await ask(caller, 'gzip-anyway, slow-tokens=90'),
  }))
  for (const { caller, conversation } of await Promise.all(told)) {
    const [answer] = conversation.answers
    assert.equal(answer?.headers.get('content-encoding'), 'gzip')
    assert.equal(judge(caller, conversation).kind, 'complete', caller.name)
    assert.ok(unpack(answer).length > 0)
    if (caller.stream) assert.ok(conversation.tookMs > 400, `${conversation.tookMs} ms`)
  }
})

test('a body in one piece that answers a stream may take longer than its first token', async () => {
  const body = '{"choices":[{"message":{"role":"assistant","content":"whole"}}]}'
  const backend = await startRawBackend((socket) => {
    const [start, middle, end] = [toAnswer(body).slice(0, -20), body.slice(-20, -10), body.slice(-10)]
    socket.write(start)
    setTimeout(() => socket.write(middle), 200)
    setTimeout(() => socket.write(end), 400)
  })
  const settings = { name: 'raw', url: backend.url, models: ['sim-chat'], timeouts: CLOCKS }
  const gateway = await startGateway({ backends: [settings] })
  try {
    const { answers } = await ask(callers[0]!, undefined, gateway.port)
    assert.deepEqual([answers[0]?.status, answers[0]?.body.toString('utf8')], [200, body])
  } finally {
    await gateway.stop()
    await backend.close()
  }
})
