// The answer goes to the caller: in one piece when it is complete, else as it comes. The commit point is its first byte.
import { commitHeaders, reply } from '../http/reply.ts'
import type { Stage } from '../stage.ts'
import { Relay } from '../streaming/relay.ts'

export const streamBack: Stage = {
  name: 'stream-back',
  phase: undefined,
  async run(exchange, { clock }) {
    const { answer, opened } = exchange
    if (answer === undefined || opened === undefined) return
    exchange.releaseBody()
    try {
      const headers = commitHeaders(exchange, opened, clock.now())
      if (opened.body !== undefined) {
        exchange.error = opened.error
        reply(exchange, { status: opened.status, headers, body: opened.body })
        return
      }
      exchange.response.writeHead(opened.status, headers)
      const relay = new Relay(exchange, answer, { clock, isEventStream: exchange.meter !== undefined })
      answer.attach(relay)
      await relay.done
    } finally {
      exchange.noteAnswered(clock.now())
      exchange.setWork(undefined)
      exchange.attempts.push(answer.toRecord(exchange.startedMs))
    }
  },
}
