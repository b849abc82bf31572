// Faults 25 to 31: bodies that are too large, not text, not JSON, or JSON made to be read in two ways.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import OpenAI from 'openai'
import { startStage, until, type Stage } from '../../support/weir.ts'
import { talk, toRequest, type WireAnswer } from '../wire.ts'

let stage: Stage
before(async () => {
  stage = await startStage({ config: { server: { maxBody: '64KiB' } } })
})
after(() => stage.stop())

const PATH = '/v1/chat/completions'
const CHAT = { model: 'sim-chat', messages: [{ role: 'user', content: 'x' }] }

async function send(body: string | Buffer, headers: Record<string, string> = {}): Promise<WireAnswer> {
  const { answers } = await talk(
    stage.port,
    toRequest({ path: PATH, body, headers: { ...headers, connection: 'close' } }),
  )
  const answer = answers.at(-1)
  assert.ok(answer, 'an answer came')
  return answer
}

interface Refused {
  readonly code: string
  readonly param: string | null
  readonly message: string
}

async function refusalOf(body: string | Buffer): Promise<Refused & { status: number }> {
  const answer = await send(body)
  const { error } = JSON.parse(answer.body.toString()) as { error: Refused }
  return { ...error, status: answer.status }
}

test('a body over the limit is refused before it is all here, announced or in chunks, packed or not', async () => {
  const large = Buffer.alloc(200_000, 0x20)
  assert.equal((await send(large)).status, 413)
  const bomb = gzipSync(Buffer.alloc(100_000_000, 0x20))
  assert.equal((await send(bomb, { 'content-encoding': 'gzip' })).status, 413)
  const chunk = `1000\r\n${'a'.repeat(4_096)}\r\n`
  const { answers } = await talk(
    stage.port,
    `POST ${PATH} HTTP/1.1\r\nhost: g\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n${chunk.repeat(40)}`,
  )
  assert.equal(answers.at(-1)?.status, 413)
})

test('who is refused while a large body is on its way reads why, also on a connection that is to be closed', async () => {
  const large = Buffer.alloc(8_388_608, 0x20)
  for (let count = 0; count < 10; count += 1) assert.equal((await send(large)).status, 413)
  await until(() => stage.weir.gateway.connections === 0, 'their connections are closed')
})

test('bytes that are not UTF-8 are refused, because two readers could take them for two texts', async () => {
  const bad = Buffer.concat([
    Buffer.from('{"model":"sim-chat","x":"'),
    Buffer.from([0xc3, 0x28]),
    Buffer.from('"}'),
  ])
  const { status, code } = await refusalOf(bad)
  assert.deepEqual([status, code], [400, 'invalid_request'])
})

test('what is not JSON, has a wrong type or names no model is refused with the field at fault', async () => {
  assert.equal((await refusalOf('{"model":')).status, 400)
  const wrongType = await refusalOf('{"model":7,"messages":[]}')
  assert.deepEqual([wrongType.status, wrongType.param], [400, 'model'])
  const missing = await refusalOf('{"messages":[]}')
  assert.deepEqual([missing.status, missing.param], [400, 'model'])
  const client = new OpenAI({ baseURL: `${stage.url}/v1`, apiKey: 'any', maxRetries: 0 })
  const call = client.chat.completions.create({ messages: [] } as never)
  await assert.rejects(call, OpenAI.BadRequestError)
})

test('a key given twice is refused: one reader takes the first, another the last', async () => {
  const { status, code, param } = await refusalOf('{"model":"a","model":"sim-chat","messages":[]}')
  assert.deepEqual([status, code, param], [400, 'invalid_request', 'model'])
})

test('JSON nested two hundred thousand deep is refused and harms nobody', async () => {
  // Within the body limit only a part of it fits; the depth is noticed long before.
  const deep = `{"model":"sim-chat","x":${'['.repeat(30_000)}`
  assert.equal((await refusalOf(deep)).status, 400)
  assert.equal((await send(JSON.stringify(CHAT))).status, 200)
})

test('keys that every object has in its prototype are only keys', async () => {
  const body =
    '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"model":"sim-chat","messages":[]}'
  const answer = await send(body, { __proto__: 'x' })
  assert.ok(answer.status < 500)
  assert.equal(({} as Record<string, unknown>)['polluted'], undefined)
})

test('a number beyond the precision of JavaScript arrives at the backend digit by digit', async () => {
  const body = '{"model":"sim-chat","seed":9007199254740993,"messages":[{"role":"user","content":"x"}]}'
  assert.equal((await send(body)).status, 200)
  const asSent = createHash('sha256').update(body).digest('hex')
  assert.equal(stage.ledger().entries.at(-1)?.bodySha256, asSent)
})
