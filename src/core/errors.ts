// The error table: every code a caller or a record can show, once. Docs, types and tests are derived from it.
// A message here is safe to send to a client: no hosts, keys, stacks or prompts.

/** Whose fault it is. Only `backend` and `gateway` spend an error budget. */
export type Blame = 'caller' | 'gateway' | 'backend' | 'policy'

export interface ErrorEntry {
  /** HTTP status; for an error inside a stream that has begun, the status it would have had. */
  readonly status: number
  readonly blame: Blame
  /** Whether another backend may be tried before the answer has begun. */
  readonly retryable: boolean
  readonly message: string
}

export const ERROR_TABLE = {
  invalid_request: {
    status: 400,
    blame: 'caller',
    retryable: false,
    message: 'The request is not valid.',
  },
  unauthorized: {
    status: 401,
    blame: 'caller',
    retryable: false,
    message: 'No valid API key was given.',
  },
  forbidden: {
    status: 403,
    blame: 'caller',
    retryable: false,
    message: 'This key may not do that.',
  },
  model_not_found: {
    status: 404,
    blame: 'caller',
    retryable: true,
    message: 'No backend serves this model.',
  },
  request_too_large: {
    status: 413,
    blame: 'caller',
    retryable: false,
    message: 'The request body is larger than this gateway accepts.',
  },
  header_too_large: {
    status: 431,
    blame: 'caller',
    retryable: false,
    message: 'The request headers are larger than this gateway accepts.',
  },
  rate_limited: {
    status: 429,
    blame: 'policy',
    retryable: true,
    message: 'Too many requests; try again later.',
  },
  budget_exhausted: {
    status: 429,
    blame: 'policy',
    retryable: false,
    message: 'The budget of this key is spent for the current period.',
  },
  content_policy_violation: {
    status: 400,
    blame: 'policy',
    retryable: false,
    message: 'The content was blocked by policy.',
  },
  queue_full: {
    status: 503,
    blame: 'gateway',
    retryable: true,
    message: 'Every slot is busy and the queue is full; try again later.',
  },
  queue_timeout: {
    status: 503,
    blame: 'gateway',
    retryable: false,
    message: 'No slot became free in time; try again later.',
  },
  no_backend: {
    status: 503,
    blame: 'backend',
    retryable: false,
    message: 'No backend for this model is available right now.',
  },
  backend_unreachable: {
    status: 502,
    blame: 'backend',
    retryable: true,
    message: 'The model server could not be reached.',
  },
  backend_error: {
    status: 502,
    blame: 'backend',
    retryable: true,
    message: 'The model server answered with an error.',
  },
  backend_protocol_error: {
    status: 502,
    blame: 'backend',
    retryable: true,
    message: 'The model server sent an answer that is not valid.',
  },
  first_token_timeout: {
    status: 504,
    blame: 'backend',
    retryable: true,
    message: 'The model server did not begin to answer in time.',
  },
  idle_timeout: {
    status: 504,
    blame: 'backend',
    retryable: true,
    message: 'The model server stopped sending in the middle of its answer.',
  },
  deadline_exceeded: {
    status: 504,
    blame: 'backend',
    retryable: false,
    message: 'The request took longer than its total time limit.',
  },
  stream_interrupted: {
    status: 502,
    blame: 'backend',
    retryable: false,
    message: 'The model server broke off in the middle of its answer.',
  },
  guard_unavailable: {
    status: 503,
    blame: 'gateway',
    retryable: false,
    message: 'The content check is not available, and policy asks for it.',
  },
  draining: {
    status: 503,
    blame: 'gateway',
    retryable: false,
    message: 'This gateway is shutting down.',
  },
  client_closed: {
    status: 499,
    blame: 'caller',
    retryable: false,
    message: 'The caller closed the connection before the answer was complete.',
  },
  internal: {
    status: 500,
    blame: 'gateway',
    retryable: false,
    message: 'Something went wrong inside the gateway; the request id leads to the log.',
  },
} as const satisfies Record<string, ErrorEntry>

export type ErrorCode = keyof typeof ERROR_TABLE

export interface ErrorDetails {
  /** Replaces the table's message; must be safe to send to a client. */
  readonly message?: string
  /** The request field at fault. */
  readonly param?: string
  /** Seconds after which a new try makes sense. */
  readonly retryAfterSeconds?: number
  /** A status that tells the caller more than the table's, e.g. a backend's 422 passed on. */
  readonly status?: number
  /** For the log only; never sent to a client. */
  readonly cause?: unknown
}

/** The only error that may be turned into an answer. Anything else thrown is `internal`. */
export class WeirError extends Error {
  override readonly name = 'WeirError'
  readonly code: ErrorCode
  readonly param: string | undefined
  readonly retryAfterSeconds: number | undefined
  readonly status: number

  constructor(code: ErrorCode, details: ErrorDetails = {}) {
    const entry: ErrorEntry = ERROR_TABLE[code]
    // Where a refusal was thrown is no news, and finding out costs more than the rest of refusing: 5 µs. A cause keeps its own.
    const { stackTraceLimit } = Error
    if (code !== 'internal') Error.stackTraceLimit = 0
    super(
      details.message ?? entry.message,
      details.cause === undefined ? undefined : { cause: details.cause },
    )
    Error.stackTraceLimit = stackTraceLimit
    this.code = code
    this.param = details.param
    this.retryAfterSeconds = details.retryAfterSeconds
    this.status = details.status ?? entry.status
  }
}

/** The table's entry under one type, for code that reads any of them. */
export function errorEntry(code: ErrorCode): ErrorEntry {
  return ERROR_TABLE[code]
}

/** Whatever was thrown, as an error with a code: ours as it is, anything else `internal` with the cause kept. */
export function toWeirError(thrown: unknown): WeirError {
  return thrown instanceof WeirError ? thrown : new WeirError('internal', { cause: thrown })
}
