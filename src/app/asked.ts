// What the app is asked for, and by whom: the seam between the command line and the composition root.
import type { LoadResult } from '../config/load.ts'
import type { Config } from '../config/resolve.ts'
import type { Digests } from '../config/watch.ts'
import type { DialectName } from '../core/record.ts'

export interface TextStream {
  write(text: string): unknown
  readonly isTTY?: boolean | undefined
  /** How wide the terminal is. */
  readonly columns?: number | undefined
}

export interface Streams {
  readonly stdout: TextStream
  readonly stderr: TextStream
}

export type SignalName = 'SIGINT' | 'SIGTERM' | 'SIGHUP'

export interface Signals {
  /** Calls back at each such signal, in place of what the system would do; returns how to stop that. */
  on(signal: SignalName, callback: () => void): () => void
}

export interface Build {
  readonly version: string
  /** Short, or `unknown`. */
  readonly commit: string
}

/** What serving needs. It resolves with the exit code when the last thing is closed. */
export interface ServeContext {
  readonly config: Config
  /** Files whose change means another configuration. */
  readonly files: readonly string[]
  /** What stood in them when they were read. */
  readonly digests: Digests | undefined
  /** Reads the configuration anew, the same way as at the start. */
  readonly load: () => LoadResult
  readonly streams: Streams
  readonly signals: Signals
  readonly build: Build
}

export interface RouteQuestion {
  readonly config: Config
  readonly model: string
  /** Which API the caller would speak: not every backend speaks each. */
  readonly dialect: DialectName
  /** The name of the key the caller would have; undefined for one that may use everything. */
  readonly key: string | undefined
}

/** What would happen to a request for one model. */
export interface ModelRoute {
  readonly model: string
  /** The entry of `models` that holds for it, as it is called there. */
  readonly entry: string | undefined
  readonly strategy: string
  /** In the order in which they would be tried. */
  readonly candidates: readonly {
    readonly backend: string
    /** As records and headers show it. */
    readonly model: string
    /** What the backend is asked for. */
    readonly target: string
    readonly reason: string
  }[]
  readonly excluded: readonly { readonly backend: string; readonly reason: string }[]
  /** Why this caller gets no answer from it, whoever serves it. */
  readonly refusal: string | undefined
}

export interface RouteReport extends ModelRoute {
  /** In their order; each is turned to when nobody before it can answer. */
  readonly fallbacks: readonly ModelRoute[]
  /** How many backends are asked at most, fallbacks included. */
  readonly attempts: number
  /** Names that are served and look like the one asked for; for when there are no candidates. */
  readonly nearest: readonly string[]
  /** The question cannot be answered as it was put. */
  readonly problem: string | undefined
}

export interface SilenceOrder {
  /** `slo=chat-*` and the like; all must hold. */
  readonly matchers: readonly string[]
  readonly forMs: number
  readonly author: string
  readonly reason: string
}

/** Conditions that cannot be read; none at all were given when it is empty. */
export interface SilenceRefusal {
  readonly wrong: readonly string[]
}

/** What became of a test message, or which receivers there are when there is none of that name. */
export type TestedReceiver =
  | { readonly kind: string; readonly delivered: boolean; readonly answer: string }
  | { readonly known: readonly string[] }
