// What an error of a connection is called in a report: one word each, and the same whichever library or system said it.
import type { Failure } from '../outcome.ts'

const CODES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection_refused',
  ECONNRESET: 'connection_reset',
  EPIPE: 'connection_reset',
  UND_ERR_SOCKET: 'connection_closed',
  ENOTFOUND: 'name_not_found',
  EAI_AGAIN: 'name_not_found',
  EHOSTUNREACH: 'host_unreachable',
  ENETUNREACH: 'host_unreachable',
  ETIMEDOUT: 'connect_timeout',
  UND_ERR_CONNECT_TIMEOUT: 'connect_timeout',
  EADDRNOTAVAIL: 'no_local_port',
  EMFILE: 'no_file_descriptor',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'broken_answer',
  ENOENT: 'connection_refused',
}

/** Codes that say something about this machine, not about the server. */
export const OWN_FAILURES: ReadonlySet<string> = new Set(['no_local_port', 'no_file_descriptor'])

export function nameOf(error: Error): string {
  const { code } = error as NodeJS.ErrnoException
  if (code === undefined) return 'connection_failed'
  if (code.startsWith('HPE_')) return 'broken_answer'
  return CODES[code] ?? code.toLowerCase()
}

export function toConnectionFailure(error: Error): Failure {
  return { code: nameOf(error), status: undefined, message: messageOf(error), requestId: undefined }
}

/** Several addresses were tried: the first says as much as all. */
export function messageOf(error: Error): string {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : undefined
  return first instanceof Error ? first.message : error.message
}
