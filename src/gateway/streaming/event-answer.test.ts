import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { ErrorCode } from '../../core/errors.ts'
import { AnswerFacts } from '../dialects/answer-facts.ts'
import { anthropicMessages } from '../dialects/anthropic/api.ts'
import type { Api } from '../dialects/api.ts'
import { ollamaChat } from '../dialects/ollama/api.ts'
import { openAiChat } from '../dialects/openai-chat/api.ts'
import { openAiResponses } from '../dialects/openai-responses/api.ts'
import { EventAnswer } from './event-answer.ts'
import { cutAll, cutAt, FakeOpening, replay, type Recording } from './fixtures/replay.ts'
import { StreamMeter } from './meter.ts'

const DONE = 'data: [DONE]\n\n'
const ROLE = 'data: {"choices":[{"delta":{"role":"assistant","content":""}}]}\n\n'
const HELLO = 'data: {"choices":[{"delta":{"content":"你好"}}]}\n\n'
const FINISH = 'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\n'
const USAGE = 'data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":1}}\n\n'
const CHOICE_0 = 'data: {"choices":[{"index":0,"delta":{"content":"a"}}]}\n\n'
const CHOICE_1 = 'data: {"choices":[{"index":1,"delta":{"content":"b"}}]}\n\n'
const FINISH_0 = 'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'
const FINISH_1 = FINISH_0.replace('"index":0', '"index":1')
const PING = ': ping\n\n'
const ERROR = 'data: {"error":{"message":"no"}}\n\n'
const BROKEN = 'data: {"choices":[{"delta":{"content":"a}}]}\n\n'

const MESSAGE = 'event: message_start\ndata: {"type":"message_start","message":{"model":"c"}}\n\n'
const STOP = 'event: message_stop\ndata: {"type":"message_stop"}\n\n'
const WORD = '{"message":{"content":"a"},"done":false}\n'
const LAST = '{"message":{"content":""},"done":true,"done_reason":"stop"}\n'

interface Situation {
  readonly given: string
  /** What the caller gets; the given bytes unless it says otherwise. */
  readonly passed?: string
  readonly code?: ErrorCode
  /** Not opened: another backend may still be tried. */
  readonly held?: true
  readonly api?: Api
  readonly drop?: true
}

const NDJSON = { api: ollamaChat }
const ANTHROPIC = { api: anthropicMessages }

const SITUATIONS: Readonly<Record<string, Situation>> = {
  'a complete stream passes unchanged': { given: ROLE + HELLO + FINISH + USAGE + DONE },
  'usage we asked for is left out': {
    given: HELLO + FINISH + USAGE + DONE,
    passed: HELLO + FINISH + DONE,
    drop: true,
  },
  'usage beside choices stays': {
    given: HELLO + FINISH.replace('}]', '}],"usage":{"prompt_tokens":3}') + DONE,
    drop: true,
  },
  'an event with no choices and no usage stays': {
    given: `data: {"choices":[]}\n\n${HELLO}${DONE}`,
    drop: true,
  },
  'with n of 2 the stream is over when both choices are': {
    given: `${CHOICE_0}${CHOICE_1}${FINISH_0}${FINISH_1}`,
    passed: `${CHOICE_0}${CHOICE_1}${FINISH_0}${FINISH_1}${DONE}`,
  },
  'with n of 2 one finished choice does not make up for the other': {
    given: `${CHOICE_0}${CHOICE_1}${FINISH_0}`,
    code: 'stream_interrupted',
  },
  'half an event behind the finish reason is not complete': {
    given: `${HELLO}${FINISH}data: {"choices":[],"usa`,
    passed: HELLO + FINISH,
    code: 'stream_interrupted',
  },
  'usage that comes last, without [DONE], is left out and the end is made good': {
    given: HELLO + FINISH + USAGE,
    passed: HELLO + FINISH + DONE,
    drop: true,
  },
  'usage that comes last without its empty line leaves nothing behind': {
    given: HELLO + FINISH + USAGE.trimEnd(),
    passed: HELLO + FINISH + DONE,
    drop: true,
  },
  'a forgotten [DONE] behind a finish reason is made good': {
    given: HELLO + FINISH,
    passed: HELLO + FINISH + DONE,
  },
  'a stream without finish reason and [DONE] was interrupted': {
    given: ROLE + HELLO,
    code: 'stream_interrupted',
  },
  'a stream with [DONE] and no finish reason is complete': { given: HELLO + DONE },
  '[DONE] alone is an answer': { given: DONE },
  '[DONE] needs no empty line behind it': { given: HELLO + DONE.trimEnd() },
  '[DONE] may be followed by white space': { given: `${HELLO}data: [DONE] \n\n` },
  'comments and stray newlines pass where they stood': {
    given: `\n\n${PING}${HELLO}${PING}\n\n\n${DONE}${PING}`,
  },
  'a line feed too many at the very end passes': { given: `${HELLO}${DONE}\n` },
  'other fields of an event pass with it': { given: `id: 1\nretry: 5\n${HELLO}event: x\n${DONE}` },
  'data over several lines is one event': {
    given: `data: {"choices":[{"delta":\ndata: {"content":"a"},\ndata:"finish_reason":"stop"}]}\n\n${DONE}`,
  },
  'a byte order mark passes': { given: `\ufeff${ROLE}${HELLO}${DONE}` },
  'an error at the beginning is held back': {
    given: ERROR + DONE,
    passed: '',
    code: 'backend_error',
    held: true,
  },
  'events without data pass, and are no answer of their own': {
    given: `data:\n\n${HELLO}event: ping\ndata: \n\n${FINISH}${DONE}`,
  },
  'an error behind an event without data is held back': {
    given: `data:\n\n${ERROR}`,
    passed: '',
    code: 'backend_error',
    held: true,
  },
  'an error behind comments is held back': {
    given: PING + ERROR,
    passed: '',
    code: 'backend_error',
    held: true,
  },
  'an error later on ends the answer before it': {
    given: ROLE + HELLO + ERROR + HELLO + DONE,
    passed: ROLE + HELLO,
    code: 'backend_error',
  },
  'an error that is null is none': {
    given: `data: {"error":null,"choices":[{"delta":{"content":"a"}}]}\n\n${DONE}`,
  },
  'a malformed event at the beginning is held back': {
    given: BROKEN + HELLO + DONE,
    passed: '',
    code: 'backend_protocol_error',
    held: true,
  },
  'a malformed event later on ends the answer before it': {
    given: HELLO + BROKEN + HELLO + DONE,
    passed: HELLO,
    code: 'backend_protocol_error',
  },
  'nothing at all is not an answer': { given: '', code: 'backend_protocol_error', held: true },
  'comments alone are not an answer': {
    given: PING + PING,
    passed: '',
    code: 'backend_protocol_error',
    held: true,
  },
  'empty lines alone are not an answer': {
    given: '\n\n\n\n',
    passed: '',
    code: 'backend_protocol_error',
    held: true,
  },
  'half an event is left out': {
    given: HELLO + HELLO.slice(0, -9),
    passed: HELLO,
    code: 'stream_interrupted',
  },
  'half an event at the beginning is held back': {
    given: HELLO.slice(0, -9),
    passed: '',
    code: 'backend_protocol_error',
    held: true,
  },
  'a last event without its empty line is completed': {
    given: HELLO + FINISH.trimEnd(),
    passed: HELLO + FINISH + DONE,
  },
  'a typed stream without its last type was interrupted': {
    given: MESSAGE,
    ...ANTHROPIC,
    code: 'stream_interrupted',
  },
  'a typed stream with its last type is complete, and nothing is added': {
    given: MESSAGE + STOP,
    ...ANTHROPIC,
  },
  'a typed error event ends the answer before it': {
    given: `${MESSAGE}event: error\ndata: {"type":"error","error":{"type":"api_error"}}\n\n`,
    passed: MESSAGE,
    ...ANTHROPIC,
    code: 'backend_error',
  },
  'a response that failed says so by its type': {
    given: 'data: {"type":"response.failed","response":{"status":"failed"}}\n\n',
    passed: '',
    api: openAiResponses,
    code: 'backend_error',
    held: true,
  },
  'lines of JSON are complete with done': { given: WORD + LAST, ...NDJSON },
  'lines of JSON without done were interrupted': { given: WORD, ...NDJSON, code: 'stream_interrupted' },
  'the last line needs no end': { given: WORD + LAST.trimEnd(), ...NDJSON },
  'blank lines between lines of JSON pass': { given: `\n${WORD}\r\n\n${LAST}\n`, ...NDJSON },
  'half a line is left out': {
    given: WORD + LAST.slice(0, 20),
    passed: WORD,
    ...NDJSON,
    code: 'backend_protocol_error',
  },
  'a line with an error ends the answer before it': {
    given: `${WORD}{"error":"out of memory"}\n${WORD}`,
    passed: WORD,
    ...NDJSON,
    code: 'backend_error',
  },
}

function toRecording({ given, api = openAiChat, drop }: Situation): Recording {
  const format = api.dialect === 'ollama' ? 'ndjson' : 'sse'
  return { bytes: Buffer.from(given), api, format, dropUsageEvent: drop === true }
}

describe('streams', () => {
  for (const [name, situation] of Object.entries(SITUATIONS)) {
    test(`${name}, in any pieces`, () => {
      const recording = toRecording(situation)
      const { bytes } = recording
      const { passed = situation.given } = situation
      // The end of an event without its empty line is put there by us, one line feed more or less.
      const isMended = !situation.given.endsWith('\n')
      const trim = (text: string): string => (isMended ? text.trimEnd() : text)
      const check = (pieces: Iterable<Buffer>): void => {
        const told = replay(recording, pieces)
        assert.equal(trim(Buffer.from(told.forwarded, 'latin1').toString('utf8')), trim(passed))
        assert.equal(told.code, situation.code)
        assert.equal(told.opened, situation.held !== true)
      }
      check([bytes])
      check(cutAll(bytes))
      for (let at = 1; at < bytes.length; at += 1) check(cutAt(bytes, [at]))
    })
  }

  test('any line ends, in any pieces, give the same bytes and the same facts', () => {
    const events = fc.array(fc.constantFrom(ROLE, HELLO, PING, USAGE, '\n', FINISH), { maxLength: 6 })
    const ends = fc.constantFrom('\n', '\r\n', '\r')
    fc.assert(
      fc.property(
        events,
        ends,
        fc.boolean(),
        fc.array(fc.nat(), { maxLength: 6 }),
        (list, end, drop, cuts) => {
          const written = (text: string): string => text.replaceAll('\n', end)
          const recording = toRecording({
            given: written([...list, FINISH, DONE].join('')),
            ...(drop && { drop }),
          })
          const { bytes } = recording
          const { firstTokenMs: _, ...whole } = replay(recording, [bytes])
          const kept = [...list, FINISH, DONE].filter((event) => !drop || event !== USAGE)
          const passed = Buffer.from(written(kept.join(''))).toString('latin1')
          // A stray line feed in front of a usage event is part of it.
          if (!list.includes('\n')) assert.equal(whole.forwarded, passed)
          for (const pieces of [cutAll(bytes), cutAt(bytes, cuts)]) {
            const { firstTokenMs: __, ...told } = replay(recording, pieces)
            assert.deepEqual(told, whole)
          }
        },
      ),
      { numRuns: 300 },
    )
  })
})

function start(api: Api = openAiChat): { opening: FakeOpening; answer: EventAnswer; meter: StreamMeter } {
  const opening = new FakeOpening()
  const meter = new StreamMeter()
  const format = api.dialect === 'ollama' ? 'ndjson' : 'sse'
  const facts = new AnswerFacts(api)
  return {
    opening,
    meter,
    answer: new EventAnswer(opening, { format, api, facts, meter, dropUsageEvent: false }),
  }
}

test('the first token is neither a role, nor a comment, nor an empty piece', () => {
  const { opening, answer, meter } = start()
  for (const [index, event] of [ROLE, PING, HELLO, HELLO, FINISH].entries())
    answer.push(Buffer.from(event), index)
  assert.equal(opening.firstTokenMs, 2)
  assert.equal(meter.firstTokenMs, 2)
  assert.equal(meter.sketch()?.count, 1)
})

test('events that follow each other in one buffer leave in one write', () => {
  const { opening, answer } = start()
  answer.push(Buffer.from(ROLE + HELLO + PING + HELLO), 0)
  assert.equal(opening.written.length, 1)
})

for (const api of [openAiChat, ollamaChat]) {
  test(`a giant line of ${api.name} breaks the answer off, and none of it is passed on or kept`, () => {
    const { opening, answer } = start(api)
    const before = api === ollamaChat ? WORD : HELLO
    answer.push(Buffer.from(before), 0)
    const chunk = Buffer.alloc(65_536, 'x')
    let chunks = 0
    for (; opening.failure === undefined && chunks < 100; chunks += 1) answer.push(chunk, 1)
    assert.equal(opening.failure?.code, 'backend_protocol_error')
    assert.ok(chunks <= 17, `${chunks} chunks were read`)
    assert.equal(opening.forwarded.toString(), before)
  })
}

test('comments without an end do not fill the memory', () => {
  const { opening, answer } = start()
  const comments = Buffer.from(PING.repeat(1_000))
  for (let bytes = 0; bytes <= 65_536 && opening.failure === undefined; bytes += comments.length) {
    answer.push(comments, 0)
  }
  assert.equal(opening.failure?.code, 'backend_protocol_error')
  assert.equal(opening.isOpen, false)
})

test('a comment passes at once when the answer is open, and waits for it when it is not', () => {
  const { opening, answer } = start()
  answer.push(Buffer.from(PING), 0)
  assert.equal(opening.isOpen, false)
  answer.push(Buffer.from(HELLO), 1)
  assert.equal(opening.forwarded.toString(), PING + HELLO)
  answer.push(Buffer.from(PING), 2)
  assert.equal(opening.forwarded.toString(), PING + HELLO + PING)
})

test('an answer is complete from its end marker on, and never when it failed', () => {
  const table: readonly (readonly [Api, string, boolean])[] = [
    [openAiChat, HELLO, false],
    [openAiChat, HELLO + FINISH, false],
    [openAiChat, HELLO + FINISH + DONE, true],
    [openAiChat, HELLO + FINISH + DONE.trimEnd(), false],
    [openAiChat, HELLO + DONE + BROKEN, false],
    [openAiChat, ERROR + DONE, false],
    [anthropicMessages, MESSAGE, false],
    [anthropicMessages, MESSAGE + STOP, true],
    [ollamaChat, WORD, false],
    [ollamaChat, WORD + LAST, true],
    [ollamaChat, WORD + LAST.trimEnd(), false],
  ]
  for (const [api, given, expected] of table) {
    const { answer } = start(api)
    answer.push(Buffer.from(given), 0)
    assert.equal(answer.isComplete, expected, given)
  }
})
