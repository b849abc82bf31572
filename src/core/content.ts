// What was said in a request, when a person asked for it to be kept. A type of its own, beside the record and never in it:
// only the record store accepts it, so nothing else can leak it. Types only.

/** Of which requests prompt and answer are kept. */
export const CONTENT_POLICIES = ['none', 'errors', 'sampled', 'all'] as const
export type ContentPolicy = (typeof CONTENT_POLICIES)[number]

/** Why nothing of an answer is there: it was compressed, or it was numbers and no text. */
export type OmittedAnswer = 'compressed' | 'embeddings'

/** Bytes as they crossed the gateway; cut at a bound, and then said so. Not redacted yet. */
export interface RawContent {
  readonly requestId: string
  /** The body of the request. */
  readonly prompt: Uint8Array
  readonly promptCut: boolean
  /** The body of the answer, of a stream its events as the caller got them. */
  readonly answer: Uint8Array
  readonly answerCut: boolean
  readonly answerOmitted: OmittedAnswer | undefined
}

/** Takes content once its record is sealed. Must return at once. */
export interface ContentSink {
  accept(content: RawContent): void
}
