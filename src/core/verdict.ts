// Why a request took as long as it did, in one word, one share and one sentence. Types only.

/** What may have made a request slow. `nothing` is said of one that was as fast as usual. */
export const SLOW_CAUSES = [
  'load',
  'queue',
  'prefill',
  'decode',
  'guard',
  'retry',
  'connect',
  'client',
  'gateway',
  'length',
  'nothing',
] as const

export type SlowCause = (typeof SLOW_CAUSES)[number]

export interface Verdict {
  /** `length`: nothing was slow, there was just much to generate. */
  readonly cause: SlowCause
  /** Part of the duration that the cause accounts for, 0 to 1. */
  readonly shareRatio: number
  /** In English, e.g. `queue 64 % behind 6 requests`. */
  readonly text: string
}
