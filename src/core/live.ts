// What can be read of the running gateway at any moment, as opposed to the record of what is over.
// Read ports only: nothing here changes the data plane.

export interface BackendPool {
  readonly connected: number
  readonly free: number
  readonly running: number
  readonly pending: number
}

export interface BackendLive {
  readonly name: string
  readonly kind: string
  /** Answered its last probe; undefined before the first one. */
  readonly up: boolean | undefined
  readonly probeSeconds: number | undefined
  readonly circuit: 'closed' | 'half-open' | 'open'
  readonly pool: BackendPool
  readonly slotsInUse: number
  readonly slotsLimit: number | undefined
  readonly queueDepth: number
  readonly models: readonly string[]
}

export interface InflightRequest {
  readonly id: string
  /** Undefined until it has been routed. */
  readonly model: string | undefined
  /** On the monotonic clock. */
  readonly startedMs: number
}

export interface LiveState {
  /** Open connections of callers on the gateway listener. */
  readonly connections: number
  /** What the process is short of, so that new requests are refused. */
  readonly strain?: 'loop' | 'memory' | undefined
  /** Requests opened and sealed since the start; equal when nothing is in flight. */
  readonly opened: number
  readonly sealed: number
  inflight(): Iterable<InflightRequest>
  backends(): Iterable<BackendLive>
  /** Every model name that can be routed to: the only values a `model` label may take besides `other`. */
  models(): readonly string[]
  /** Which model may stand in for which. */
  fallbacks(): readonly { readonly from: string; readonly to: string }[]
}
