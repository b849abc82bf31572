// Ids in half the room: those of hexadecimal digits are kept as the bytes they are made of, all others as text.
import type { ByteWriter } from './bytes.ts'

const PREFIX = 'req_'
const OWN_ID = /^req_[0-9a-f]{32}$/
const OWN_DIGITS = 32
const TRACE_DIGITS = 32
const SPAN_DIGITS = 16

/** By the code of a character: what it is worth as a digit, or -1. */
const DIGIT_OF = new Int8Array(128).fill(-1)
for (const [value, digit] of [...'0123456789abcdef'].entries()) DIGIT_OF[digit.charCodeAt(0)] = value

/** Of a request: ours is `req_` and 32 digits, a caller's is anything. */
export function toIdValue(id: string): string | Uint8Array {
  return OWN_ID.test(id) ? Buffer.from(id.slice(PREFIX.length), 'hex') : id
}

/** As `toIdValue`, of a text within a longer one, whose bytes are the writer's. No object but the value. */
export function writeId(writer: ByteWriter, { text, at, length }: Part): string | Uint8Array {
  if (length === PREFIX.length + OWN_DIGITS && text.startsWith(PREFIX, at)) {
    const bytes = writeDigits(writer, { text, at: at + PREFIX.length, length: OWN_DIGITS })
    if (bytes !== undefined) return bytes
  }
  return text.slice(at, at + length)
}

/** Of a trace or a span: as `writeId`. */
export function writeHex(writer: ByteWriter, { text, at, length }: Part): string | Uint8Array {
  const isHex = length === TRACE_DIGITS || length === SPAN_DIGITS
  return (isHex ? writeDigits(writer, { text, at, length }) : undefined) ?? text.slice(at, at + length)
}

/** Of a longer text. */
export interface Part {
  readonly text: string
  readonly at: number
  readonly length: number
}

export function readId(value: unknown): string {
  return value instanceof Uint8Array ? PREFIX + toHex(value) : String(value)
}

/** Of a trace or a span. */
export function readHex(value: unknown): string | undefined {
  if (value instanceof Uint8Array) return toHex(value)
  return typeof value === 'string' ? value : undefined
}

/** Undefined where one of them is no digit. */
function writeDigits(writer: ByteWriter, { text, at, length }: Part): Uint8Array | undefined {
  writer.begin(length / 2)
  // Negative as soon as one of them is.
  let all = 0
  for (let place = at; place < at + length; place += 2) {
    const high = DIGIT_OF[text.charCodeAt(place)] ?? -1
    const low = DIGIT_OF[text.charCodeAt(place + 1)] ?? -1
    all |= high | low
    writer.byte((high << 4) | low)
  }
  return all < 0 ? undefined : writer.written
}

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
}
