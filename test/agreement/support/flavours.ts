// The kinds of requests that tapes are made of: each a record with times drawn at random.
import type { ErrorCode } from '../../../src/core/errors.ts'
import { errorEntry } from '../../../src/core/errors.ts'
import type { GapSketch, Outcome, RequestRecord } from '../../../src/core/record.ts'
import { GAP_BOUNDS_S } from '../../../src/core/buckets.ts'
import { toPhases, toRecord } from '../../../src/telemetry/fixtures/record.ts'

export type Random = () => number

/** From `low` to `high`, in whole microseconds: no threshold falls between two ways to write the same number. */
function between(random: Random, low: number, high: number): number {
  return Math.round((low + random() * (high - low)) * 1_000) / 1_000
}

const GAP_BOUNDS_MS = GAP_BOUNDS_S.map((seconds) => Math.round(seconds * 1_000))

/** `count` gaps that are all as long as the given one. */
function toGaps(gapMs: number, count: number): GapSketch {
  const at = GAP_BOUNDS_MS.findIndex((bound) => gapMs <= bound)
  const counts = Array.from({ length: GAP_BOUNDS_MS.length + 1 }, () => 0)
  counts[at === -1 ? GAP_BOUNDS_MS.length : at] = count
  return { boundsMs: GAP_BOUNDS_MS, counts, count, sumMs: gapMs * count, maxMs: gapMs }
}

const TOKENS = 40

interface Times {
  readonly firstTokenMs: number
  readonly gapMs: number
  readonly guardMs?: number
}

/** A stream whose times are told; the phases are as far as service levels look at them. */
function toStream({ firstTokenMs, gapMs, guardMs = 20 }: Times): Partial<RequestRecord> {
  const decodeMs = gapMs * (TOKENS - 1)
  return {
    stream: true,
    firstTokenMs,
    durationMs: firstTokenMs + decodeMs,
    gaps: toGaps(gapMs, TOKENS - 1),
    phases: toPhases({ guard: guardMs, prefill: firstTokenMs - guardMs, decode: decodeMs }),
    usage: { promptTokens: 120, outputTokens: TOKENS, cachedTokens: undefined, reasoningTokens: undefined },
  }
}

const OUTCOME_OF = {
  caller: 'caller_error',
  policy: 'rejected',
  backend: 'backend_error',
  gateway: 'gateway_error',
} as const satisfies Record<string, Outcome>

function toFailure(code: ErrorCode, given: Partial<RequestRecord> = {}): Partial<RequestRecord> {
  const { status, blame } = errorEntry(code)
  return {
    durationMs: 40,
    phases: toPhases({ gateway: 40 }),
    outcome: code === 'client_closed' ? 'abandoned' : OUTCOME_OF[blame],
    code,
    blame,
    status,
    ...given,
  }
}

const FLAVOURS = {
  fast: (random) => toStream({ firstTokenMs: between(random, 100, 900), gapMs: between(random, 5, 25) }),
  whole: (random) => ({ durationMs: between(random, 300, 2_500), firstTokenMs: undefined, stream: false }),
  slowStart: (random) =>
    toStream({ firstTokenMs: between(random, 1_500, 9_000), gapMs: between(random, 5, 25) }),
  slowTokens: (random) =>
    toStream({ firstTokenMs: between(random, 100, 900), gapMs: between(random, 60, 400) }),
  slowGuard: (random) => {
    const guardMs = between(random, 300, 1_500)
    return toStream({ firstTokenMs: guardMs + 200, gapMs: 10, guardMs })
  },
  cold: (random) => ({
    ...toStream({ firstTokenMs: between(random, 4_000, 20_000), gapMs: 15 }),
    cold: true,
  }),
  backendDown: () => toFailure('backend_unreachable'),
  brokenStream: (random) => ({
    ...toStream({ firstTokenMs: between(random, 100, 900), gapMs: 15 }),
    ...toFailure('stream_interrupted', { status: 200, interruptedBy: 'backend' }),
  }),
  queueFull: () => toFailure('queue_full'),
  callerError: () => toFailure('invalid_request'),
  rateLimited: () => toFailure('rate_limited'),
  leftEarly: () => toFailure('client_closed', { firstTokenMs: undefined }),
  leftLate: (random) => ({
    ...toStream({ firstTokenMs: between(random, 100, 900), gapMs: 15 }),
    ...toFailure('client_closed', { status: 200, interruptedBy: 'caller' }),
  }),
} as const satisfies Record<string, (random: Random) => Partial<RequestRecord>>

export type Flavour = keyof typeof FLAVOURS

export const FLAVOUR_NAMES = Object.keys(FLAVOURS) as readonly Flavour[]

/** What goes wrong in an incident, as opposed to what happens on any day. */
export const INCIDENT_FLAVOURS = [
  'slowStart',
  'slowTokens',
  'slowGuard',
  'cold',
  'backendDown',
  'brokenStream',
  'queueFull',
] as const satisfies readonly Flavour[]

const MODELS = ['qwen3:4b', 'qwen3:32b', 'llama3.2'] as const

/** A record of the flavour that ended at the given time. */
export function drawRecord(flavour: Flavour, endedAtMs: number, random: Random): RequestRecord {
  const model = MODELS[Math.floor(random() * MODELS.length)] ?? MODELS[0]
  const given = FLAVOURS[flavour](random)
  const { durationMs = 1_200 } = given
  return toRecord({
    ...given,
    durationMs,
    startedAtMs: endedAtMs - durationMs,
    modelAsked: model,
    modelRouted: model,
    backend: random() < 0.5 ? 'gpu-a' : 'gpu-b',
  })
}
