// How many tokens a request may come to before a model has counted them, from its bytes alone. Mildly too many: what was set
// aside and not used is given back, what was used beyond it is a debt. Pure.
import { isAscii } from 'node:buffer'

/**
 * Twelfths of a token by byte, measured against the vocabularies in use today (about 100,000 to 250,000 entries): English and
 * code take 3 to 4.5 bytes a token, Cyrillic, Greek and Arabic about 2.5 (two bytes a letter), Chinese, Japanese and Korean
 * at most one token a character (three bytes), signs and emoji of four bytes two to three tokens. Only first bytes count.
 */
const TWELFTHS = 12
const ASCII = 4
const TWO_BYTES = 9
const THREE_BYTES = 12
const FOUR_BYTES = 30

const WEIGHTS = new Uint8Array(256)
WEIGHTS.fill(ASCII, 0, 0x80)
WEIGHTS.fill(TWO_BYTES, 0xc0, 0xe0)
WEIGHTS.fill(THREE_BYTES, 0xe0, 0xf0)
WEIGHTS.fill(FOUR_BYTES, 0xf0, 0xf8)

/** 1 for what base64 is made of. */
const BASE64 = new Uint8Array(256)
for (const char of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=-_') {
  BASE64[char.charCodeAt(0)] = 1
}

/** No word is this long: a run of base64 is a picture, a sound or a file. */
const MEDIA_RUN_BYTES = 512
/** What one of those comes to, whatever its size: vision models scale pictures to 250 to 1,500 tokens. */
export const MEDIA_TOKENS = 1_000

/** Shorter bodies hold no picture worth telling from text. */
const PLAIN_BYTES = 4_096

const ESCAPE = Buffer.from('\\u')
const BACKSLASH = 0x5c
const LETTER_U = 0x75
const DIGIT_ZERO = 0x30
const ESCAPE_BYTES = 6

/** The whole body counts, its JSON included: instructions, tools and roles become tokens too. */
export function estimateInput(body: Buffer): number {
  // Most bodies: four times as fast as looking at each byte.
  if (body.length <= PLAIN_BYTES && isAscii(body) && !body.includes(ESCAPE)) {
    return Math.ceil((body.length * ASCII) / TWELFTHS)
  }
  return estimateSlowly(body)
}

function estimateSlowly(body: Buffer): number {
  let twelfths = 0
  let run = 0
  for (let at = 0; at < body.length; at += 1) {
    const byte = body[at] ?? 0
    if (BASE64[byte] === 1) {
      run += 1
      continue
    }
    twelfths += weighRun(run) + (WEIGHTS[byte] ?? 0)
    run = 0
    if (byte !== BACKSLASH || body[at + 1] !== LETTER_U) continue
    // `\u4f60` is one character of Chinese and not six letters: many clients send nothing else.
    twelfths += weighEscape(body, at) - ASCII
    at += ESCAPE_BYTES - 1
  }
  return Math.ceil((twelfths + weighRun(run)) / TWELFTHS)
}

function weighRun(run: number): number {
  return run >= MEDIA_RUN_BYTES ? MEDIA_TOKENS * TWELFTHS : run * ASCII
}

function weighEscape(body: Buffer, at: number): number {
  if (body[at + 2] !== DIGIT_ZERO) return THREE_BYTES
  return body[at + 3] === DIGIT_ZERO ? ASCII : TWO_BYTES
}

/** Bytes of generated text at least, to tokens at least: no language takes more bytes for a token on average. */
const BYTES_PER_TOKEN = 4

/** What a broken answer has generated as far as it was seen: an event is at least one token, and so are so many bytes. */
export function estimateOutput({
  events,
  bytes,
}: {
  readonly events: number
  readonly bytes: number
}): number {
  return Math.max(events, Math.ceil(bytes / BYTES_PER_TOKEN))
}
