// When a backend is asked again how it is: seldom while it is well, soon while it is not, never in step with the others. Pure.
import type { ProbeFinding } from '../health/backend-health.ts'

/** The first pause after a backend was found dead; each further one is twice as long. */
const FIRST_RETRY_MS = 1_000

/** A backend that has come back should not wait longer than this to be noticed. */
const MAX_RETRY_MS = 5_000

/** Loading and a full queue pass by themselves, in seconds. */
const SOON_MS = 2_000

/** Up to this share earlier or later: gateways that started together do not ask together for ever. */
const JITTER_RATIO = 0.1

export interface ProbeQuestion {
  /** Undefined when our own machine could not ask. */
  readonly finding: ProbeFinding | undefined
  /** How many probes in a row found it dead, this one included. */
  readonly deadInARow: number
  /** The pause while it is well, as configured. */
  readonly everyMs: number
  /** In [0, 1). */
  readonly random: number
}

export function probeDelayMs({ finding, deadInARow, everyMs, random }: ProbeQuestion): number {
  const jitter = 1 + JITTER_RATIO * (2 * random - 1)
  if (finding === 'answers') return everyMs * jitter
  const backOffMs = FIRST_RETRY_MS * 2 ** Math.min(10, Math.max(0, deadInARow - 1))
  const delayMs = finding === 'refused' || finding === 'silent' ? Math.min(backOffMs, MAX_RETRY_MS) : SOON_MS
  return Math.min(delayMs, everyMs) * jitter
}
