// The answer goes to the caller: in one piece when it is complete, else as it comes. The commit point is its first byte.
import type { Clock } from '../../core/clock.ts'
import { toWeirError } from '../../core/errors.ts'
import type { Exchange } from '../exchange.ts'
import { refuseHeld } from '../http/held.ts'
import { commitHeaders, reply } from '../http/reply.ts'
import type { Stage } from '../stage.ts'
import { Relay } from '../streaming/relay.ts'
import { toAttemptRecord } from '../upstream/attempt-record.ts'
import type { Opened, UpstreamAttempt } from '../upstream/attempt.ts'

export const streamBack: Stage = {
  name: 'stream-back',
  phase: undefined,
  run(exchange, { clock }) {
    const { answer, opened } = exchange
    if (answer === undefined || opened === undefined) return undefined
    exchange.releaseBody()
    if (opened.error === undefined) {
      exchange.content?.beginAnswer(opened.headers['content-encoding'], exchange.operation)
    }
    try {
      return give(exchange, { answer, opened, clock })
    } catch (thrown) {
      // Whatever went wrong here is ours, and the backend must not work on for nobody.
      answer.cancel(toWeirError(thrown))
      conclude(exchange, answer, clock)
      throw thrown
    }
  },
}

interface Giving {
  readonly answer: UpstreamAttempt
  readonly opened: Opened
  readonly clock: Clock
}

function give(exchange: Exchange, { answer, opened, clock }: Giving): void | Promise<void> {
  if (exchange.isHeld) {
    const refusal = refuseHeld(opened)
    if (refusal !== undefined) throw refusal
    exchange.isHeld = false
    return pour(exchange, answer, clock)
  }
  const { status, body } = opened
  const headers = commitHeaders(exchange, opened, clock.now())
  if (body !== undefined) {
    exchange.error = opened.error
    reply(exchange, { status, headers, body })
    return conclude(exchange, answer, clock)
  }
  exchange.response.writeHead(status, headers)
  return pour(exchange, answer, clock)
}

function pour(exchange: Exchange, answer: UpstreamAttempt, clock: Clock): Promise<void> {
  const relay = new Relay(exchange, answer, { clock, isEventStream: exchange.meter !== undefined })
  answer.attach(relay)
  return relay.done.then(() => conclude(exchange, answer, clock))
}

function conclude(exchange: Exchange, answer: UpstreamAttempt, clock: Clock): void {
  exchange.noteAnswered(clock)
  exchange.setWork(undefined)
  exchange.attempts.push(toAttemptRecord(answer, exchange.startedMs))
}
