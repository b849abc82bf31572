// What the load process can be asked to do, and what it answers: the only words between it and the benchmark.

export interface Aim {
  readonly port: number
  /** Sent as a bearer token to every target. */
  readonly key: string
  /** The proxy's processes: their CPU time and memory are read at the edges of the measured window. */
  readonly pids: readonly number[]
}

/** Closed loop: each connection sends its next request when it has its answer. */
export interface ClosedJob {
  readonly kind: 'closed'
  readonly connections: number
  readonly warmMs: number
  readonly measureMs: number
}

/** Open loop: requests leave on time, answered or not. */
export interface PacedJob {
  readonly kind: 'paced'
  readonly perSecond: number
  readonly warmMs: number
  readonly measureMs: number
}

/** Streams that are all open before the window and still open after it. */
export interface SteadyJob {
  readonly kind: 'steady'
  readonly streams: number
  readonly warmMs: number
  readonly measureMs: number
}

/** Streams that start within a time, each from a new connection. */
export interface BurstJob {
  readonly kind: 'burst'
  readonly streams: number
  readonly withinMs: number
}

/** Streams that are opened and held, to see what an open one occupies. */
export interface HoldJob {
  readonly kind: 'hold'
  readonly streams: number
  readonly withinMs: number
  readonly holdMs: number
}

export type Job = ClosedJob | PacedJob | SteadyJob | BurstJob | HoldJob

/** One round's figures by name. `failures` is always among them. */
export type Figures = Readonly<Record<string, number>> & { readonly failures: number }

/** What a job gives: its figures, and of its failures the first one's reason. */
export interface Measured {
  readonly figures: Figures
  readonly problem?: string | undefined
}

export interface Order {
  readonly aim: Aim
  readonly job: Job
}

export type Report =
  | { readonly kind: 'measured'; readonly measured: Measured }
  | { readonly kind: 'problem'; readonly message: string }
