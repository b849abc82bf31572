// Who is calling: a known key, a caller from this machine, or nobody.
import { admit } from '../../access/admit.ts'
import { parseCaller } from '../../access/caller.ts'
import { WeirError } from '../../core/errors.ts'
import type { Stage } from '../stage.ts'

export const authenticate: Stage = {
  name: 'authenticate',
  phase: 'authenticate',
  run(exchange, { listener }) {
    const { request, runtime } = exchange
    const answer = admit({
      auth: runtime.auth,
      keyring: runtime.keyring,
      caller: parseCaller(request.rawHeaders),
      remoteAddress: request.socket.remoteAddress,
      listener,
    })
    if (answer instanceof WeirError) throw answer
    exchange.principal = answer
  },
}
