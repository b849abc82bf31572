// Whether a JSON document that comes in pieces has come to its end: counts its brackets. It checks nothing else and keeps no byte.

const QUOTE = 0x22
const BACKSLASH = 0x5c
/** `[` and `{`, `]` and `}` are alike but for this bit. */
const CASE_BIT = 0x20
const OPEN = 0x5b | CASE_BIT
const CLOSE = 0x5d | CASE_BIT

/** Follows one document, which is an object or an array. */
export class BracketCount {
  #open = 0
  #hasBegun = false
  #isInText = false
  #isEscaped = false

  add(bytes: Buffer): void {
    let at = this.#isInText ? this.#behindText(bytes, 0) : 0
    for (; at < bytes.length; at += 1) {
      const byte = bytes[at] ?? 0
      if (byte === QUOTE) {
        this.#isInText = true
        at = this.#behindText(bytes, at + 1) - 1
      } else if ((byte | CASE_BIT) === OPEN) {
        this.#hasBegun = true
        this.#open += 1
      } else if ((byte | CASE_BIT) === CLOSE) this.#open -= 1
    }
  }

  /** Every bracket that was opened is closed. */
  get isClosed(): boolean {
    return this.#hasBegun && this.#open === 0
  }

  /** The place behind the text's last quote, or the end of these bytes. */
  #behindText(bytes: Buffer, from: number): number {
    let isEscaped = this.#isEscaped
    this.#isEscaped = false
    for (let at = from; at < bytes.length; at += 1) {
      const byte = bytes[at]
      if (isEscaped) isEscaped = false
      else if (byte === BACKSLASH) isEscaped = true
      else if (byte === QUOTE) {
        this.#isInText = false
        return at + 1
      }
    }
    this.#isEscaped = isEscaped
    return bytes.length
  }
}
