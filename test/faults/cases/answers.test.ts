// Faults 11 to 13 and 17: answers that are not what they say they are.
import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import type { Socket } from 'node:net'
import OpenAI from 'openai'
import { startGateway, type TestGateway } from '../../support/weir.ts'
import { startRawBackend, toAnswer } from '../raw-backend.ts'
import { startPair } from './pair.ts'

let closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.toReversed()) await close()
  closers = []
})

const ANSWER = '{"id":"c","object":"chat.completion","choices":[{"index":0,"message":{"content":"ok"}}]}'

interface Stage {
  readonly gateway: TestGateway
  readonly ask: (user: string) => Promise<OpenAI.ChatCompletion>
}

/** One backend of raw bytes, asked by the official client. */
async function startRaw(answer: (socket: Socket, asked: number) => void): Promise<Stage> {
  let asked = 0
  const backend = await startRawBackend((socket) => answer(socket, (asked += 1)))
  closers.push(() => backend.close())
  const gateway = await startGateway({
    backends: [{ name: 'raw', url: backend.url, kind: 'openai', models: ['any'] }],
  })
  closers.push(() => gateway.stop())
  const client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: 'any', maxRetries: 0 })
  return {
    gateway,
    ask: (user) =>
      client.chat.completions.create({ model: 'any', messages: [{ role: 'user', content: user }] }),
  }
}

const textOf = (answer: OpenAI.ChatCompletion): string => answer.choices[0]?.message.content ?? ''

test('an answer shorter than its announced length is an error, never half an answer with status 200', async () => {
  const { ask } = await startRaw((socket, asked) => {
    if (asked > 1) socket.write(toAnswer(ANSWER))
    else socket.end(toAnswer(ANSWER).slice(0, -20))
  })
  await assert.rejects(ask('a'), OpenAI.InternalServerError)
  assert.equal(textOf(await ask('b')), 'ok')
})

test('what comes behind the announced end of an answer poisons nobody', async () => {
  const { ask } = await startRaw((socket, asked) => {
    const secret = toAnswer(ANSWER.replace('ok', `meant for ${asked}`))
    socket.write(`${secret}HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nPOISON`)
  })
  for (let asked = 1; asked <= 5; asked += 1) assert.equal(textOf(await ask('x')), `meant for ${asked}`)
})

test('an answer nobody asked for, on an idle connection, is matched to no other caller', async () => {
  const { ask } = await startRaw((socket, asked) => {
    socket.write(toAnswer(ANSWER.replace('ok', `for caller ${asked}`)))
    setTimeout(() => socket.write(toAnswer(ANSWER.replace('ok', 'stray'))), 5)
  })
  for (let asked = 1; asked <= 5; asked += 1) {
    assert.equal(textOf(await ask('x')), `for caller ${asked}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
})

test('an error in the body of a 200 is an error to the client, not an answer without choices', async () => {
  const pair = await startPair({
    first: { faults: [{ fault: 'error-200' }] },
    second: { faults: [{ fault: 'error-200' }] },
  })
  closers.push(() => pair.stop())
  for (const stream of [false, true]) {
    const { error, record } = await pair.ask(stream)
    assert.ok(error instanceof OpenAI.InternalServerError)
    assert.equal(record.code, 'backend_error')
    assert.ok(record.attempts.length >= 2, 'nothing was sent yet, so another backend was asked')
  }
})

test('a redirect is never followed: the answer is an error and nobody asks the other place', async () => {
  const faults = [{ fault: 'redirect' } as const]
  const pair = await startPair({ first: { faults }, second: { faults } })
  closers.push(() => pair.stop())
  const { error } = await pair.ask(false)
  assert.ok(error instanceof OpenAI.InternalServerError)
  assert.equal(error.status, 502)
  for (const { ledger } of [pair.first, pair.second]) {
    assert.ok(ledger.entries.every(({ path }) => path !== '/sim/redirected'))
  }
})
