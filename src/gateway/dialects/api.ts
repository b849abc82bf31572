// The port every API we speak implements: how its requests and answers are read, and how its errors look.
import type { WeirError } from '../../core/errors.ts'
import type { DialectName, Operation } from '../../core/record.ts'
import type { Shape } from '../json/shape.ts'

/** `error`: the event is an error and nothing else. `failed`: it is the answer so far, with why it failed. */
export type EndingType = 'complete' | 'error' | 'failed'

export interface Api {
  /** The folder's name. */
  readonly name: string
  readonly dialect: DialectName
  readonly operation: Operation
  /** Where a request keeps what we read: ids of `REQUEST`. */
  readonly requestShape: Shape
  /** Whether an absent `stream` means a stream. */
  readonly streamsByDefault: boolean
  /** Where an answer, whole or one event of a stream, keeps what we read: ids of `ANSWER`. */
  readonly answerShape: Shape
  /** The `stream_options.include_usage` of OpenAI's chat and completions. */
  readonly asksUsage: boolean
  /** What ends a stream that is complete, appended when a backend forgets it after its finish reason. */
  readonly terminator: Buffer | undefined
  /** Event types that end a stream; an API without them ends by its finish reason, its `done` or its terminator. */
  readonly endingTypes: ReadonlyMap<string, EndingType>
  /** The body of an error answer. */
  toErrorBody(error: WeirError, requestId: string): string
  /** What stands for the words of a backend in an event that is `failed`; only APIs that have such an event have it. */
  readonly toFailure?: (error: WeirError) => string
  /** An error in the middle of a stream: what the official clients raise on. */
  toErrorEvent(error: WeirError, context: { requestId: string; sequence: number }): string
}

/** Ids of the places of a request. */
export const REQUEST = {
  model: 1,
  stream: 2,
  prompt: 3,
  streamOptions: 4,
  includeUsage: 5,
  modelAlias: 6,
  /** The most tokens an answer may have. */
  maxOutput: 7,
  /** How many answers are wanted. */
  choices: 8,
} as const

/** Ids of the places of an answer. */
export const ANSWER = {
  /** Generated text, reasoning or a tool call: not empty means a token. */
  token: 1,
  model: 2,
  finishReason: 3,
  promptTokens: 4,
  outputTokens: 5,
  cachedTokens: 6,
  cacheWriteTokens: 7,
  reasoningTokens: 8,
  usage: 9,
  choices: 10,
  error: 11,
  done: 12,
  type: 13,
  sequence: 14,
  loadNs: 15,
  promptEvalNs: 16,
  evalNs: 17,
  totalNs: 18,
  promptMs: 19,
  predictedMs: 20,
  /** Of a choice, from 0. */
  choiceIndex: 21,
  errorType: 22,
  errorCode: 23,
  errorMessage: 24,
} as const

/** An error as OpenAI and Anthropic spell it. */
export const REPORTED_ERROR = [
  ANSWER.error,
  { type: ANSWER.errorType, code: ANSWER.errorCode, message: ANSWER.errorMessage },
] as const
