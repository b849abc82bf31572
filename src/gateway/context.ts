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

const MOST_CAUSES = 3

/** What went wrong at a backend, in a few words of the system or the parser; undefined where the code says it all. */
export function toFailure(thrown: unknown): string | undefined {
  let cause = thrown
  for (let depth = 0; depth < MOST_CAUSES && cause instanceof Error && cause.cause !== undefined; depth += 1)
    cause = cause.cause
  if (!(cause instanceof Error)) return typeof cause === 'string' ? cause : undefined
  const { code } = cause as NodeJS.ErrnoException
  // V8 quotes what it could not parse, and that may be a prompt.
  const isQuoting = cause instanceof SyntaxError || cause instanceof URIError
  return isQuoting ? 'what it answered could not be parsed' : cause.message || code || cause.name
}
