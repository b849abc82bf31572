// Numbers of JSON documents, read from their bytes. What they are given was found valid before.

const ZERO = 0x30

/** Fifteen digits fit a double exactly. */
const MAX_PLAIN_DIGITS = 15

/** Token counts and nanoseconds are plain digits; anything else takes the general way. */
export function readNumber(bytes: Buffer, start: number, end: number): number {
  let value = 0
  for (let at = start; at < end; at += 1) {
    const digit = (bytes[at] ?? 0) - ZERO
    if (digit < 0 || digit > 9 || at - start >= MAX_PLAIN_DIGITS)
      return Number(bytes.toString('latin1', start, end))
    value = value * 10 + digit
  }
  return value
}
