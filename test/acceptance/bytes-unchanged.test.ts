import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, test } from 'node:test'
import { createSimulator, type Simulator } from '../../src/simulator/index.ts'
import { startGateway, type TestGateway } from '../support/weir.ts'
import { sendRaw, startTap, type Answer, type Passed, type Tap } from './support/wire.ts'

let simulator: Simulator
let tap: Tap
let gateway: TestGateway

before(async () => {
  simulator = createSimulator({ recordRequests: true, outputTokens: 40 })
  const { port } = await simulator.listen({ host: '127.0.0.1', port: 0 })
  tap = await startTap(port)
  gateway = await startGateway({ backends: [{ name: 'sim', url: tap.url, kind: 'simulator' }] })
})
after(async () => {
  await gateway.stop()
  await tap.close()
  await simulator.close()
})

/** What a parser that prints again would change: spacing, escapes, digits beyond a double, the order of keys, emoji. */
const ODD = String.raw`"seed" :12345678901234567890,"x-odd":[1e-1,-0,0.10000000000000000555,1E+2 , "\u5830\/\ud83c\udf0a 堰🌊é"]`
const ODD_TEXT = String.raw`caf\u00e9 \u5830\ud83c\udf0a \/ 堰🌊`

interface Question {
  readonly path: string
  readonly streams: boolean
  /** The body around `"model"` and what makes it a stream. */
  readonly body: (stream: boolean, text: string) => string
}

const chat = (more: string) => (stream: boolean, text: string) =>
  `{ "model" :"sim-chat",\r\n\t"messages":[ {"content":"${text}","role":"user"}],${ODD}, "stream":${stream}${more}}\n`

/** OpenAI's two streams ask for their usage here, so that nothing needs to be added. */
const USAGE = ',"stream_options":{"include_usage": true}'

const QUESTIONS: readonly Question[] = [
  {
    path: '/v1/chat/completions',
    streams: true,
    body: (stream, text) => chat(stream ? USAGE : '')(stream, text),
  },
  {
    path: '/v1/completions',
    streams: true,
    body: (stream, text) =>
      `\t{"prompt" : "${text}",  "model":"sim-chat",${ODD},"stream":${stream}${stream ? USAGE : ''}}`,
  },
  {
    path: '/v1/responses',
    streams: true,
    body: (stream, text) => `{"input":"${text}", ${ODD} ,"stream":${stream},"model":"sim-chat"}`,
  },
  {
    path: '/v1/embeddings',
    streams: false,
    body: (_, text) => `{"input":["${text}" ,"b"],${ODD},"model":"sim-embed"}`,
  },
  {
    path: '/v1/moderations',
    streams: false,
    body: (_, text) => `{"input":"${text}","model":"sim-guard",${ODD}}`,
  },
  { path: '/api/chat', streams: true, body: chat(',"options":{ "num_predict":20 }') },
  {
    path: '/api/generate',
    streams: true,
    body: (stream, text) => `{"model":"sim-chat","stream" :${stream},"prompt":"${text}",${ODD}}`,
  },
  { path: '/api/embed', streams: false, body: (_, text) => `{"model":"sim-embed","input":"${text}",${ODD}}` },
  {
    path: '/api/embeddings',
    streams: false,
    body: (_, text) => `{"model":"sim-embed","prompt":"${text}",${ODD}}`,
  },
  { path: '/api/show', streams: false, body: () => `{ "name" : "sim-chat",${ODD}}` },
  { path: '/v1/messages', streams: true, body: chat(',"max_tokens":25') },
  { path: '/v1/messages/count_tokens', streams: false, body: (_, text) => chat('')(false, text) },
]

const BODIES = QUESTIONS.flatMap(({ path, streams, body }) =>
  (streams ? [false, true] : [false]).map((stream) => ({
    path,
    stream,
    title: `${path}${stream ? ', streamed' : ''}`,
    body: (text = ODD_TEXT) => body(stream, text),
  })),
)

/** Sends a body through the gateway; gives the caller's answer and what passed between gateway and backend. */
async function cross(
  path: string,
  body: string,
  fault?: string,
): Promise<{ answer: Answer; passed: Passed }> {
  const headers = fault === undefined ? [] : [['x-sim-fault', fault] as const]
  const answer = await sendRaw(gateway.port, { path, body, headers })
  assert.equal(answer.status, 200, `${path} ${answer.body.toString()}`)
  assert.equal(answer.complete, true)
  const passed = tap.take(path)
  assert.ok(passed.length === 1 && passed[0] !== undefined, `${path} reached the backend once`)
  return { answer, passed: passed[0] }
}

test('the request body reaches the backend as it was sent, in every dialect', async () => {
  for (const { path, title, body } of BODIES) {
    const { passed } = await cross(path, body())
    assert.equal(passed.request.body.toString('latin1'), Buffer.from(body()).toString('latin1'), title)
  }
})

test('a body of a mebibyte arrives with the same hash', async () => {
  const large = `${ODD_TEXT} `.repeat(30_000)
  for (const { path, title, body } of BODIES.filter((each) => each.path !== '/api/show')) {
    const text = body(large)
    assert.ok(Buffer.byteLength(text) > 1_048_576)
    const answer = await sendRaw(gateway.port, { path, body: text })
    assert.equal(answer.status, 200, `${title} ${answer.body.toString()}`)
    tap.take(path)
    const entry = simulator.ledger.entries.findLast((each) => each.path === path)
    assert.equal(entry?.bodySha256, createHash('sha256').update(text).digest('hex'), title)
  }
})

test('the answer reaches the caller as the backend sent it, whatever the chunks', async () => {
  for (const fault of [undefined, 'split', 'coalesce=7', 'coalesce=1000', 'reasoning=3']) {
    for (const { path, stream, title, body } of BODIES) {
      const { answer, passed } = await cross(path, body(), fault)
      assert.ok(passed.answer.complete && answer.body.length > 0)
      assert.equal(answer.body.toString('latin1'), passed.answer.body.toString('latin1'), `${title} ${fault}`)
      assert.equal(answer.header('content-type'), passed.answer.header('content-type'))
      if (!stream) assert.equal(answer.header('content-length'), String(answer.body.length))
    }
  }
})

test('a request that does not ask for usage differs by the words that ask, and by nothing else', async () => {
  const around = (options: string) =>
    `{ "model" :"sim-chat",  "stream":true,${options}"messages":[{"role":"user","content":"${ODD_TEXT}"}],${ODD}}`
  const cases = [
    ['', ''],
    ['"stream_options" : null,', '"stream_options" : {"include_usage":true},'],
    ['"stream_options": {},', '"stream_options": {"include_usage":true},'],
    ['"stream_options":{ "x":1 },', '"stream_options":{"include_usage":true, "x":1 },'],
    ['"stream_options":{"include_usage":\tfalse},', '"stream_options":{"include_usage":\ttrue},'],
    ['"stream_options":{"include_usage":null},', '"stream_options":{"include_usage":true},'],
  ] as const
  for (const [options, expected] of cases) {
    for (const fault of [undefined, 'split', 'coalesce=5']) {
      const { answer, passed } = await cross('/v1/chat/completions', around(options), fault)
      const wanted =
        options === ''
          ? around('').replace('{', '{"stream_options":{"include_usage":true},')
          : around(expected)
      assert.equal(passed.request.body.toString(), wanted)
      const events = passed.answer.body.toString().split(/(?<=\n\n)/)
      const usage = events.filter((event) => event.includes('"choices":[]'))
      assert.equal(usage.length, 1, 'the backend told its usage')
      assert.equal(answer.body.toString(), events.filter((event) => !usage.includes(event)).join(''))
    }
  }
})

test('the records have the tokens although the caller never saw them', async () => {
  const sealed = gateway.records.length
  const body = `{"model":"sim-chat","stream":true,"messages":[{"role":"user","content":"x"}]}`
  for (const fault of ['split', 'coalesce=9']) await cross('/v1/chat/completions', body, fault)
  for (const record of (await gateway.untilSealed(sealed + 2)).slice(sealed)) {
    assert.deepEqual([record.usage.outputTokens, record.estimated.usage], [40, false])
    assert.equal(record.requestBytes, body.length, 'the size of what the caller sent')
  }
})
