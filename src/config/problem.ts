// A problem with the configuration, as data. The text of it is made in explain.ts.
import type { ConfigPath } from './path.ts'

/** Where a value comes from: a place in a file, or the flag or variable that gave it. */
export type Place =
  | { readonly kind: 'file'; readonly file: string; readonly line: number; readonly column: number }
  | { readonly kind: 'given'; readonly by: string }

export interface Problem {
  readonly path: ConfigPath
  /** What is wrong, or what was expected instead. */
  readonly message: string
  /** What stands there, fit to be printed: never the value of a secret. */
  readonly found?: string | undefined
  /** What to write. */
  readonly advice?: string | undefined
  readonly place?: Place | undefined
}

/** A problem between settings that are each valid alone. */
export interface CrossProblem {
  readonly path: ConfigPath
  readonly message: string
  readonly advice?: string
  /** Not a problem where the value is a default that nobody wrote. */
  readonly onlyIfWritten?: boolean
}
