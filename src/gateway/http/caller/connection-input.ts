// What a connection of a caller is given, and whom it tells what came of it. Types only.
import type { Socket } from 'node:net'
import type { Clock } from '../../../core/clock.ts'
import type { WeirError } from '../../../core/errors.ts'
import type { ServerSettings } from '../../config.ts'
import type { CallerRequest } from './caller-request.ts'
import type { CallerResponse } from './caller-response.ts'
import type { HeadEnd } from './head-end.ts'

export interface ConnectionHandlers {
  /** `isExcess`: its connection is one more than may be served. */
  onRequest(request: CallerRequest, response: CallerResponse, isExcess: boolean): void
  /** Bytes that never became a request. */
  onMalformed(error: WeirError): void
  /** A request cannot be read to its end. Returns whether it was still being read, and so answers for itself. */
  onBroken(socket: Socket, error: WeirError): boolean
  /** The caller will send no more, and waits for an answer or has left. */
  onHalfClosed(socket: Socket): void
}

export interface ConnectionInput {
  readonly socket: Socket
  readonly isExcess: boolean
  readonly settings: ServerSettings
  readonly handlers: ConnectionHandlers
  readonly clock: Clock
  readonly headEnd: HeadEnd
}
