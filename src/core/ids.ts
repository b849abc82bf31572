// Ids and randomness as ports. Nothing outside core draws random numbers.
import { randomBytes } from 'node:crypto'

export interface Ids {
  /** A new request id: `req_` and 32 hex digits. */
  requestId(): string
  /** A new key secret: 160 bits, URL-safe. 112 bits is ASVS 5.0's floor for storing a plain hash (11.4). */
  keySecret(): string
  /** A number in [0, 1). */
  random(): number
}

const KEY_SECRET_BYTES = 20

/** Hex digits of a request id: 128 bits, as of a UUID. */
const REQUEST_ID_DIGITS = 32

/** Ids drawn at once: asking the system for randomness one id at a time costs more than the id. */
const DRAWN_REQUEST_IDS = 256

let drawn = ''
let drawnAt = 0

function nextRequestId(): string {
  if (drawnAt === drawn.length) {
    drawn = randomBytes((DRAWN_REQUEST_IDS * REQUEST_ID_DIGITS) / 2).toString('hex')
    drawnAt = 0
  }
  drawnAt += REQUEST_ID_DIGITS
  return `req_${drawn.slice(drawnAt - REQUEST_ID_DIGITS, drawnAt)}`
}

export const systemIds: Ids = {
  requestId: nextRequestId,
  keySecret: () => randomBytes(KEY_SECRET_BYTES).toString('base64url'),
  random: () => Math.random(),
}

/** Ids that count upwards: the same test gives the same ids. */
export function createCountingIds(): Ids {
  let count = 0
  const next = (): number => (count += 1)
  return {
    requestId: () => `req_${String(next()).padStart(32, '0')}`,
    keySecret: () => `secret${String(next()).padStart(22, '0')}`,
    random: () => (next() % 1000) / 1000,
  }
}
