// Who is calling: a known key, a caller from this machine, or nobody.
import { admit } from '../../access/admit.ts'
import { WeirError } from '../../core/errors.ts'
import type { Stage } from '../stage.ts'

export const authenticate: Stage = {
  name: 'authenticate',
  phase: 'authenticate',
  run(exchange, { listener, contents }) {
    const { request, runtime, route } = exchange
    const answer = admit(runtime.access, {
      rawHeaders: request.rawHeaders,
      remoteAddress: request.socket.remoteAddress,
      listener,
      endpoint: exchange.endpoint,
    })
    if (answer instanceof WeirError) throw answer
    exchange.principal = answer
    if (runtime.content === undefined || route?.kind !== 'proxy') return
    exchange.content = contents?.open(runtime.content, answer)
  },
}
