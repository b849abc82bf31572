// The body, read with a limit, checked, and looked into as far as routing needs. The bytes themselves stay as they came.
import { receiveBody } from '../http/receive-body.ts'
import type { Stage } from '../stage.ts'

export const receive: Stage = {
  name: 'receive',
  phase: 'receive',
  run(exchange, { overload }) {
    const { runtime, api } = exchange
    return receiveBody(exchange, { maxBytes: runtime.settings.server.maxBody, overload }, (body) => {
      exchange.body = body
      exchange.bodyBytes = body.length
      exchange.content?.takePrompt(body)
      exchange.facts = runtime.parser.parse(body, api)
    })
  },
}
