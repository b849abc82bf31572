// One step of the way a request takes. The list of them is pipeline.ts.
import type { PhaseName } from '../core/record.ts'
import type { GatewayContext } from './context.ts'
import type { Exchange } from './exchange.ts'

export interface Stage {
  readonly name: string
  /** The phase its time is booked to; a stage without one books its own. */
  readonly phase: PhaseName | undefined
  run(exchange: Exchange, context: GatewayContext): void | Promise<void>
}
