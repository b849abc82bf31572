// What a backend says an answer took, as far as it is believed.

/** No answer has more; a backend that says so would put its callers into debt for ever. */
const MAX_TOKENS = 1_000_000_000

/** Undefined for what is no number of tokens. */
export function toCount(value: number): number | undefined {
  return Number.isInteger(value) && value >= 0 && value <= MAX_TOKENS ? value : undefined
}
