// What planning knows of a backend: a few facts, no connection.
import type { BackendKind } from '../config.ts'

/** What is known of a backend at the moment of the question. */
export interface BackendView {
  readonly name: string
  readonly kind: BackendKind
  /** Requests it is answering for us now. */
  readonly inflight: number
  /** Its last probe: undefined before the first. */
  readonly up: boolean | undefined
  /** The models it listed last; undefined when it has never listed any. */
  readonly models: ReadonlySet<string> | undefined
  /** Name patterns it serves besides. */
  readonly patterns: readonly ModelPattern[]
}

/** `text` stands for every model that matches: a label may take it, the models themselves may not. */
export interface ModelPattern {
  readonly text: string
  matches(model: string): boolean
}
