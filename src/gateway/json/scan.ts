// Reads JSON as bytes in one pass: checks it against RFC 8259 and reports the places a shape names.
// It builds no values and allocates nothing per document; it must stay strict, since what it lets through others parse.
import type { Shape } from './shape.ts'

export const KIND = {
  string: 1,
  number: 2,
  true: 3,
  false: 4,
  null: 5,
  object: 6,
  array: 7,
} as const

export type Kind = (typeof KIND)[keyof typeof KIND]

/** Told of each place of interest once its value is complete: bytes `[start, end)`, quotes and brackets included. */
export interface Visitor {
  onValue(id: number, kind: Kind, start: number, end: number): void
}

export type ScanProblem = 'syntax' | 'too_deep' | 'duplicate_key'

export interface ScanOptions {
  readonly maxDepth: number
  /** JSON.parse takes the last of two equal keys, other parsers the first: what was checked would not be what is run. */
  readonly uniqueKeys: boolean
}

/** An event of a backend is trusted to be small, but not to be shallow. */
export const ANSWER_SCAN: ScanOptions = { maxDepth: 128, uniqueKeys: false }

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const COLON = 0x3a
const MINUS = 0x2d
const ZERO = 0x30
const NINE = 0x39
const DOT = 0x2e
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
const OPEN_ARRAY = 0x5b
const CLOSE_ARRAY = 0x5d

const TRUE = Buffer.from('true')
const FALSE = Buffer.from('false')
const NULL = Buffer.from('null')

/** Objects with more keys than this are checked for duplicates by a set instead of pair by pair. */
const PAIRWISE_KEYS = 24

/** Whether a byte may follow a backslash, but for `u`. */
const ESCAPABLE = new Uint8Array(256)
for (const char of '"\\/bfnrt') ESCAPABLE[char.charCodeAt(0)] = 1

/** What ends the plain part of a string: its quote, an escape, or a control character, which must be escaped. */
const STOPS_STRING = new Uint8Array(256)
STOPS_STRING.fill(1, 0, 0x20)
STOPS_STRING[QUOTE] = 1
STOPS_STRING[BACKSLASH] = 1

const HEX = new Uint8Array(256)
for (const char of '0123456789abcdefABCDEF') HEX[char.charCodeAt(0)] = 1

const NOTHING: Buffer = Buffer.alloc(0)

/** One document at a time: a scanner keeps its stacks between calls, so a visitor must not call it again. */
export class JsonScanner {
  readonly #maxDepth: number
  readonly #uniqueKeys: boolean
  #bytes = NOTHING
  #at = 0
  #end = 0
  #visitor: Visitor | undefined
  #problem: ScanProblem | undefined
  #escaped = false
  /** Spans of the keys of every open object, innermost last: start, end, start, end … */
  readonly #keySpans: number[] = []
  /** By depth: where the keys of the open object begin in `#keySpans`, and its keys as a set once they are many. */
  readonly #firstSpans: number[] = []
  readonly #keySets: (Set<string> | undefined)[] = []

  constructor(options: ScanOptions) {
    this.#maxDepth = options.maxDepth
    this.#uniqueKeys = options.uniqueKeys
  }

  /**
   * Scans bytes `[start, end)` of `bytes` as one JSON document and tells `visitor` of what `shape` names.
   * Returns undefined when it is valid, else what is wrong; `errorOffset` then tells where.
   */
  // eslint-disable-next-line max-params -- runs once per streamed event: an options object would be garbage each time
  scan(bytes: Buffer, start: number, end: number, shape: Shape, visitor: Visitor): ScanProblem | undefined {
    this.#bytes = bytes
    this.#at = start
    this.#end = end
    this.#visitor = visitor
    this.#problem = undefined
    this.#keySpans.length = 0
    this.#skipSpace()
    const complete = this.#value(shape, 1)
    if (complete) this.#skipSpace()
    if (complete && this.#at < this.#end) this.#problem = 'syntax'
    else if (!complete) this.#problem ??= 'syntax'
    this.#visitor = undefined
    // A scanner lives as long as the process, and the document may be large.
    this.#bytes = NOTHING
    return this.#problem
  }

  /** Where the last scan stopped: for a problem, the offending byte. */
  get errorOffset(): number {
    return this.#at
  }

  #skipSpace(): void {
    const bytes = this.#bytes
    let at = this.#at
    while (at < this.#end) {
      const byte = bytes[at]
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) break
      at += 1
    }
    this.#at = at
  }

  /** Each of these returns whether the value was well-formed and leaves `#at` behind it. */
  #value(shape: Shape | undefined, depth: number): boolean {
    if (this.#at >= this.#end) return false
    const start = this.#at
    const byte = this.#bytes[start] ?? 0
    let kind: Kind
    let ok: boolean
    if (byte === QUOTE) {
      kind = KIND.string
      ok = this.#string()
    } else if (byte === OPEN_OBJECT) {
      kind = KIND.object
      ok = this.#object(shape, depth)
    } else if (byte === OPEN_ARRAY) {
      kind = KIND.array
      ok = this.#array(shape, depth)
    } else if (byte === MINUS || (byte >= ZERO && byte <= NINE)) {
      kind = KIND.number
      ok = this.#number()
    } else {
      kind = byte === 0x74 ? KIND.true : byte === 0x66 ? KIND.false : KIND.null
      ok = this.#literal(byte)
    }
    if (ok && shape !== undefined && shape.id !== 0) this.#visitor?.onValue(shape.id, kind, start, this.#at)
    return ok
  }

  #object(shape: Shape | undefined, depth: number): boolean {
    if (depth > this.#maxDepth) return this.#fail('too_deep', this.#at)
    if (this.#closesAtOnce(CLOSE_OBJECT)) return true
    const firstSpan = this.#keySpans.length
    this.#firstSpans[depth] = firstSpan
    this.#keySets[depth] = undefined
    for (;;) {
      const start = this.#at + 1
      if (this.#at >= this.#end || this.#bytes[this.#at] !== QUOTE || !this.#string()) return false
      const end = this.#at - 1
      const child = shape === undefined ? undefined : this.#child(shape, start, end)
      if (this.#uniqueKeys && !this.#isNewKey(start, end, depth)) return this.#fail('duplicate_key', start)
      if (!this.#colon() || !this.#value(child, depth + 1)) return false
      const byte = this.#separator(CLOSE_OBJECT)
      if (byte === 0) return false
      if (byte === CLOSE_OBJECT) break
    }
    this.#keySpans.length = firstSpan
    return true
  }

  #array(shape: Shape | undefined, depth: number): boolean {
    if (depth > this.#maxDepth) return this.#fail('too_deep', this.#at)
    if (this.#closesAtOnce(CLOSE_ARRAY)) return true
    const items = shape?.items
    for (;;) {
      if (!this.#value(items, depth + 1)) return false
      const byte = this.#separator(CLOSE_ARRAY)
      if (byte === 0) return false
      if (byte === CLOSE_ARRAY) return true
    }
  }

  /** Steps over the opening bracket; an empty container is over with it. */
  #closesAtOnce(bracket: number): boolean {
    this.#at += 1
    this.#skipSpace()
    if (this.#at >= this.#end || this.#bytes[this.#at] !== bracket) return false
    this.#at += 1
    return true
  }

  /** Steps over a comma and the space behind it, or over the closing bracket; returns which, or 0 for anything else. */
  #separator(bracket: number): number {
    this.#skipSpace()
    const byte = this.#at < this.#end ? (this.#bytes[this.#at] ?? 0) : 0
    if (byte !== bracket && byte !== COMMA) return 0
    this.#at += 1
    if (byte === COMMA) this.#skipSpace()
    return byte
  }

  #colon(): boolean {
    this.#skipSpace()
    if (this.#at >= this.#end || this.#bytes[this.#at] !== COLON) return false
    this.#at += 1
    this.#skipSpace()
    return true
  }

  /** The shape of the value behind a key. An escaped key (`"mod\u0065l"`) is the same key to every other parser. */
  #child(shape: Shape, start: number, end: number): Shape | undefined {
    if (this.#escaped) return shape.children[shape.names.indexOf(this.#decode(start, end))]
    const { keys } = shape
    for (let index = 0; index < keys.length; index += 1) {
      const key = keys[index]
      if (key !== undefined && key.length === end - start && this.#equalsAt(key, start))
        return shape.children[index]
    }
    return undefined
  }

  #equalsAt(key: Uint8Array, start: number): boolean {
    const bytes = this.#bytes
    for (let index = 0; index < key.length; index += 1) if (bytes[start + index] !== key[index]) return false
    return true
  }

  /** Comparing bytes pair by pair is cheap for the few plain keys that requests have, and wrong or slow for others. */
  #isNewKey(start: number, end: number, depth: number): boolean {
    const first = this.#firstSpans[depth] ?? 0
    const spans = this.#keySpans
    const isMany = this.#escaped || spans.length - first >= PAIRWISE_KEYS * 2
    const seen = (this.#keySets[depth] ??= isMany ? this.#keysFrom(first) : undefined)
    if (seen !== undefined) {
      const before = seen.size
      return seen.add(this.#decode(start, end)).size > before
    }
    for (let index = first; index < spans.length; index += 2) {
      const other = spans[index] ?? 0
      if ((spans[index + 1] ?? 0) - other === end - start && this.#sameBytes(start, end, other)) return false
    }
    spans.push(start, end)
    return true
  }

  /** Keys are short: a loop is done before a call into the runtime has begun. */
  #sameBytes(start: number, end: number, other: number): boolean {
    const bytes = this.#bytes
    for (let at = start; at < end; at += 1) if (bytes[at] !== bytes[other + at - start]) return false
    return true
  }

  #keysFrom(first: number): Set<string> {
    const spans = this.#keySpans
    const seen = new Set<string>()
    for (let index = first; index < spans.length; index += 2) {
      seen.add(this.#decode(spans[index] ?? 0, spans[index + 1] ?? 0))
    }
    return seen
  }

  #decode(start: number, end: number): string {
    return JSON.parse(this.#bytes.toString('utf8', start - 1, end + 1)) as string
  }

  /** Leaves `#at` behind the closing quote and tells in `#escaped` whether there was a backslash. */
  #string(): boolean {
    const bytes = this.#bytes
    const end = this.#end
    let at = this.#at + 1
    this.#escaped = false
    while (at < end) {
      while (at < end && STOPS_STRING[bytes[at] ?? 0] === 0) at += 1
      const byte = at < end ? bytes[at] : 0
      if (byte === QUOTE) {
        this.#at = at + 1
        return true
      }
      if (byte !== BACKSLASH) break
      this.#escaped = true
      at = this.#escape(at)
      if (at === 0) return false
    }
    this.#at = at
    return false
  }

  /** Returns the offset behind the escape that begins at `at`, or 0 when it is malformed. */
  #escape(at: number): number {
    const bytes = this.#bytes
    const letter = at + 1 < this.#end ? (bytes[at + 1] ?? 0) : 0
    if (ESCAPABLE[letter] === 1) return at + 2
    this.#at = at
    if (letter !== 0x75 || at + 6 > this.#end) return 0
    for (let index = at + 2; index < at + 6; index += 1) if (HEX[bytes[index] ?? 0] !== 1) return 0
    return at + 6
  }

  #number(): boolean {
    if (this.#bytes[this.#at] === MINUS) this.#at += 1
    const leadingZero = this.#at < this.#end && this.#bytes[this.#at] === ZERO
    const whole = this.#digits()
    if (whole === 0 || (leadingZero && whole > 1)) return false
    if (this.#at < this.#end && this.#bytes[this.#at] === DOT) {
      this.#at += 1
      if (this.#digits() === 0) return false
    }
    const letter = this.#at < this.#end ? this.#bytes[this.#at] : 0
    if (letter !== 0x65 && letter !== 0x45) return true
    this.#at += 1
    const sign = this.#at < this.#end ? this.#bytes[this.#at] : 0
    if (sign === 0x2b || sign === MINUS) this.#at += 1
    return this.#digits() > 0
  }

  #digits(): number {
    const start = this.#at
    while (this.#at < this.#end) {
      const byte = this.#bytes[this.#at] ?? 0
      if (byte < ZERO || byte > NINE) break
      this.#at += 1
    }
    return this.#at - start
  }

  #literal(first: number): boolean {
    const word = first === 0x74 ? TRUE : first === 0x66 ? FALSE : NULL
    if (this.#at + word.length > this.#end || !this.#equalsAt(word, this.#at)) return false
    this.#at += word.length
    return true
  }

  #fail(problem: ScanProblem, at: number): false {
    this.#problem = problem
    this.#at = at
    return false
  }
}
