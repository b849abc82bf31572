// What stages may use besides the exchange: time, clocks of attempts, and who listens.
import type { Clock } from '../core/clock.ts'
import type { ContentKeeper } from './content.ts'
import type { Overload } from './overload/overload.ts'
import type { Deadlines } from './upstream/deadline.ts'
import type { RetryBudget } from './upstream/retry-budget.ts'

/** What a report may carry. Never content and never a secret: a backend's own words can hold both. */
export interface ReportFields {
  readonly requestId?: string
  readonly backend?: string | undefined
  readonly code?: string | undefined
  readonly reason?: string | undefined
  readonly error?: unknown
}

/** Something the operator should read in the log. */
export type Report = (level: 'debug' | 'warn' | 'error', message: string, fields: ReportFields) => void

export interface GatewayContext {
  readonly clock: Clock
  readonly deadlines: Deadlines
  readonly overload: Pick<Overload, 'strain'>
  readonly retries: RetryBudget
  /** Absent where nobody takes what was said in requests. */
  readonly contents: ContentKeeper | undefined
  /** A number in [0, 1). */
  readonly random: () => number
  readonly report: Report
  readonly listener: 'tcp' | 'unix'
  /** Told of each stage a request enters; for tests and debugging. */
  readonly onStage: ((requestId: string, stage: string) => void) | undefined
}

/** Why something failed, for a report: our own sentence, or what was thrown. */
export function toReason(cause: unknown): Pick<ReportFields, 'reason' | 'error'> {
  if (cause === undefined) return {}
  return typeof cause === 'string' ? { reason: cause } : { error: cause }
}
