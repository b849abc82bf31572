// Which of the open candidates may have the request now. Until slots are counted, the best one always may.
import type { GatewayContext } from '../context.ts'
import type { Exchange } from '../exchange.ts'
import type { Candidate } from '../routing/candidate.ts'
import { WeirError } from '../../core/errors.ts'

/** At once where nobody has to wait; a promise only where somebody does. Throws `queue_full` or `queue_timeout`. */
export function admit(
  _exchange: Exchange,
  open: readonly Candidate[],
  _context: GatewayContext,
): Candidate | Promise<Candidate> {
  const [best] = open
  if (best === undefined) throw new WeirError('no_backend')
  return best
}
