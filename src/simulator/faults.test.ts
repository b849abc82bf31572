// Every word of the fault vocabulary, seen by a client that sees bytes; and what the ledger says about it.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { type FaultName, faultNames, faultVocabulary } from './faults.ts'
import type { Ending } from './ledger.ts'
import type { ProfileInput, ServerKind } from './profile.ts'
import {
  askRaw,
  dechunk,
  eventually,
  lastEntry,
  openRaw,
  type RawAnswer,
  readEvents,
  toChat,
  toRequestText,
  withSimulator,
} from './testing.ts'

const seen = new Set<FaultName>()
const closing = { connection: 'close' }

interface Observation {
  readonly answer: RawAnswer
  /** The stream's text, chunked framing taken off. */
  readonly text: string
  readonly complete: boolean
  readonly ended: Ending | undefined
  readonly tokens: number
  readonly bytes: number
}

interface Case {
  readonly fault: FaultName
  readonly arg?: number
  readonly more?: Record<string, unknown>
  readonly profile?: ProfileInput
  readonly path?: string
  readonly body?: Record<string, unknown>
  readonly until?: (seen: Buffer) => boolean
  readonly keepAlive?: boolean
}

/** Asks with the fault in the model name and watches. */
async function observe(given: Case): Promise<Observation> {
  seen.add(given.fault)
  let observed: Observation | undefined
  await withSimulator(given.profile ?? {}, async (simulator, { port }) => {
    const model = `sim:${given.fault}${given.arg === undefined ? '' : `-${given.arg}`}`
    const answer = await askRaw(port, {
      path: given.path ?? '/v1/chat/completions',
      body: given.body
        ? { ...given.body, model }
        : toChat(model, { stream: true, max_tokens: 10, ...given.more }),
      headers: given.keepAlive ? {} : closing,
      ...(given.until && { until: given.until }),
    })
    const entry = await lastEntry(simulator)
    const { body, complete } = dechunk(answer.rest)
    observed = {
      answer,
      text: body.toString('utf8'),
      complete,
      ended: entry.ended,
      tokens: entry.tokensWritten,
      bytes: entry.bytesWritten,
    }
    assert.equal(simulator.ledger.totals.inFlight, 0)
    assert.ok(entry.fault?.startsWith(given.fault))
  })
  assert.ok(observed)
  return observed
}

function contents(text: string): string[] {
  return readEvents(text)
    .map((event) => (event['choices'] as { delta?: { content?: string } }[])[0]?.delta?.content)
    .filter((content): content is string => typeof content === 'string' && content !== '')
}

after(() => {
  const missing = faultNames.filter((name) => !seen.has(name) && !testedWithSdk.includes(name))
  assert.deepEqual(missing, [], 'every word of the vocabulary is observed')
})

/** Not faults: their behaviour is what the tests with the official clients look at. */
const testedWithSdk: readonly string[] = ['tools', 'reasoning']

test('healthy: whole, complete, and the ledger has every byte and token', async () => {
  await withSimulator({}, async (simulator, { port }) => {
    const answer = await askRaw(port, { body: toChat('sim-chat', { stream: true }), headers: closing })
    const { body, complete } = dechunk(answer.rest)
    const entry = await lastEntry(simulator)
    assert.equal(complete, true)
    assert.ok(body.toString().endsWith('data: [DONE]\n\n'))
    assert.equal(contents(body.toString()).length, 32)
    assert.deepEqual([entry.ended, entry.tokensWritten, entry.bytesWritten], ['complete', 32, body.length])
    assert.deepEqual([entry.clientLeftAtMs, entry.fault, entry.status], [undefined, undefined, 200])
  })
})

test('refuse and reset: RST before the first byte', async () => {
  for (const fault of ['refuse', 'reset'] as const) {
    const { answer, ended } = await observe({ fault })
    assert.deepEqual([answer.ended, answer.bytes.length, ended], ['reset', 0, 'reset'])
  }
})

test('hang: not a byte, until the client leaves', async () => {
  seen.add('hang')
  await withSimulator({}, async (simulator, { port }) => {
    const socket = await openRaw(port, { body: toChat('sim:hang') })
    let bytes = 0
    socket.on('data', (chunk) => (bytes += chunk.length))
    await eventually(() => simulator.ledger.entries[0]?.model === 'sim:hang', 'the request arrives')
    await new Promise((resolve) => setTimeout(resolve, 50))
    assert.equal(bytes, 0)
    socket.destroy()
    assert.equal((await lastEntry(simulator)).ended, 'client-left')
  })
})

test('reset-after-headers: a 200, then RST', async () => {
  const { answer, ended } = await observe({ fault: 'reset-after-headers' })
  assert.deepEqual([answer.ended, answer.status, answer.rest.length, ended], ['reset', 200, 0, 'reset'])
})

test('error-200: a 200 whose body, or first event, is an error', async () => {
  const whole = await observe({ fault: 'error-200', more: { stream: false } })
  assert.equal(whole.answer.status, 200)
  assert.ok('error' in (JSON.parse(whole.answer.rest.toString()) as object))
  const stream = await observe({ fault: 'error-200' })
  assert.equal(stream.answer.status, 200)
  assert.deepEqual(
    readEvents(stream.text).map((event) => Object.keys(event)),
    [['error']],
  )
  assert.deepEqual([whole.ended, stream.ended, stream.tokens], ['error', 'error', 0])
})

test('error statuses, each in the words of the API', async () => {
  const say = async (
    fault: FaultName,
    path: string,
    more: { kind?: ServerKind; arg?: number } = {},
  ): Promise<RawAnswer> => {
    const { kind = 'ollama', ...rest } = more
    const body = { messages: [{ role: 'user', content: 'hi' }], max_tokens: 5 }
    const { answer, ended } = await observe({ fault, path, profile: { kind }, body, ...rest })
    assert.equal(ended, fault === '503-busy' ? 'refused' : 'error')
    return answer
  }
  const json = (answer: RawAnswer): unknown => JSON.parse(answer.rest.toString())
  const limited = await say('429', '/v1/chat/completions', { kind: 'openai', arg: 7 })
  assert.deepEqual([limited.status, limited.headers.get('retry-after')], [429, '7'])
  assert.equal((await say('429', '/api/chat', { kind: 'ollama' })).headers.get('retry-after'), '1')
  assert.deepEqual(json(await say('404', '/api/chat', { kind: 'ollama' })), {
    error: "model 'sim:404' not found",
  })
  assert.deepEqual(json(await say('404', '/v1/chat/completions', { kind: 'ollama' })), {
    error: { message: "model 'sim:404' not found", type: 'not_found_error', param: null, code: null },
  })
  assert.deepEqual(json(await say('404', '/v1/chat/completions', { kind: 'vllm' })), {
    error: {
      message: 'The model `sim:404` does not exist.',
      type: 'NotFoundError',
      param: 'model',
      code: 404,
    },
  })
  assert.equal((await say('500', '/v1/messages', { kind: 'anthropic' })).status, 500)
  const proxy = await say('502', '/v1/chat/completions', { kind: 'openai' })
  assert.deepEqual([proxy.status, proxy.headers.get('content-type')], [502, 'text/html'])
  const loading = await say('503-loading', '/v1/chat/completions', { kind: 'llamacpp' })
  assert.equal(loading.status, 503)
  assert.deepEqual(json(loading), {
    error: { code: 503, message: 'Loading model', type: 'unavailable_error' },
  })
  const busy = await say('503-busy', '/api/chat', { kind: 'ollama' })
  assert.equal(busy.status, 503)
  assert.deepEqual(json(busy), { error: 'server busy, please try again.  maximum pending requests exceeded' })
})

test('redirect: 302, and the ledger knows who followed', async () => {
  const { answer } = await observe({ fault: 'redirect' })
  assert.deepEqual([answer.status, answer.headers.get('location')], [302, '/sim/redirected'])
  await withSimulator({}, async (simulator, { url }) => {
    await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      body: JSON.stringify(toChat('sim:redirect')),
    })
    assert.deepEqual(
      simulator.ledger.entries.map((entry) => entry.path),
      ['/v1/chat/completions', '/sim/redirected'],
    )
  })
})

test('cut-after: N tokens, then FIN without the last chunk', async () => {
  const { answer, text, complete, ended, tokens, bytes } = await observe({ fault: 'cut-after', arg: 4 })
  assert.deepEqual([answer.ended, complete, ended, tokens], ['fin', false, 'cut', 4])
  assert.equal(contents(text).length, 4)
  assert.equal(bytes, Buffer.byteLength(text))
  const whole = await observe({ fault: 'cut-after', more: { stream: false } })
  assert.ok(whole.answer.rest.length < Number(whole.answer.headers.get('content-length')))
  assert.deepEqual([whole.answer.ended, whole.ended], ['fin', 'cut'])
})

test('cut-after the last token still cuts before the finish reason; beyond it never comes', async () => {
  const last = await observe({ fault: 'cut-after', arg: 10 })
  assert.deepEqual(
    [last.ended, last.tokens, last.text.includes('"finish_reason":"length"')],
    ['cut', 10, false],
  )
  const beyond = await observe({ fault: 'cut-after', arg: 11 })
  assert.deepEqual([beyond.ended, beyond.complete], ['complete', true])
})

test('reset-after: N tokens arrive, then RST', async () => {
  const { answer, text, ended, tokens } = await observe({ fault: 'reset-after', arg: 4 })
  assert.deepEqual([answer.ended, ended, tokens, contents(text).length], ['reset', 'reset', 4, 4])
  const whole = await observe({ fault: 'reset-after', more: { stream: false } })
  assert.deepEqual([whole.answer.ended, whole.ended, whole.answer.status], ['reset', 'reset', 200])
})

test('stall-after: N tokens, then silence until the client leaves', async () => {
  seen.add('stall-after')
  await withSimulator({}, async (simulator, { port }) => {
    for (const stream of [true, false]) {
      const socket = await openRaw(port, { body: toChat('sim:stall-after-4', { stream }) })
      await once(socket, 'data')
      await new Promise((resolve) => setTimeout(resolve, 40))
      const entry = simulator.ledger.entries.at(-1)
      assert.deepEqual([entry?.ended, entry?.tokensWritten], [undefined, stream ? 4 : 0])
      socket.destroy()
      assert.equal((await lastEntry(simulator)).ended, 'client-left')
    }
  })
})

test('malformed-after: broken JSON in the middle, the rest goes on', async () => {
  const { text, complete, ended } = await observe({ fault: 'malformed-after', arg: 2 })
  const lines = text.split('\n').filter((line) => line.startsWith('data: {'))
  const broken = lines.filter((line) => {
    try {
      JSON.parse(line.slice(6))
      return false
    } catch {
      return true
    }
  })
  assert.equal(broken.length, 1)
  assert.equal(lines.indexOf(broken[0] ?? ''), 3) // the role, two tokens, then this
  assert.deepEqual([complete, ended, text.endsWith('[DONE]\n\n')], [true, 'complete', true])
  const whole = await observe({ fault: 'malformed-after', more: { stream: false } })
  assert.throws(() => JSON.parse(whole.answer.rest.toString()))
  assert.equal(whole.answer.rest.length, Number(whole.answer.headers.get('content-length')))
})

test('error-after: N tokens, an error of the dialect, and no end', async () => {
  const { text, complete, ended, tokens } = await observe({ fault: 'error-after', arg: 3 })
  const events = readEvents(text)
  assert.ok('error' in (events.at(-1) ?? {}))
  assert.deepEqual(
    [
      contents(
        events
          .slice(0, -1)
          .map((event) => `data: ${JSON.stringify(event)}`)
          .join('\n'),
      ).length,
      tokens,
    ],
    [3, 3],
  )
  assert.deepEqual([complete, ended, text.includes('[DONE]')], [true, 'error', false])
  const body = { input: 'the river', stream: true }
  const responses = await observe({ fault: 'error-after', arg: 3, path: '/v1/responses', body })
  const last = readEvents(responses.text).at(-1)
  assert.deepEqual(
    [last?.['type'], last?.['code']],
    ['error', 'server_error'],
    'on the top level in this API',
  )
})

test('giant-line: one event of N MiB without a newline, valid JSON', async () => {
  const { text, ended, bytes } = await observe({ fault: 'giant-line', arg: 2 })
  const longest = Math.max(...text.split('\n').map((line) => line.length))
  assert.ok(longest > 2 * 1024 * 1024 && longest < 2 * 1024 * 1024 + 1000)
  assert.equal(contents(text).length, 11)
  assert.deepEqual([ended, bytes], ['complete', Buffer.byteLength(text)])
})

test('giant-line waits for a slow reader instead of filling memory', async () => {
  await withSimulator({}, async (simulator, { port }) => {
    const socket = await openRaw(port, { body: toChat('sim:giant-line-100', { stream: true }) })
    await once(socket, 'data')
    socket.pause()
    await new Promise((resolve) => setTimeout(resolve, 100))
    const written = simulator.ledger.entries[0]?.bytesWritten ?? 0
    assert.ok(written < 20 * 1024 * 1024, `only what the kernel takes, not ${written}`)
    socket.destroy()
    assert.equal((await lastEntry(simulator)).ended, 'client-left')
  })
})

test('split: pieces of a few bytes that cut events and characters', async () => {
  const { answer, text, ended } = await observe({ fault: 'split' })
  assert.ok(answer.chunks.length > 50, `${answer.chunks.length} pieces`)
  const cutsCharacter = answer.chunks.some((chunk) => chunk.toString('utf8').includes('\ufffd'))
  assert.ok(cutsCharacter, 'some piece ends inside a character')
  assert.deepEqual([contents(text).length, ended], [10, 'complete'])
})

test('coalesce: N events in one write', async () => {
  const { answer, text, tokens } = await observe({
    fault: 'coalesce',
    arg: 5,
    profile: { tokensPerSecond: 100 },
  })
  assert.equal(contents(text).length, 10)
  assert.equal(tokens, 10)
  assert.ok(answer.chunks.length <= 4, `${answer.chunks.length} pieces`)
})

test('trickle: who leaves with the last byte was given every token', async () => {
  const isWhole = (bytes: Buffer): boolean => {
    const end = bytes.indexOf('\r\n\r\n')
    const length = /content-length: (\d+)/i.exec(bytes.toString('latin1'))?.[1]
    return end !== -1 && bytes.length === end + '\r\n\r\n'.length + Number(length)
  }
  const more = { stream: false, max_tokens: 3 }
  const { answer, tokens } = await observe({ fault: 'trickle', arg: 1, more, until: isWhole })
  assert.equal(answer.ended, 'left')
  assert.equal(tokens, 3)
})

test('trickle: one byte at a time', async () => {
  const { answer, ended } = await observe({ fault: 'trickle', arg: 3, until: (bytes) => bytes.length > 300 })
  assert.ok(answer.chunks.length > 8)
  assert.equal(ended, 'client-left')
})

test('gzip-anyway: compressed although nobody asked', async () => {
  for (const stream of [true, false]) {
    const { answer } = await observe({ fault: 'gzip-anyway', more: { stream } })
    assert.equal(answer.headers.get('content-encoding'), 'gzip')
    const plain = gunzipSync(stream ? dechunk(answer.rest).body : answer.rest).toString()
    assert.ok(plain.includes(stream ? '[DONE]' : '"object":"chat.completion"'))
  }
})

test('wrong-length-long: more is promised than comes', async () => {
  for (const stream of [true, false]) {
    const { answer, ended } = await observe({ fault: 'wrong-length-long', arg: 50, more: { stream } })
    const missing = Number(answer.headers.get('content-length')) - answer.rest.length
    assert.ok(stream ? missing > 1_000_000 : missing === 50)
    assert.deepEqual([answer.ended, ended], ['fin', 'cut'])
  }
})

test('wrong-length-short: more comes than was promised', async () => {
  for (const stream of [true, false]) {
    const { answer, ended } = await observe({ fault: 'wrong-length-short', arg: 30, more: { stream } })
    const surplus = answer.rest.length - Number(answer.headers.get('content-length'))
    assert.ok(stream ? surplus > 100 : surplus === 30)
    assert.equal(ended, 'complete')
  }
})

test('early-headers: headers and the role leave before the first token', async () => {
  const profile = { firstTokenMs: 10_000 }
  const { text, ended } = await observe({
    fault: 'early-headers',
    profile,
    until: (bytes) => bytes.includes('"role"'),
  })
  assert.deepEqual([contents(text), ended], [[], 'client-left'])
})

test('no-done and no-finish: clean ends with less and less in them', async () => {
  const noDone = await observe({ fault: 'no-done' })
  assert.deepEqual(
    [noDone.complete, noDone.text.includes('"finish_reason":"length"'), noDone.text.includes('[DONE]')],
    [true, true, false],
  )
  const noFinish = await observe({ fault: 'no-finish' })
  assert.deepEqual(
    [noFinish.complete, noFinish.text.includes('"length"'), noFinish.text.includes('[DONE]')],
    [true, false, false],
  )
  const body = { messages: [{ role: 'user', content: 'hi' }], max_tokens: 5, stream: true }
  const anthropic = await observe({ fault: 'no-done', path: '/v1/messages', body })
  assert.ok(anthropic.text.includes('message_delta') && !anthropic.text.includes('message_stop'))
})

test('no-usage: not a count anywhere', async () => {
  const asks = [
    { path: '/v1/chat/completions', more: { stream: false } },
    { path: '/v1/chat/completions', more: { stream: true, stream_options: { include_usage: true } } },
    { path: '/api/chat', more: { stream: false } },
    { path: '/v1/messages', more: { stream: true, max_tokens: 5 } },
  ]
  for (const { path, more } of asks) {
    const { answer } = await observe({ fault: 'no-usage', path, more })
    assert.doesNotMatch(answer.rest.toString(), /"\w*(tokens|eval_count)":/, path)
  }
})

test('lying-usage: counts that are FACTOR times the truth', async () => {
  const { answer, tokens } = await observe({ fault: 'lying-usage', arg: 5, more: { stream: false } })
  const { usage } = JSON.parse(answer.rest.toString()) as { usage: Record<string, number> }
  assert.deepEqual([usage['completion_tokens'], tokens], [50, 10])
})

test('tokens: as many as asked for', async () => {
  assert.equal((await observe({ fault: 'tokens', arg: 7 })).tokens, 7)
})

test('slow-ttft and slow-tokens: the waits that were asked for', async () => {
  const waited = async (model: string): Promise<{ first: number; all: number }> => {
    let times = { first: 0, all: 0 }
    await withSimulator({}, async (simulator, { port }) => {
      await askRaw(port, { body: toChat(model, { stream: true, max_tokens: 4 }), headers: closing })
      const { startedAtMs, firstTokenAtMs = 0, endedAtMs = 0 } = await lastEntry(simulator)
      times = { first: firstTokenAtMs - startedAtMs, all: endedAtMs - firstTokenAtMs }
    })
    return times
  }
  seen.add('slow-ttft').add('slow-tokens')
  assert.ok((await waited('sim:slow-ttft-120')).first >= 119)
  const slow = await waited('sim:slow-tokens-40')
  assert.ok(slow.all >= 118 && slow.all < 1000, `three gaps of 40 ms took ${slow.all}`)
})

test('extra-bytes: an unasked response on the kept-alive connection', async () => {
  const stray = (bytes: Buffer): boolean => bytes.toString().split('HTTP/1.1 200 OK').length === 3
  for (const arg of [0, 20]) {
    const { answer } = await observe({
      fault: 'extra-bytes',
      arg,
      more: { stream: false },
      keepAlive: true,
      until: stray,
    })
    assert.ok(answer.rest.toString().endsWith('"content":"not yours"}}]}'))
  }
})

test('close-idle: the kept-alive connection ends although nothing said so', async () => {
  const { answer, ended } = await observe({ fault: 'close-idle', more: { stream: false }, keepAlive: true })
  assert.equal(answer.headers.get('connection'), 'keep-alive')
  assert.equal(answer.rest.length, Number(answer.headers.get('content-length')))
  assert.deepEqual([answer.ended, ended], ['fin', 'complete'])
})

test('faults by header: several at once, the model named as it was asked for', async () => {
  await withSimulator({}, async (simulator, { port }) => {
    const headers = { ...closing, 'X-Sim-Fault': 'cut-after=2, slow-ttft=30' }
    const answer = await askRaw(port, { body: toChat('qwen3:8b', { stream: true }), headers })
    const entry = await lastEntry(simulator)
    assert.deepEqual([entry.fault, entry.ended, entry.tokensWritten], ['cut-after=2,slow-ttft=30', 'cut', 2])
    assert.equal(readEvents(dechunk(answer.rest).body.toString())[0]?.['model'], 'qwen3:8b')
  })
})

test('the model is reported under the name that carried the fault', async () => {
  const { text } = await observe({ fault: 'tokens', arg: 2 })
  assert.equal(readEvents(text)[0]?.['model'], 'sim:tokens-2')
})

test('faults by profile hit as often as they should, and the same requests each time', async () => {
  const faults = [{ fault: '500' as const, probabilityRatio: 0.3, models: ['shaky'] }]
  const run = async (): Promise<string> => {
    let pattern = ''
    await withSimulator({ faults, seed: 42 }, async (simulator, { url }) => {
      for (let i = 0; i < 100; i++) {
        const model = i % 2 === 0 ? 'shaky' : 'steady'
        const answer = await fetch(`${url}/v1/chat/completions`, {
          method: 'POST',
          body: JSON.stringify(toChat(model)),
        })
        await answer.arrayBuffer()
        pattern += answer.ok ? '.' : 'x'
      }
      await eventually(() => simulator.ledger.totals.inFlight === 0, 'all ended')
      assert.equal(simulator.ledger.totals.ended.error, pattern.split('x').length - 1)
    })
    return pattern
  }
  const first = await run()
  const hits = first.split('x').length - 1
  assert.ok(hits >= 5 && hits <= 25, `${hits} of 50`)
  assert.ok(
    [...first].every((mark, i) => mark === '.' || i % 2 === 0),
    'only the model that was named',
  )
  assert.equal(await run(), first)
})

test('requests in one packet are answered in order, faults and all', async () => {
  await withSimulator({}, async (_simulator, { port }) => {
    const first = toRequestText({ body: toChat('sim-chat', { max_tokens: 1 }) })
    const socket = await openRaw(port, { body: toChat('sim:tokens-2', { max_tokens: 2 }) })
    const chunks: Buffer[] = []
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.write(first)
    const text = (): string => Buffer.concat(chunks).toString()
    await eventually(() => text().split('"chat.completion"').length === 3, 'both answers')
    socket.destroy()
    assert.ok(text().indexOf('sim:tokens-2') < text().indexOf('sim-chat'))
  })
})

test('the vocabulary is fit to be printed: unique names, one line of what each does', () => {
  assert.equal(new Set(faultNames).size, faultNames.length)
  for (const { name, does, argument } of faultVocabulary) {
    assert.match(name, /^[a-z0-9-]+$/)
    assert.ok(does.length > 10 && !does.includes('\n') && !does.endsWith('.'), name)
    if (argument) assert.ok(argument.fallback >= 0 && argument.unit !== '', name)
  }
})
