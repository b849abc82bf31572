// What can be read of the running gateway at any moment, as opposed to the record of what is over.
// Read ports only: nothing here changes the data plane.

export interface BackendPool {
  readonly connected: number
  readonly free: number
  readonly running: number
  readonly pending: number
}

/** A model that is in a backend's memory, or was since this process began. */
export interface ModelInMemory {
  readonly model: string
  readonly isLoaded: boolean
  readonly bytes: number
  /** The part that is in the memory of a GPU; what is missing to `bytes` is computed on the CPU. */
  readonly vramBytes: number
  /** When it is unloaded unless somebody uses it, in milliseconds since the epoch; undefined when it never is, or nobody says. */
  readonly expiresAtMs: number | undefined
}

export interface BackendLive {
  readonly name: string
  readonly kind: string
  /** Which version it says it has, where its probes are told. */
  readonly version: string | undefined
  /** How many models it listed when it last did; undefined when it never did, or need not. */
  readonly listed: number | undefined
  /** Answered its last probe; undefined before the first one. */
  readonly up: boolean | undefined
  readonly probeSeconds: number | undefined
  readonly circuit: 'closed' | 'half-open' | 'open'
  /** How routing sees it, in a word, and why. */
  readonly state: string
  readonly reason: string
  /** Empty for kinds that do not tell. */
  readonly memory: readonly ModelInMemory[]
  /** Models that generate far slower here than they used to. */
  readonly slowModels: readonly string[]
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

/** Where limits are counted: in this process, in the state that gateways share, or alone because that does not answer. */
export interface LimitsLive {
  readonly state: 'local' | 'shared' | 'alone'
  /** What the shared state has not been told yet. */
  readonly unsettled: number
}

/** What is known of an objective, or of a threshold rule that counts requests. */
export interface ObjectiveLive {
  readonly name: string
  /** Undefined for a rule: it promises nothing. */
  readonly targetRatio: number | undefined
  /** Undefined while it is not known here. */
  readonly budgetRemainingRatio: number | undefined
  /** Only windows in which something was counted. */
  readonly burnRates: readonly { readonly window: string; readonly rate: number }[]
  /** Counted by this process. */
  readonly good: number
  readonly events: number
}

/** What holds now, and what became of messages since this process began. */
export interface AlertsLive {
  /** Every severity in every state. */
  readonly alerts: readonly {
    readonly severity: string
    readonly state: 'firing' | 'muted'
    readonly count: number
  }[]
  /** Every configured receiver with every result. */
  readonly notifications: readonly {
    readonly receiver: string
    readonly result: string
    readonly count: number
  }[]
  /** False while objectives are not evaluated, or messages do not arrive. */
  readonly evaluates: boolean
  readonly delivers: boolean
}

export interface LiveState {
  /** Absent where nothing can be limited. */
  readonly limits?: LimitsLive | undefined
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
