import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Ollama } from 'ollama'
import type { RequestRecord } from '../../src/core/record.ts'
import { startStage, type Stage } from '../support/weir.ts'

const FIRST_TOKEN_MS = 40
const LOAD_MS = 300
const TOKENS_PER_SECOND = 200
const OUTPUT_TOKENS = 12
/** Eleven gaps of 5 ms. */
const DECODE_MS = ((OUTPUT_TOKENS - 1) * 1000) / TOKENS_PER_SECOND
/** Timers round to a millisecond. */
const EARLY_MS = 3
/** For a machine that is busy with other things between two reads. */
const SHIFT_MS = 150

let stage: Stage
let client: Ollama

before(async () => {
  stage = await startStage({
    backend: { name: 'ollama', kind: 'ollama' },
    profile: {
      outputTokens: OUTPUT_TOKENS,
      firstTokenMs: FIRST_TOKEN_MS,
      tokensPerSecond: TOKENS_PER_SECOND,
      embeddingDimensions: 16,
      version: '0.12.6',
      models: [
        'sim-chat',
        'sim-embed',
        'thinker',
        { name: 'big', cold: true, loadMs: LOAD_MS },
        { name: 'huge', cold: true, loadMs: LOAD_MS },
      ],
    },
  })
  client = new Ollama({ host: stage.url })
})
after(() => stage.stop())

const messages = [{ role: 'user', content: 'Good morning, 堰' }]
const withFault = (fault: string): Ollama =>
  new Ollama({ host: stage.url, headers: { 'x-sim-fault': fault } })

async function recordOf<T>(work: () => Promise<T>): Promise<{ result: T; record: RequestRecord }> {
  const sealed = stage.records.length
  const result = await work()
  const record = (await stage.untilSealed(sealed + 1)).at(-1)
  assert.ok(record !== undefined)
  return { result, record }
}

async function chatStreamed(ollama: Ollama, model: string): Promise<{ text: string; done: boolean }> {
  let text = ''
  let done = false
  for await (const part of await ollama.chat({ model, messages, stream: true })) {
    text += part.message.content
    done = part.done
  }
  return { text, done }
}

test('chat says the same words whole and streamed, and both records count the tokens', async () => {
  const whole = await recordOf(() => client.chat({ model: 'sim-chat', messages }))
  const streamed = await recordOf(() => chatStreamed(client, 'sim-chat'))
  assert.ok(whole.result.message.content.length > 0)
  assert.deepEqual(streamed.result, { text: whole.result.message.content, done: true })
  for (const { record } of [whole, streamed]) {
    assert.equal(record.outcome, 'ok')
    assert.equal(record.dialect, 'ollama')
    assert.equal(record.operation, 'chat')
    assert.equal(record.usage.outputTokens, OUTPUT_TOKENS)
    assert.equal(record.usage.promptTokens, whole.result.prompt_eval_count)
    assert.equal(record.finishReason, 'stop')
    assert.deepEqual(record.estimated, { usage: false, phases: false })
  }
  assert.deepEqual([whole.record.stream, streamed.record.stream], [false, true])
  assert.equal(streamed.record.gaps?.count, OUTPUT_TOKENS - 1)
})

test('the durations that Ollama states become the phases load, prefill and decode', async () => {
  const whole = (model: string): Promise<Stated> => client.chat({ model, messages })
  const streamed = async (model: string): Promise<Stated> => {
    let last: Stated | undefined
    for await (const part of await client.chat({ model, messages, stream: true })) last = part
    assert.ok(last !== undefined)
    return last
  }
  for (const [ask, model] of [
    [whole, 'big'],
    [streamed, 'huge'],
  ] as const) {
    for (const cold of [true, false]) {
      const { result, record } = await recordOf(() => ask(model))
      const { phases } = record
      const sum = Object.values(phases).reduce((total, ms) => total + ms, 0)
      assert.ok(Math.abs(sum - record.durationMs) < 0.001, `${sum} of ${record.durationMs}`)
      isNear(phases.load, result.load_duration, 'load')
      isNear(phases.prefill, result.prompt_eval_duration, 'prefill')
      isNear(phases.decode, result.eval_duration, 'decode')
      assert.ok(phases.decode >= DECODE_MS - EARLY_MS && phases.prefill >= FIRST_TOKEN_MS - EARLY_MS)
      assert.equal(phases.load >= LOAD_MS - EARLY_MS, cold, `load ${phases.load}`)
      assert.equal(record.cold, cold)
    }
  }
})

interface Stated {
  readonly load_duration: number
  readonly prompt_eval_duration: number
  readonly eval_duration: number
}

/** What the backend stated is what the record says; a stream's decode is timed here, so bytes on their way may shift it. */
function isNear(ms: number, statedNs: number, what: string): void {
  const statedMs = statedNs / 1e6
  assert.ok(Math.abs(ms - statedMs) <= SHIFT_MS, `${what}: ${ms} ms, stated ${statedMs}`)
}

test('generate answers whole and streamed, and thinking counts as tokens', async () => {
  const whole = await recordOf(() => client.generate({ model: 'sim-chat', prompt: 'Once upon a time' }))
  assert.equal(whole.record.operation, 'text_completion')
  const streamed = await recordOf(async () => {
    let text = ''
    for await (const part of await client.generate({
      model: 'sim-chat',
      prompt: 'Once upon a time',
      stream: true,
    })) {
      text += part.response
    }
    return text
  })
  assert.equal(streamed.result, whole.result.response)
  const thinking = await recordOf(() => chatStreamed(withFault('reasoning=6'), 'thinker'))
  assert.equal(thinking.record.gaps?.count, 6 + OUTPUT_TOKENS - 1)
})

test('tool calls arrive parsed, whole and streamed', async () => {
  const parameters = { type: 'object', properties: { city: { type: 'string' } } }
  const tools = [{ type: 'function', function: { name: 'get_level', description: 'level', parameters } }]
  const ollama = withFault('tools=2')
  const whole = await ollama.chat({ model: 'sim-chat', messages, tools })
  const names: string[] = []
  for await (const part of await ollama.chat({ model: 'sim-chat', messages, tools, stream: true })) {
    for (const call of part.message.tool_calls ?? []) names.push(call.function.name)
  }
  assert.deepEqual(
    whole.message.tool_calls?.map((call) => call.function.name),
    ['get_level', 'get_level'],
  )
  assert.deepEqual(names, ['get_level', 'get_level'])
})

test('embed and embeddings give vectors, and their records the prompt tokens', async () => {
  const { result, record } = await recordOf(() =>
    client.embed({ model: 'sim-embed', input: ['water', 'stone'] }),
  )
  assert.deepEqual(
    result.embeddings.map((vector) => vector.length),
    [16, 16],
  )
  assert.equal(record.operation, 'embeddings')
  assert.equal(record.usage.promptTokens, result.prompt_eval_count)
  const { embedding } = await client.embeddings({ model: 'sim-embed', prompt: 'water' })
  assert.deepEqual(embedding, result.embeddings[0])
})

test('show, list, ps and version answer as Ollama does', async () => {
  assert.ok((await client.show({ model: 'sim-chat' })).capabilities.includes('completion'))
  const listed = (await client.list()).models
  assert.deepEqual(
    listed.map((model) => model.name),
    ['sim-chat', 'sim-embed', 'thinker', 'big', 'huge'],
  )
  assert.ok(listed.every((model) => model.size > 0 && model.details.quantization_level === 'Q4_K_M'))
  const running = (await client.ps()).models
  assert.ok(running.some((model) => model.name === 'sim-chat' && model.size_vram > 0))
  assert.equal((await client.version()).version, '0.12.6')
})

test('errors are text that a person can read, never an object', async () => {
  const chat = (fault: string, stream: boolean): Promise<unknown> =>
    stream
      ? chatStreamed(withFault(fault), 'sim-chat')
      : withFault(fault).chat({ model: 'sim-chat', messages })
  for (const stream of [false, true]) {
    await assert.rejects(chat('500', stream), isText('The model server answered with an error.', 502))
    await assert.rejects(chat('503-busy', stream), isText(/busy or still loading/, 503))
    await assert.rejects(chat('429=1', stream), isText(/Too many requests/, 429))
    await assert.rejects(chat('error-200', stream), isText('The model server answered with an error.', 502))
  }
  await assert.rejects(
    client.chat({ model: 'sim-chatt', messages }),
    isText(/No backend serves the model "sim-chatt". Nearest: sim-chat/, 404),
  )
  await assert.rejects(client.show({ model: 'nobody' }), isText(/No backend serves/, 404))
  await assert.rejects(client.pull({ model: 'sim-chat' }), isText(/closed here/, 403))
})

function isText(message: string | RegExp, status: number): (thrown: unknown) => true {
  return (thrown) => {
    assert.ok(thrown instanceof Error)
    if (typeof message === 'string') assert.equal(thrown.message, message)
    else assert.match(thrown.message, message)
    assert.equal((thrown as { status_code?: number }).status_code, status)
    return true
  }
}

test('a stream that is cut raises, and never ends as if it were complete', async () => {
  for (const fault of ['cut-after=3', 'reset-after=3', 'no-finish', 'malformed-after=3', 'error-after=3']) {
    const { record } = await recordOf(() =>
      assert.rejects(chatStreamed(withFault(fault), 'sim-chat'), /model server/, fault),
    )
    assert.equal(record.outcome, 'backend_error', fault)
    assert.equal(record.interruptedBy, 'backend', fault)
    assert.equal(record.status, 200, fault)
  }
})
