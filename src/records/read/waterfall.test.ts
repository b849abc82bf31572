import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toAttempt, toRecord, toStored } from '../fixtures/record.ts'
import { paintNothing } from './paint.ts'
import { printWaterfall } from './waterfall.ts'
import { displayWidth } from './width.ts'

const { phases } = toRecord()
const NO_PHASES = Object.fromEntries(Object.keys(phases).map((phase) => [phase, 0])) as typeof phases
const style = { paint: paintNothing, timeZone: 'Asia/Shanghai', columns: 78 }

/** Ten seconds: two in the queue, one lost on a dead backend, four of loading, one of reading, two of writing. */
const slow = toStored(
  {
    id: 'req_slow',
    startedAtMs: Date.parse('2026-11-21T06:00:00.5Z'),
    ...{ durationMs: 10_000, firstTokenMs: 8_000, cold: true, tenant: 'north' },
    phases: {
      ...NO_PHASES,
      receive: 0.25,
      queue: 2_000,
      retry: 1_000,
      load: 4_000,
      prefill: 1_000,
      decode: 1_999.75,
    },
    queued: { backend: 'gpu-1', position: 3, waitMs: 2_000 },
    cost: { micros: 3_210, currency: 'CNY' },
    attempts: [
      toAttempt({
        ...{
          backend: 'gpu-1',
          startedMs: 2_000,
          endedMs: 3_000,
          result: 'error',
          code: 'backend_unreachable',
        },
        ...{ connectedMs: undefined, firstByteMs: undefined, firstTokenMs: undefined, status: undefined },
      }),
      toAttempt({
        ...{ backend: 'gpu-2', startedMs: 3_000, connectedMs: 3_001 },
        ...{ firstByteMs: 7_000, firstTokenMs: 8_000, endedMs: 10_000 },
      }),
    ],
  },
  { cause: 'load', shareRatio: 0.4, text: 'model load 40 %' },
)

test('one request is shown from its beginning to its end', () => {
  assert.equal(
    printWaterfall(slow, undefined, style),
    `request  req_slow
started  2026-11-21 14:00:00.500 +08:00
call     POST /v1/chat/completions (openai, stream)
status   200 ok
model    qwen3:4b
backend  ollama (ollama, had to load the model)
caller   team-a of north
took     10.0s, first token after 8.00s, 20.0 tokens/s after it
tokens   120 in, 41 out
cost     0.00321 CNY
queue    place 3 at gpu-1, waited 2.00s
finish   stop
why      model load 40 %

                0                                  10.0s
receive         ▏                                           0.25ms   <0.1 %
queue           ████████                                     2.00s   20.0 %
retry                   ████                                 1.00s   10.0 %
load                        ████████████████                 4.00s   40.0 %
prefill                                     ████             1.00s   10.0 %
decode                                          ████████     2.00s   20.0 %

attempts
1 gpu-1                 ····                                 1.00s  error backend_unreachable
2 gpu-2                     ░░░░░░░░░░░░░░░░▒▒▒▒████████     7.00s  success 200
                · connects   ░ waits for the head of the answer   ▒ waits for its first token   █ answers
`,
  )
})

test('bars lie within their axis, whatever the record says', () => {
  for (const given of [
    { durationMs: 0 },
    { durationMs: 0.001 },
    { durationMs: 5, phases: { ...phases, decode: 1e9 }, attempts: [toAttempt({ endedMs: 1e12 })] },
    { phases: NO_PHASES, attempts: [] },
    { attempts: [toAttempt({ startedMs: 1e9, endedMs: 1e9 })] },
  ]) {
    const text = printWaterfall(toStored(given), undefined, style)
    for (const line of text.split('\n')) {
      const bar = /[█░▒·▏]+ /.exec(line)
      if (bar !== null && !line.includes('connects')) assert.ok(bar.index + bar[0].length <= 58, line)
    }
  }
})

test('what is not known takes no line', () => {
  const bare = printWaterfall(
    toStored({
      ...{ modelAsked: undefined, modelRouted: undefined, modelAnswered: undefined, backend: undefined },
      ...{ provider: undefined, key: undefined, tenant: undefined, finishReason: undefined, attempts: [] },
      ...{ firstTokenMs: undefined, status: 401, outcome: 'caller_error', code: 'unauthorized' },
      usage: {
        ...{ promptTokens: undefined, outputTokens: undefined },
        ...{ cachedTokens: undefined, reasoningTokens: undefined },
      },
    }),
    undefined,
    style,
  )
  const names = bare
    .split('\n\n')[0]
    ?.split('\n')
    .map((line) => line.split(' ')[0])
  assert.deepEqual(names, ['request', 'started', 'call', 'status', 'took'])
  assert.match(bare, /status {3}401 caller_error unauthorized/)
  assert.match(bare, /No backend was asked\.\n$/)
})

test('fallbacks, other names, interruptions and shedding are said', () => {
  const text = printWaterfall(
    toStored({
      ...{ modelAsked: 'big', modelRouted: 'small', modelAnswered: 'small-q4', fallbackFrom: 'big' },
      ...{ fallbackReason: 'queue_full', interruptedBy: 'backend', shed: 'memory', stalls: 1 },
      ...{ offloadRatio: 0.4, loopStallMs: 312 },
      estimated: { usage: true, phases: true },
    }),
    undefined,
    style,
  )
  assert.match(text, /small \(asked for as big; answered as small-q4; in place of big: queue_full\)/)
  assert.match(text, /broken off by the backend/)
  assert.match(text, /no room \(memory\)/)
  assert.match(text, /1 stall\b/)
  assert.match(text, /the backend gave no counts/)
  assert.match(text, /does not say when its load ended/)
  assert.match(text, /40\.0 % of the model lay outside GPU memory/)
  assert.match(text, /stood still for 312ms/)
})

test('content is shown as text, cut where it was cut, and moves no cursor', () => {
  const content = { requestId: 'x', prompt: '你好\n\u001b[2Jx\n\n', answer: 'hi', isCut: true }
  const text = printWaterfall(toStored(), content, style)
  assert.ok(text.endsWith('\nprompt (cut)\n你好\n\\u001b[2Jx\n\nanswer (cut)\nhi\n'), text)
})

test('a wide terminal gets longer bars, up to a bound', () => {
  const widest = (columns: number): number =>
    Math.max(
      ...printWaterfall(slow, undefined, { ...style, columns })
        .split('\n\n')[1]!
        .split('\n')
        .map(displayWidth),
    )
  assert.ok(widest(100) <= 100 && widest(100) > widest(78))
  assert.equal(widest(500), widest(200))
  assert.equal(widest(10), widest(40))
})

test('what could not be measured is said of an answer that came whole, and of one whose first token was seen', () => {
  const note = (firstTokenMs: number | undefined) =>
    printWaterfall(toStored({ firstTokenMs, estimated: { usage: false, phases: true } }), undefined, style)
  assert.match(note(undefined), /prefill and decode could not be told apart/)
  assert.doesNotMatch(note(8_000), /told apart/)
  assert.match(note(8_000), /load may hold some of prefill/)
})

test('a failure is not called usual', () => {
  const verdict = { cause: 'nothing', shareRatio: 1, text: 'nothing unusual' } as const
  const print = (outcome: 'ok' | 'backend_error') =>
    printWaterfall({ ...toStored({ outcome }), verdict }, undefined, style)
  assert.match(print('ok'), /why +nothing unusual/)
  assert.doesNotMatch(print('backend_error'), /nothing unusual/)
})
