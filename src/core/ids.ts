// Ids and randomness as ports. Nothing outside core draws random numbers.
import { randomBytes, randomUUID } from 'node:crypto'

export interface Ids {
  /** A new request id: `req_` and 32 hex digits. */
  requestId(): string
  /** A new key secret: 160 bits, URL-safe. 112 bits is ASVS 5.0's floor for storing a plain hash (11.4). */
  keySecret(): string
  /** A number in [0, 1). */
  random(): number
}

const KEY_SECRET_BYTES = 20

export const systemIds: Ids = {
  requestId: () => `req_${randomUUID().replaceAll('-', '')}`,
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
