// One record on the scales: what weighing it fills in, and what its sentence is made of. Kept and reused by who weighs.
import type { SlowCause } from '../core/verdict.ts'
import { createSpent, type Spent } from './explain-spent.ts'
import type { UsualPace } from './usual.ts'

export type Excess = Record<Exclude<SlowCause, 'nothing'>, number>

/** How a slow prefill or decode looks, for the sentence. */
export type Look =
  | 'long-prompt'
  /** Slow by its rate, or by the time to the first token where a rate means nothing. */
  | 'slow-rate'
  | 'slow-start'
  | 'silence'
  /** Of an answer in one piece: nobody knows which of both was slow. */
  | 'in-one-piece'

/** One record on the scales. */
export interface Scales {
  readonly spent: Spent
  readonly excess: Excess
  pace: UsualPace | undefined
  /** Nothing can be said about prefill and decode: too little is known of this model there. */
  isNew: boolean
  promptTokens: number
  /** After the first one. */
  outputTokens: number
  /** Counted by events, or deduced of an answer that came whole. */
  isAbout: boolean
  prefillLook: Look
  decodeLook: Look
  /** The longest time without a token once they had begun. */
  silenceMs: number
  /** What its rates are compared with; milliseconds per token. */
  usualPerTokenMs: number | undefined
  usualFirstTokenMs: number | undefined
  /** For all of an answer in one piece; milliseconds. */
  usualAnswerMs: number
}

export function createScales(): Scales {
  const excess: Excess = {
    ...{ load: 0, queue: 0, prefill: 0, decode: 0, guard: 0, retry: 0 },
    ...{ connect: 0, client: 0, gateway: 0, length: 0 },
  }
  return {
    ...{ spent: createSpent(), excess, pace: undefined, isNew: false },
    ...{ promptTokens: 0, outputTokens: 0, isAbout: false, silenceMs: 0 },
    ...{ prefillLook: 'slow-start', decodeLook: 'slow-rate' },
    ...{ usualPerTokenMs: undefined, usualFirstTokenMs: undefined, usualAnswerMs: 0 },
  }
}

/** From so many tokens on a prompt is long, whatever is usual. */
export const LONG_PROMPT_TOKENS = 4_096

/** A first token, a connection, a count of tokens: twice the usual is still within what they vary by. */
export const VARIES_BY = 2
/** Rates vary less. */
export const RATE_VARIES_BY = 1.5

/** Of fewer tokens a rate says more about the network. */
const RATE_TOKENS = 512

/** How a prefill looks that was slow for the size of its prompt. */
export function toSlowLook({ pace, promptTokens }: Scales): Look {
  return pace?.perPromptToken.value !== undefined && promptTokens >= RATE_TOKENS ? 'slow-rate' : 'slow-start'
}

/** What an answer took because it was longer than answers usually are. */
export function lengthOf({ pace, outputTokens }: Scales, expectedMs: number): number {
  const usualTokens = pace?.outputTokens.value
  if (usualTokens === undefined || outputTokens <= usualTokens * VARIES_BY) return 0
  return expectedMs * (1 - usualTokens / outputTokens)
}
