// The port behind which keys are kept, and how a store says that it cannot. What may be done with keys is in key-desk.ts.
import type { z } from 'zod'
import { keySchema, type KeySettings } from '../config.ts'

/** What a key may do, in the words of the configuration file. */
const grantSchema = keySchema.omit({ name: true, hash: true, expires: true })
export type KeyGrant = Readonly<z.input<typeof grantSchema>>

export interface StoredKey {
  /** The public part of the key: tells two keys of one name apart. */
  readonly id: string
  readonly name: string
  /** `sha256:` and 64 hex digits. The key itself is nowhere. */
  readonly hash: string
  /** The beginning and the last four letters, for people who look for the key in their own files. */
  readonly hint: string
  readonly grant: KeyGrant
  readonly createdAtMs: number
  readonly expiresAtMs: number | undefined
  readonly revokedAtMs: number | undefined
}

export type KeyEnd = Partial<Pick<StoredKey, 'expiresAtMs' | 'revokedAtMs'>>

/** The keys in the middle of a change. */
export interface KeyDraft {
  /** Every key that ever had the name, the oldest first. */
  named(name: string): readonly StoredKey[]
  /** The names that a key which is not revoked has. */
  openNames(): readonly string[]
  insert(key: StoredKey): void
  end(id: string, end: KeyEnd): void
}

/** Every method may throw a KeyStoreError. */
export interface KeyStore {
  /** Where it is, for people. */
  readonly place: string
  /** Every key ever made, the oldest first. */
  list(): readonly StoredKey[]
  /** Changes keys, all together or, when the work throws, none of them; nobody else changes any meanwhile. */
  change<T>(work: (draft: KeyDraft) => T): T
  close(): void
}

/** What a running gateway needs to know of the store. */
export interface KeySnapshot {
  /** Every key that was not revoked. */
  readonly keys: readonly StoredKey[]
  /** The hashes of those that were. */
  readonly revoked: readonly string[]
  /** No key was ever made, a revoked one included. */
  readonly isEmpty: boolean
}

/** The same store as a running gateway reads it: again and again, and nearly always in vain. */
export interface KeySource {
  /** Undefined when nothing changed since it was last asked. May throw a KeyStoreError, and may be asked again then. */
  read(): KeySnapshot | undefined
  close(): void
}

export type KeyStoreFailure =
  'locked' | 'read_only' | 'no_access' | 'damaged' | 'foreign' | 'newer' | 'missing' | 'other'

/** The message says what is wrong and what to do, and is for the operator. */
export class KeyStoreError extends Error {
  override readonly name = 'KeyStoreError'
  readonly reason: KeyStoreFailure

  constructor(reason: KeyStoreFailure, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.reason = reason
  }
}

/** As the keyring takes it; undefined for one whose grant this version does not understand: it opens nothing. */
export function toKeySettings({ name, hash, expiresAtMs, grant }: StoredKey): KeySettings | undefined {
  const parsed = grantSchema.safeParse(grant)
  if (!parsed.success) return undefined
  return { ...parsed.data, name, hash, ...(expiresAtMs === undefined ? {} : { expires: expiresAtMs }) }
}
