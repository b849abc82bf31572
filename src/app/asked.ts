// What the app is asked for, and by whom: the seam between the command line and the composition root.
import type { LoadResult } from '../config/load.ts'
import type { Config } from '../config/resolve.ts'
import type { DialectName } from '../core/record.ts'

export interface TextStream {
  write(text: string): unknown
  readonly isTTY?: boolean | undefined
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
}

export interface RouteReport {
  /** In the order in which they would be tried. */
  readonly candidates: readonly {
    readonly backend: string
    readonly model: string
    readonly reason: string
  }[]
  readonly excluded: readonly { readonly backend: string; readonly reason: string }[]
  /** Names that are served and look like the one asked for; for when there are no candidates. */
  readonly nearest: readonly string[]
}
