// Pages that need no backend's help: lists of models and signs of life.
import { modelHeaders, reply } from '../http/reply.ts'
import type { Stage } from '../stage.ts'

export const answerLocally: Stage = {
  name: 'answer-locally',
  phase: undefined,
  async run(exchange, { clock }) {
    const { route, request, runtime, principal } = exchange
    if (route?.kind !== 'local') return
    const body = await route.page.answer({
      target: request.url,
      fleet: runtime.fleet,
      patience: { timeoutMs: runtime.settings.discovery.timeout, clock },
      isAnthropic: request.headers['anthropic-version'] !== undefined,
      mayUse: (model) => principal?.mayUse(model) === true,
    })
    exchange.throwIfCancelled()
    const headers = ['content-type', route.page.contentType, ...modelHeaders(exchange)]
    reply(exchange, { status: 200, headers, body: Buffer.from(body) })
  },
}
