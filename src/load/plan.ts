// What a load test is: everything that decides which requests leave when. Two runs of one plan send the same requests.
import type { Arrivals } from './arrivals.ts'
import type { Mix } from './mix.ts'
import type { Objective } from './objectives.ts'

export const API_NAMES = ['openai', 'ollama', 'anthropic'] as const
export type ApiName = (typeof API_NAMES)[number]

/** `open`: requests leave when their time has come. `closed`: each caller asks again when it has its answer. */
export type Pace =
  | { readonly kind: 'open'; readonly perSecond: number; readonly arrivals: Arrivals }
  | { readonly kind: 'closed'; readonly callers: number }

export interface LoadPlan {
  readonly api: ApiName
  readonly model: string
  readonly pace: Pace
  /** Of the measured time; undefined where `requests` decides alone. */
  readonly durationMs: number | undefined
  /** Measured ones; undefined where the duration decides alone. */
  readonly requests: number | undefined
  /** Requests before this leave as all others and are counted nowhere. */
  readonly warmUpMs: number
  readonly promptTokens: Mix
  /** Undefined: the model's own end. */
  readonly maxTokens: Mix | undefined
  readonly streamRatio: number
  readonly seed: number
  /** More are never under way; what is due then waits here, and its clock runs. */
  readonly maxInFlight: number
  /** From when a request was meant to leave. */
  readonly timeoutMs: number
  readonly objectives: readonly Objective[]
}

export const LIMITS = {
  perSecond: 10_000,
  callers: 10_000,
  inFlight: 10_000,
  requests: 1_000_000,
  /** A day: whoever wants longer watches a service, and does not test it. */
  durationMs: 86_400_000,
} as const
