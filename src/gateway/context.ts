// What stages may use besides the exchange: time, clocks of attempts, and who listens.
import type { Clock } from '../core/clock.ts'
import type { Deadlines } from './upstream/deadline.ts'

/** Something the operator should read in the log; never content, never a secret. */
export type Report = (
  level: 'debug' | 'warn' | 'error',
  message: string,
  fields: Readonly<Record<string, unknown>>,
) => void

export interface GatewayContext {
  readonly clock: Clock
  readonly deadlines: Deadlines
  readonly report: Report
  readonly listener: 'tcp' | 'unix'
  /** Told of each stage a request enters; for tests and debugging. */
  readonly onStage: ((requestId: string, stage: string) => void) | undefined
}
