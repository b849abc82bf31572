// Histogram bounds that the data plane and the metrics must share. They are the contract's, united with what is configured.

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

/** A bound that went from seconds to milliseconds and back may be off by a rounding; no two bounds are this close. */
const BOUND_TOLERANCE_S = 1e-9

/** Ascending; the same list where nothing is new. What is counted up to a threshold is exact only if the threshold is a bound. */
export function uniteBounds(bounds: readonly number[], thresholds: readonly number[]): readonly number[] {
  const isNew = (threshold: number, at: number): boolean =>
    !bounds.some((bound) => Math.abs(bound - threshold) <= BOUND_TOLERANCE_S) &&
    thresholds.indexOf(threshold) === at
  const fresh = thresholds.filter(isNew)
  return fresh.length === 0 ? bounds : [...bounds, ...fresh].toSorted((left, right) => left - right)
}
