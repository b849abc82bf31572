// Text of others in one line, without signs that move a cursor or turn a line around. Pure.

/** Control and format characters, and halves of surrogate pairs. */
const UNPRINTABLE = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|\p{Cs}/gu

export function toInert(text: string): string {
  return text.replace(UNPRINTABLE, ' ')
}
