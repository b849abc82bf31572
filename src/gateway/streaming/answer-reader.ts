// The ports between an attempt, the reader of its answer's body, and the caller's connection.
import type { WeirError } from '../../core/errors.ts'

/** Reads the body of one answer, whatever its form. */
export interface AnswerReader {
  /** Whether it can tell when the first token came: only then is there a clock for it to stop. */
  readonly showsTokens: boolean
  /** The end of the answer was read: nothing is missing, whatever becomes of the connection. */
  readonly isComplete: boolean
  push(chunk: Buffer, nowMs: number): void
  /** The backend closed the body properly; returns why the answer is nevertheless not complete. */
  end(nowMs: number): WeirError | undefined
}

/** The caller's side of an answer that was opened. */
export interface Outlet {
  write(bytes: Buffer): void
  /** Nothing more comes. With an error, the answer is incomplete. */
  onUpstreamEnd(error: WeirError | undefined): void
}

/** What a reader may do with the attempt it reads for. */
export interface Opening {
  readonly isOpen: boolean
  firstTokenMs: number | undefined
  open(body?: Buffer, error?: WeirError): void
  /** Passes bytes on to the caller, once it was opened. */
  write(bytes: Buffer): void
  fail(error: WeirError): void
}
