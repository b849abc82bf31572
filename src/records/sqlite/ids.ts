// Ids in half the room: those of hexadecimal digits are kept as the bytes they are made of, all others as text.
const PREFIX = 'req_'
const OWN_ID = /^req_[0-9a-f]{32}$/
const HEX = /^(?:[0-9a-f]{32}|[0-9a-f]{16})$/

/** Of a request: ours is `req_` and 32 digits, a caller's is anything. */
export function toIdValue(id: string): string | Uint8Array {
  return OWN_ID.test(id) ? Buffer.from(id.slice(PREFIX.length), 'hex') : id
}

export function readId(value: unknown): string {
  return value instanceof Uint8Array ? PREFIX + toHex(value) : String(value)
}

/** Of a trace or a span. */
export function toHexValue(digits: string | undefined): string | Uint8Array | null {
  if (digits === undefined) return null
  return HEX.test(digits) ? Buffer.from(digits, 'hex') : digits
}

export function readHex(value: unknown): string | undefined {
  if (value instanceof Uint8Array) return toHex(value)
  return typeof value === 'string' ? value : undefined
}

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
}
