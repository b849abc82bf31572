// What the end of an attempt says about its backend's health. Pure: one table of rules, nothing is kept.
import { errorEntry, type WeirError } from '../../../core/errors.ts'
import { isBusyStatus } from '../../upstream/busy-status.ts'

/**
 * `success` and `failure` are the circuit's; `silent` is a failure in which not one token came; `cool` asks for a pause (429);
 * `busy` cannot serve just now (503); `nothing` says nothing about the backend.
 */
export type Verdict = 'success' | 'failure' | 'silent' | 'cool' | 'busy' | 'nothing'

export interface EndedAttempt {
  readonly error: WeirError | undefined
  /** HTTP status of the backend's answer, if it came so far. */
  readonly status: number | undefined
}

export function judge({ error, status = 0 }: EndedAttempt): Verdict {
  if (error === undefined) return 'success'
  switch (error.code) {
    case 'first_token_timeout':
      return 'silent'
    case 'backend_unreachable':
    case 'backend_protocol_error':
    case 'idle_timeout':
    case 'stream_interrupted':
      return 'failure'
    case 'rate_limited':
      return 'cool'
    case 'backend_error':
      if (isBusyStatus(status) || error.status === 503) return 'busy'
      // 401 and the like: our credential or our configuration is wrong, and resting the backend would not mend it.
      return status >= 400 && status < 500 ? 'nothing' : 'failure'
    case 'client_closed':
    case 'draining':
    case 'deadline_exceeded':
    // Ours, a lack of sockets on this machine among it.
    case 'internal':
      return 'nothing'
    default:
      // It refused what is the caller's own mistake, a model it does not have included: it has done its work.
      return errorEntry(error.code).blame === 'caller' ? 'success' : 'nothing'
  }
}
