// How long a receiver that could not be reached is left alone. Pure.

const FIRST_MS = 5_000
const MOST_MS = 5 * 60_000
/** A service that says when to come back is believed up to here. */
const MOST_ASKED_MS = 3_600_000
/** Receivers that failed together must not be asked together for ever: the wait is spread by a quarter either way. */
const SPREAD_RATIO = 0.25

export interface Failure {
  /** Failures in a row, this one included. */
  readonly failures: number
  /** What the service asked for. */
  readonly askedMs: number | undefined
  /** In [0, 1). */
  readonly random: number
}

export function backoffMs({ failures, askedMs, random }: Failure): number {
  const grown = Math.min(FIRST_MS * 2 ** Math.min(failures - 1, 16), MOST_MS)
  const spread = grown * (1 - SPREAD_RATIO + 2 * SPREAD_RATIO * random)
  return Math.round(Math.max(spread, Math.min(askedMs ?? 0, MOST_ASKED_MS)))
}
