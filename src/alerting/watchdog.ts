// Whether alerting itself works: are objectives evaluated, do messages arrive. What does not is an alert like any other, and
// a beat to somebody outside says that all of it is alive, until it is not.
import type { Alert } from '../core/alert.ts'

export const DEAD_ALERT = 'AlertPipelineDead'

export interface Vital {
  readonly part: 'evaluation' | 'delivery'
  /** Undefined for evaluation. */
  readonly receiver: string | undefined
  /** Wall clock; since when it has not worked. */
  readonly brokenSinceMs: number
  readonly broken: string
  /** Of a delivery: what the last try came to. */
  readonly reason?: string
}

export interface WatchInput {
  readonly nowMs: number
  readonly afterMs: number
  /** Wall clock of the last time that it was known what holds. */
  readonly evaluatedAtMs: number
  /** Receivers that have something to be told and have refused it since then. */
  readonly failing: readonly {
    readonly receiver: string
    readonly sinceMs: number
    readonly reason: string
  }[]
}

export function findBroken({ nowMs, afterMs, evaluatedAtMs, failing }: WatchInput): readonly Vital[] {
  const isOld = (sinceMs: number): boolean => nowMs - sinceMs >= afterMs
  const evaluation: Vital = {
    part: 'evaluation',
    receiver: undefined,
    brokenSinceMs: evaluatedAtMs,
    broken: 'objectives have not been evaluated',
  }
  return [
    ...(isOld(evaluatedAtMs) ? [evaluation] : []),
    ...failing
      .filter(({ sinceMs }) => isOld(sinceMs))
      .map(({ receiver, sinceMs, reason }): Vital => ({
        part: 'delivery',
        receiver,
        brokenSinceMs: sinceMs,
        broken: `${receiver} cannot be reached (${reason})`,
        reason,
      })),
  ]
}

export function toDeadAlert({ part, receiver, brokenSinceMs, broken, reason }: Vital): Alert {
  return {
    name: DEAD_ALERT,
    labels: { part, ...(receiver !== undefined && { receiver }) },
    severity: 'page',
    startedAtMs: brokenSinceMs,
    facts: { kind: 'watchdog', broken, reason },
  }
}
