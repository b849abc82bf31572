// THE ORDERED LIST OF STAGES. Read this file first: a request goes through them from top to bottom.
// A stage either leaves its finding on the exchange or throws the error the caller gets.
import type { GatewayContext } from './context.ts'
import type { Exchange } from './exchange.ts'
import type { Stage } from './stage.ts'
import { answerLocally } from './stages/answer-locally.ts'
import { authenticate } from './stages/authenticate.ts'
import { forward } from './stages/forward.ts'
import { guardPrompt } from './stages/guard-prompt.ts'
import { limit } from './stages/limit.ts'
import { receive } from './stages/receive.ts'
import { route } from './stages/route.ts'
import { streamBack } from './stages/stream-back.ts'

/** Requests for a model. Who calls is settled before a byte of the body is read: strangers fill no memory. */
export const PROXY_STAGES: readonly Stage[] = [
  authenticate,
  receive,
  limit,
  guardPrompt,
  route,
  forward,
  streamBack,
]

/** Pages the gateway answers itself. */
export const LOCAL_STAGES: readonly Stage[] = [authenticate, answerLocally]

/** Runs the stages in order. Rejects with the first error; nothing after it runs. */
export async function runPipeline(
  exchange: Exchange,
  stages: readonly Stage[],
  context: GatewayContext,
): Promise<void> {
  // Read only where a phase begins or ends: the clock is read twice as often as anything else here.
  let enteredMs: number | undefined
  for (const stage of stages) {
    context.onStage?.(exchange.id, stage.name)
    if (stage.phase === undefined) {
      enteredMs = undefined
      const pending = stage.run(exchange, context)
      if (pending !== undefined) await pending
    } else {
      enteredMs ??= context.clock.now()
      try {
        const pending = stage.run(exchange, context)
        if (pending !== undefined) await pending
      } finally {
        const leftMs = context.clock.now()
        exchange.phaseMs[stage.phase] = leftMs - enteredMs
        enteredMs = leftMs
      }
    }
    exchange.throwIfCancelled()
  }
}
