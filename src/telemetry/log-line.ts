// Writes log lines into bytes, fast: this runs for every request. Joining sixty short strings makes a rope that costs three
// times as much to flatten and encode as putting each character where it belongs.
import { codeAt } from '../core/code-at.ts'

const THOUSAND = 1_000
const ZERO = 0x30
const QUOTE = 0x22
const BACKSLASH = 0x5c
const POINT = 0x2e
const FIRST_PRINTABLE = 0x20
const LAST_PRINTABLE = 0x7e

/** UTF-16 units become at most three bytes; an escape such as \u001f takes six for one. */
const MOST_BYTES_PER_UNIT = 6
const MOST_INT32 = 2 ** 31
/** Half an hour in milliseconds: its thousandths still fit 31 bits. Larger numbers take a slower way. */
const MOST_WITH_THOUSANDTHS = 2_000_000
const MOST_DIGITS = 10
/** Some four hundred lines: what has been taken of it stays as it is until it is written, so it is not filled twice. */
const ROOM_BYTES = 256 * 1024

export class LineWriter {
  readonly #roomBytes: number
  #bytes: Buffer
  /** Where what was not taken yet begins. */
  #start = 0
  #length = 0

  constructor(roomBytes = ROOM_BYTES) {
    this.#roomBytes = roomBytes
    this.#bytes = Buffer.allocUnsafeSlow(roomBytes)
  }

  /** How much has been written since the last `take`. */
  get length(): number {
    return this.#length - this.#start
  }

  /** Forgets everything after `length`: a line that could not be finished. */
  cut(length: number): void {
    this.#length = this.#start + length
  }

  /** Bytes that were written before. */
  bytes(bytes: Buffer): void {
    this.#reserve(bytes.length).set(bytes, this.#length)
    this.#length += bytes.length
  }

  /** Text that is known to be ASCII without anything to escape: our own punctuation and names. */
  raw(text: string): void {
    // Read once: texts come in so many internal forms that the engine looks each `length` up as if for the first time.
    const { length } = text
    const bytes = this.#reserve(length)
    let at = this.#length
    for (let index = 0; index < length; index += 1) bytes[at++] = codeAt(text, index)
    this.#length = at
  }

  /** A JSON string of at most `most` UTF-16 units of a text. */
  text(text: string, most: number): void {
    const units = Math.min(text.length, most)
    const bytes = this.#reserve(units * MOST_BYTES_PER_UNIT + 2)
    let at = this.#length
    bytes[at++] = QUOTE
    for (let index = 0; index < units; index += 1) {
      const unit = codeAt(text, index)
      if (PLAIN[unit] !== 1) {
        this.#length += bytes.write(toSafeJson(text.slice(0, units)), this.#length)
        return
      }
      bytes[at++] = unit
    }
    bytes[at++] = QUOTE
    this.#length = at
  }

  /** A number with at most three decimals: printing a double in full is slow and shows noise. */
  number(value: number): void {
    if (value >= 0 && value < MOST_INT32 && value === Math.trunc(value)) {
      this.#integer(value | 0)
    } else if (value >= 0 && value < MOST_WITH_THOUSANDTHS) {
      const thousandths = Math.round(value * THOUSAND) | 0
      const whole = (thousandths / THOUSAND) | 0
      this.#integer(whole)
      this.#fraction(thousandths - whole * THOUSAND)
    } else {
      this.raw(Number.isFinite(value) ? String(Math.round(value * THOUSAND) / THOUSAND) : 'null')
    }
  }

  /** What has been written since the last time; nothing of it is changed any more. */
  take(): Buffer {
    const taken = this.#bytes.subarray(this.#start, this.#length)
    this.#start = this.#length
    return taken
  }

  /** `value` is a whole number of 31 bits: with the `| 0` below, the engine keeps to integer arithmetic. */
  #integer(value: number): void {
    let digits = 1
    for (let limit = 10; digits < MOST_DIGITS && value >= limit; limit *= 10) digits += 1
    const bytes = this.#reserve(digits)
    let rest = value
    for (let at = this.#length + digits - 1; at >= this.#length; at -= 1) {
      const tens = (rest / 10) | 0
      bytes[at] = ZERO + rest - tens * 10
      rest = tens
    }
    this.#length += digits
  }

  /** The decimals of 0 to 999 thousandths, without trailing zeros. */
  #fraction(thousandths: number): void {
    if (thousandths === 0) return
    const bytes = this.#reserve(4)
    const tenths = (thousandths / 100) | 0
    const hundredths = ((thousandths / 10) | 0) - tenths * 10
    const last = thousandths - tenths * 100 - hundredths * 10
    bytes[this.#length++] = POINT
    bytes[this.#length++] = ZERO + tenths
    if (hundredths !== 0 || last !== 0) bytes[this.#length++] = ZERO + hundredths
    if (last !== 0) bytes[this.#length++] = ZERO + last
  }

  #reserve(count: number): Buffer {
    if (this.#length + count <= this.#bytes.length) return this.#bytes
    const begun = this.length
    const next = Buffer.allocUnsafeSlow(Math.max(this.#roomBytes, 2 * begun + count))
    this.#bytes.copy(next, 0, this.#start, this.#length)
    this.#bytes = next
    this.#start = 0
    this.#length = begun
    return next
  }
}

/**
 * Legal in JSON, and yet able to make a terminal or an editor show another line than the one that is there: C1 controls,
 * zero-width and direction marks, line and paragraph separators (Unicode Technical Report 36, section 2.4).
 */
const DECEIVING = /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g

function toSafeJson(text: string): string {
  const toEscape = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
  return JSON.stringify(text).replace(DECEIVING, toEscape)
}

/** 1 for each ASCII character that stands for itself in a JSON string. */
const PLAIN = Uint8Array.from({ length: 128 }, (_, unit) =>
  Number(unit >= FIRST_PRINTABLE && unit <= LAST_PRINTABLE && unit !== QUOTE && unit !== BACKSLASH),
)

const MILLISECONDS: readonly string[] = Array.from({ length: THOUSAND }, (_, ms) =>
  String(ms).padStart(3, '0'),
)

/** Wall milliseconds as ISO 8601 in UTC; the part down to the second is kept for the next call. */
export function createTimePrinter(): (wallMs: number) => string {
  let second = Number.NaN
  let prefix = ''
  return (wallMs) => {
    const current = Math.floor(wallMs / THOUSAND)
    if (current !== second) {
      prefix = new Date(current * THOUSAND).toISOString().slice(0, -'000Z'.length)
      second = current
    }
    return `${prefix}${MILLISECONDS[Math.floor(wallMs - current * THOUSAND)] ?? '000'}Z`
  }
}
