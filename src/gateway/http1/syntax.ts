// What HTTP/1.1 allows where, octet by octet, and how much of it is read. Nothing here reads a message.

export const HTAB = 0x09
export const LF = 0x0a
export const CR = 0x0d
export const SP = 0x20
export const COLON = 0x3a
export const SEMICOLON = 0x3b

/** Headers may not fill memory; Node's own limit for a server. Trailers are bounded alike. */
export const MAX_HEAD_BYTES = 16_384

/** Longer than any reason phrase, and than any header value that fits, by definition. */
const OCTETS = 256

/** RFC 9110 5.6.2: tchar. */
export const TOKEN: Uint8Array = tableOf((octet) =>
  /^[!#$%&'*+\-.^_`|~0-9A-Za-z]$/.test(String.fromCharCode(octet)),
)

/** RFC 9110 5.5: what a field value and a reason phrase consist of, obs-text among it; no control character but HTAB. */
export const FIELD_TEXT: Uint8Array = tableOf((octet) => octet === HTAB || (octet >= SP && octet !== 0x7f))

/** RFC 9112 3.2: what a target may consist of at most; what is in it is for the routes to judge. */
export const VISIBLE: Uint8Array = tableOf((octet) => octet > SP && octet < 0x7f)

/** The value of a hexadecimal digit plus one; 0 for everything else. */
export const HEX: Uint8Array = Uint8Array.from({ length: OCTETS }, (_, octet) => {
  const value = Number.parseInt(String.fromCharCode(octet), 16)
  return Number.isNaN(value) ? 0 : value + 1
})

function tableOf(isAllowed: (octet: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: OCTETS }, (_, octet) => (isAllowed(octet) ? 1 : 0))
}
