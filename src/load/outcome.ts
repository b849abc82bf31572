// What became of one request of a load test. Types only.

export interface Failure {
  /** The server's own code if it says one, `http_503` if not, or a word of ours for what happened to the connection. */
  readonly code: string
  /** Undefined where no answer came. */
  readonly status: number | undefined
  /** For people; of a server's words the beginning. */
  readonly message: string
  /** As the server names the request, to find it there. */
  readonly requestId: string | undefined
}

/** How a request ended, on the clock of the run. */
export interface Ending {
  readonly endedMs: number
  /** When text, reasoning or a part of a tool call arrived, one moment for each event. */
  readonly tokensAtMs: readonly number[]
  /** As the server counts them. */
  readonly promptTokens: number | undefined
  readonly outputTokens: number | undefined
  readonly failure: Failure | undefined
}

export interface Outcome {
  /** From the start of the measured time to when the request was meant to leave; below 0 in the warm-up. */
  readonly atMs: number
  /** From when it was meant to leave, as everything below: to when it left. */
  readonly lagMs: number
  readonly durationMs: number
  /** Of streams that brought a token. */
  readonly firstTokenMs: number | undefined
  /** (duration - first token) / (output tokens - 1), of streams. */
  readonly perTokenMs: number | undefined
  /** Between events that brought tokens. */
  readonly gapsMs: readonly number[]
  readonly isStream: boolean
  readonly askedPromptTokens: number
  readonly promptTokens: number | undefined
  readonly outputTokens: number
  /** The server did not count its tokens: these are the events that brought some. */
  readonly isEstimated: boolean
  readonly failure: Failure | undefined
}
