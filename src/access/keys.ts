// The configured keys, found by their hash. The key itself is never kept, compared or printed.
import { hash, timingSafeEqual } from 'node:crypto'
import type { AccessSettings } from './config.ts'
import { createPrincipal, type Principal } from './principal.ts'

export const HASH_PREFIX = 'sha256:'

/** Longer than any key in use, short enough that hashing a hostile one costs nothing. */
export const MAX_KEY_LENGTH = 1_024

export interface Keyring {
  readonly size: number
  /** Who presented this key; undefined for a key that is not ours. */
  find(presented: string): Principal | undefined
}

interface Entry {
  readonly digest: Buffer
  readonly principal: Principal
}

const DIGEST_BYTES = 32

export function createKeyring(settings: AccessSettings): Keyring {
  const entries = new Map<string, Entry>()
  for (const key of settings.keys) {
    const hex = key.hash.slice(HASH_PREFIX.length)
    entries.set(hex, { digest: Buffer.from(hex, 'hex'), principal: createPrincipal(key) })
  }
  // One for all lookups: each begins and ends within one call, and a buffer a request costs as much as the hash.
  const presentedDigest = Buffer.alloc(DIGEST_BYTES)
  return {
    size: entries.size,
    find(presented) {
      if (presented.length > MAX_KEY_LENGTH) return undefined
      // As text at once: three times as fast as a buffer, because nothing is allocated outside the heap.
      const hex = hash('sha256', presented, 'hex')
      const entry = entries.get(hex)
      if (entry === undefined) return undefined
      presentedDigest.write(hex, 'hex')
      // The map already found it; this comparison takes the same time wherever two digests differ (ASVS 5.0 11.2.4).
      return timingSafeEqual(entry.digest, presentedDigest) ? entry.principal : undefined
    },
  }
}
