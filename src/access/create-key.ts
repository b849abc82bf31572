// Makes a new API key. It exists in the caller's hands only: what stays here is its hash.
import { hash } from 'node:crypto'
import type { Ids } from '../core/ids.ts'
import { HASH_PREFIX } from './keys.ts'

export interface NewKey {
  /** `wk_`, the public id, `_`, the secret. To be shown once. */
  readonly key: string
  /** What the configuration file keeps. */
  readonly hash: string
  /** Tells two keys apart without giving either away. */
  readonly publicId: string
}

const PUBLIC_ID_LENGTH = 8
/** Digits and small letters but for i, l, o and u: nothing that is misread aloud (Crockford's base 32). */
const PUBLIC_ID_LETTERS = '0123456789abcdefghjkmnpqrstvwxyz'

export function createKey(ids: Ids): NewKey {
  const publicId = Array.from({ length: PUBLIC_ID_LENGTH }, () => drawLetter(ids)).join('')
  const key = `wk_${publicId}_${ids.keySecret()}`
  return { key, hash: hashKey(key), publicId }
}

/** The form in which the configuration file keeps a key. */
export function hashKey(key: string): string {
  return HASH_PREFIX + hash('sha256', key, 'hex')
}

function drawLetter(ids: Ids): string {
  return PUBLIC_ID_LETTERS.charAt(Math.floor(ids.random() * PUBLIC_ID_LETTERS.length))
}
