// Histogram bounds that the data plane and the metrics must share. They are the contract's; data, no behaviour.

/** Seconds. Request and attempt durations: language models take from a tenth of a second to ten minutes. */
export const DURATION_BOUNDS_S: readonly number[] = [
  0.1, 0.25, 0.5, 1, 2, 3, 5, 7.5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600,
]

/** Seconds. Time to the first generated token. */
export const FIRST_TOKEN_BOUNDS_S: readonly number[] = [
  0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 7.5, 10, 15, 20, 30, 60,
]

/** Seconds. Time per output token, and each gap between two tokens. */
export const GAP_BOUNDS_S: readonly number[] = [
  0.005, 0.01, 0.015, 0.02, 0.025, 0.03, 0.04, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 1, 2.5,
]

/** Tokens, in powers of four (OpenTelemetry GenAI `gen_ai.client.token.usage`). */
export const TOKEN_BOUNDS: readonly number[] = [
  1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864,
]

/** A gap between two tokens longer than this is a stall: a reader sees the text freeze. */
export const STALL_THRESHOLD_MS = 2_000
