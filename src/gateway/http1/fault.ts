// What a connection can break by, under codes of our own. For the log only: callers get the error table's words.

export type FaultCode =
  /** Closed before anything of an answer had come: most often a kept-alive connection that the backend gave up just then. */
  | 'WEIR_CONNECTION_CLOSED'
  /** Closed in the middle of an answer. */
  | 'WEIR_ANSWER_CUT'
  /** Not HTTP/1.1 as RFC 9112 has it, or more lenient than is safe. */
  | 'WEIR_MESSAGE_INVALID'
  /** A head, a chunk or trailers beyond the limit. */
  | 'WEIR_MESSAGE_TOO_LARGE'
  /** It resolves to an address that no backend may have. */
  | 'WEIR_ADDRESS_REFUSED'

/** Never shown to a caller, and never holds a byte of what came: servers quote the request. */
export class ConnectionFault extends Error {
  override readonly name = 'ConnectionFault'
  readonly code: FaultCode

  constructor(code: FaultCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
  }

  /** Whether the backend spoke, but not as it should. */
  get isProtocol(): boolean {
    return this.code.startsWith('WEIR_MESSAGE_') || this.code === 'WEIR_ANSWER_CUT'
  }
}

export function invalid(what: string): ConnectionFault {
  return new ConnectionFault('WEIR_MESSAGE_INVALID', `this is not valid HTTP/1.1: ${what}`)
}

export function tooLarge(what: string): ConnectionFault {
  return new ConnectionFault('WEIR_MESSAGE_TOO_LARGE', `this is larger than is read: ${what}`)
}

export function closed(): ConnectionFault {
  return new ConnectionFault('WEIR_CONNECTION_CLOSED', 'the connection was closed before an answer')
}

export function cut(cause?: unknown): ConnectionFault {
  return new ConnectionFault('WEIR_ANSWER_CUT', 'the connection was closed in the middle of an answer', cause)
}
