import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { PHASES, type PhaseName } from '../core/record.ts'
import { ollamaChat } from './dialects/ollama/api.ts'
import { AnswerFacts } from './dialects/answer-facts.ts'
import type { Exchange } from './exchange.ts'
import { noPhases, type MutablePhases } from './blank-phases.ts'
import { dividePhases } from './phases.ts'

type Stated = Partial<Pick<AnswerFacts, 'loadMs' | 'prefillMs' | 'decodeMs'>>

interface Situation {
  /** What the stages booked. */
  readonly booked?: Partial<MutablePhases>
  readonly retryMs?: number
  readonly stallMs?: number
  readonly answer?: { startedMs: number; connectedMs: number | undefined; endedMs: number }
  readonly firstTokenMs?: number
  readonly trailingStallMs?: number
  readonly stated?: Stated
  readonly nowMs: number
}

const STARTED_MS = 1_000

function divide(situation: Situation): ReturnType<typeof dividePhases> {
  const {
    booked,
    retryMs = 0,
    stallMs = 0,
    trailingStallMs = 0,
    answer,
    firstTokenMs,
    stated,
    nowMs,
  } = situation
  const facts = Object.assign(new AnswerFacts(ollamaChat), stated)
  const exchange = {
    phaseMs: { ...noPhases(), ...booked },
    retryMs,
    clientStallMs: stallMs,
    trailingStallMs,
    answer,
    answerFacts: answer === undefined ? undefined : facts,
    meter: firstTokenMs === undefined ? undefined : { firstTokenMs },
    since: (ms: number) => ms - STARTED_MS,
  }
  return dividePhases(exchange as unknown as Exchange, nowMs)
}

const sum = (durations: MutablePhases): number => PHASES.reduce((total, name) => total + durations[name], 0)

/** Began at 1010, connected by 1015, over at 2015; sealed at 2020, so that five are ours. */
const ANSWER = { startedMs: 1_010, connectedMs: 1_015, endedMs: 2_015 }
const BEFORE = { receive: 6, authenticate: 1, limit: 1, guard: 2 }
const AROUND = { ...BEFORE, connect: 5, gateway: 5 }

interface Case extends Situation {
  readonly expected: Partial<Record<PhaseName, number>>
  readonly estimated?: true
}

const CASES: Readonly<Record<string, Case>> = {
  'nothing but our own work': { nowMs: 1_003, expected: { gateway: 3 } },
  'rejected early: what a stage took is its own, the rest is ours': {
    ...{ booked: { authenticate: 2 }, nowMs: 1_003 },
    expected: { authenticate: 2, gateway: 1 },
  },
  'abandoned while the body came': {
    ...{ booked: { receive: 4_000, authenticate: 1 }, nowMs: 5_002 },
    expected: { receive: 4_000, authenticate: 1, gateway: 1 },
  },
  'abandoned, or failed, before any answer: the attempts are retry': {
    ...{ booked: BEFORE, retryMs: 900, nowMs: 1_915 },
    expected: { ...BEFORE, retry: 900, gateway: 5 },
  },
  'a stream: the wait for its first token is prefill, what follows decode': {
    ...{ booked: BEFORE, answer: ANSWER, firstTokenMs: 1_215, nowMs: 2_020 },
    expected: { ...AROUND, prefill: 200, decode: 800 },
  },
  'a stream without a token, nothing stated: decode, by estimate': {
    ...{ booked: BEFORE, answer: ANSWER, nowMs: 2_020 },
    expected: { ...AROUND, decode: 1_000 },
    estimated: true,
  },
  'a stream after two failed attempts': {
    ...{ booked: BEFORE, retryMs: 300, firstTokenMs: 1_515, nowMs: 2_320 },
    answer: { startedMs: 1_310, connectedMs: 1_315, endedMs: 2_315 },
    expected: { ...AROUND, retry: 300, prefill: 200, decode: 800 },
  },
  'a caller that reads slowly: its share is nobody else’s': {
    ...{ booked: BEFORE, answer: ANSWER, firstTokenMs: 1_215, stallMs: 300, nowMs: 2_020 },
    expected: { ...AROUND, prefill: 200, decode: 500, 'client-stall': 300 },
  },
  'a caller that took the last bytes late, when the backend was long done': {
    ...{ booked: BEFORE, answer: ANSWER, firstTokenMs: 1_215, trailingStallMs: 200, nowMs: 2_220 },
    expected: { ...AROUND, prefill: 200, decode: 800, 'client-stall': 200 },
  },
  'a caller that read nothing but the beginning': {
    ...{ booked: BEFORE, answer: ANSWER, firstTokenMs: 1_215, stallMs: 800, nowMs: 2_020 },
    expected: { ...AROUND, prefill: 200, 'client-stall': 800 },
  },
  'Ollama, streamed: its wait is queue, load and prefill': {
    ...{ booked: BEFORE, answer: ANSWER, firstTokenMs: 1_715, nowMs: 2_020 },
    stated: { loadMs: 400, prefillMs: 250, decodeMs: 290 },
    expected: { ...AROUND, queue: 50, load: 400, prefill: 250, decode: 300 },
  },
  'Ollama, whole: its own durations, the rest its queue': {
    ...{ booked: BEFORE, answer: ANSWER, nowMs: 2_020 },
    stated: { loadMs: 400, prefillMs: 250, decodeMs: 290 },
    expected: { ...AROUND, queue: 60, load: 400, prefill: 250, decode: 290 },
  },
  'Ollama leaves out what is zero: no load, all of the wait is prefill': {
    ...{ booked: BEFORE, answer: ANSWER, nowMs: 2_020 },
    stated: { decodeMs: 290 },
    expected: { ...AROUND, prefill: 710, decode: 290 },
  },
  'an embedding: load stated, the rest is prefill': {
    ...{ booked: BEFORE, answer: ANSWER, nowMs: 2_020 },
    stated: { loadMs: 400 },
    expected: { ...AROUND, load: 400, prefill: 600 },
  },
  'llama.cpp, whole: prefill and decode stated': {
    ...{ booked: BEFORE, answer: ANSWER, nowMs: 2_020 },
    stated: { prefillMs: 84, decodeMs: 900 },
    expected: { ...AROUND, queue: 16, prefill: 84, decode: 900 },
  },
  'llama.cpp, streamed: what we saw of the decode counts, not what it says': {
    ...{ booked: BEFORE, answer: ANSWER, firstTokenMs: 1_115, nowMs: 2_020 },
    stated: { prefillMs: 84, decodeMs: 5 },
    expected: { ...AROUND, queue: 16, prefill: 84, decode: 900 },
  },
  'a backend that states more than there was': {
    ...{ booked: BEFORE, answer: ANSWER, firstTokenMs: 1_215, nowMs: 2_020 },
    stated: { loadMs: 9e9, prefillMs: 9e9, decodeMs: 9e9 },
    expected: { ...AROUND, load: 200, decode: 800 },
  },
  'a backend that states more than there was, whole': {
    ...{ booked: BEFORE, answer: ANSWER, nowMs: 2_020 },
    stated: { loadMs: 9e9, prefillMs: 9e9, decodeMs: 9e9 },
    expected: { ...AROUND, decode: 1_000 },
  },
  'a connection that never came about': {
    ...{ booked: BEFORE, answer: { ...ANSWER, connectedMs: undefined }, nowMs: 2_020 },
    expected: { ...AROUND, connect: 1_005 },
    estimated: true,
  },
}

for (const [name, { expected, estimated = false, ...situation }] of Object.entries(CASES)) {
  test(`${name}, and it adds up`, () => {
    const found = divide(situation)
    assert.deepEqual(found.durations, { ...noPhases(), ...expected })
    assert.equal(found.estimated, estimated)
    assert.equal(sum(found.durations), situation.nowMs - STARTED_MS)
  })
}

test('whatever happens, no phase is negative and together they are the duration', () => {
  const ms = fc.double({ min: 0, max: 1e6, noNaN: true })
  const maybe = fc.option(fc.double({ min: 0, max: 1e12, noNaN: true }), { nil: undefined })
  fc.assert(
    fc.property(
      fc.array(ms, { minLength: 6, maxLength: 6 }),
      maybe,
      maybe,
      maybe,
      fc.record({
        hasToken: fc.boolean(),
        stalled: fc.double({ min: 0, max: 1, noNaN: true }),
      }),
      (steps, loadMs, prefillMs, decodeMs, { hasToken, stalled }) => {
        const [receive = 0, retryMs = 0, connect = 0, wait = 0, decode = 0, end = 0] = steps
        const startedMs = STARTED_MS + receive + retryMs
        const connectedMs = startedMs + connect
        const firstTokenMs = connectedMs + wait
        const endedMs = firstTokenMs + decode
        const { durations } = divide({
          booked: { receive },
          retryMs,
          answer: { startedMs, connectedMs, endedMs },
          // A caller can keep us waiting from the first byte on, which may come before the first token.
          stallMs: (endedMs - connectedMs) * stalled,
          ...(hasToken && { firstTokenMs }),
          stated: {
            ...(loadMs !== undefined && { loadMs }),
            ...(prefillMs !== undefined && { prefillMs }),
            ...(decodeMs !== undefined && { decodeMs }),
          },
          nowMs: endedMs + end,
        })
        for (const name of PHASES) assert.ok(durations[name] >= 0, `${name} is ${durations[name]}`)
        const durationMs = endedMs + end - STARTED_MS
        assert.ok(
          Math.abs(sum(durations) - durationMs) <= 1e-9 * Math.max(1, durationMs),
          `${sum(durations)} ${durationMs}`,
        )
      },
    ),
    { numRuns: 500 },
  )
})
