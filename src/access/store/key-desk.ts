// What may be done with keys: make, revoke, rotate, list. The rules are here, once, whatever the keys are kept in.
import type { Ids } from '../../core/ids.ts'
import type { KeySettings } from '../config.ts'
import { createKey } from '../create-key.ts'
import { toKeySettings, type KeyGrant, type KeyStore, type StoredKey } from './key-store.ts'

/** Why a change is not made. The message is for whoever asked. */
export class KeyRefusal extends Error {
  override readonly name = 'KeyRefusal'
  readonly reason: 'name_taken' | 'unknown_name'
  /** A name that is not known, and those that could have been meant. */
  readonly asked: string | undefined
  readonly names: readonly string[]

  constructor(
    reason: KeyRefusal['reason'],
    message: string,
    choice: { readonly asked: string; readonly names: readonly string[] } | undefined = undefined,
  ) {
    super(message)
    this.reason = reason
    this.asked = choice?.asked
    this.names = choice?.names ?? []
  }
}

export interface DeskContext {
  readonly ids: Ids
  readonly nowMs: number
  /** The names of the keys in the configuration file. */
  readonly fileNames: readonly string[]
}

export interface KeyOrder {
  readonly name: string
  readonly grant: KeyGrant
  readonly expiresAtMs: number | undefined
}

/** `secret` is the whole key, to be shown once. */
export interface IssuedKey {
  readonly secret: string
  readonly key: StoredKey
}

export function issueKey(store: KeyStore, order: KeyOrder, context: DeskContext): IssuedKey {
  const { name } = order
  if (context.fileNames.includes(name)) {
    const message = `The name ${name} is taken by a key in the configuration file: choose another one.`
    throw new KeyRefusal('name_taken', message)
  }
  return store.change((draft) => {
    if (draft.named(name).some((key) => stateOf(key, context.nowMs) === 'active')) {
      const message = `There is a key called ${name} already: choose another name, or replace the key with \`weir keys rotate ${name}\`.`
      throw new KeyRefusal('name_taken', message)
    }
    const issued = makeKey(order, context)
    draft.insert(issued.key)
    return issued
  })
}

/** Closes every key of the name, or only what a rotation left behind. Returns those it closed. */
export function revokeKeys(
  store: KeyStore,
  { name, onlyOld }: { readonly name: string; readonly onlyOld: boolean },
  context: DeskContext,
): readonly StoredKey[] {
  return store.change((draft) => {
    const open = draft.named(name).filter(isOpen)
    if (open.length === 0) throw unknownName(name, draft.openNames(), context)
    const chosen = onlyOld ? open.slice(0, -1) : open
    if (chosen.length === 0) {
      throw new KeyRefusal('unknown_name', `There is no older key of ${name}: it was not rotated.`)
    }
    for (const { id } of chosen) draft.end(id, { revokedAtMs: context.nowMs })
    return chosen
  })
}

export interface Rotation {
  readonly name: string
  /** How long the keys before it stay good. */
  readonly overlapMs: number
  /** Without it the new key lasts as long as the one before it was made for. */
  readonly expiresAtMs: number | undefined
}

export interface RotatedKey extends IssuedKey {
  /** When the last of the keys before it ends. */
  readonly oldUntilMs: number
}

export function rotateKey(store: KeyStore, rotation: Rotation, context: DeskContext): RotatedKey {
  const { name, overlapMs } = rotation
  const { nowMs } = context
  return store.change((draft) => {
    const open = draft.named(name).filter(isOpen)
    const newest = open.at(-1)
    if (newest === undefined) throw unknownName(name, draft.openNames(), context)
    const lifetimeMs = newest.expiresAtMs === undefined ? undefined : newest.expiresAtMs - newest.createdAtMs
    const expiresAtMs = rotation.expiresAtMs ?? (lifetimeMs === undefined ? undefined : nowMs + lifetimeMs)
    let oldUntilMs = nowMs
    for (const { id, expiresAtMs: endMs = Infinity } of open) {
      const untilMs = Math.min(endMs, nowMs + overlapMs)
      // Revoked rather than expired: a wall clock that is set back must not bring it to life again.
      draft.end(id, overlapMs === 0 ? { revokedAtMs: nowMs } : { expiresAtMs: untilMs })
      oldUntilMs = Math.max(oldUntilMs, untilMs)
    }
    const issued = makeKey({ name, grant: newest.grant, expiresAtMs }, context)
    draft.insert(issued.key)
    return { ...issued, oldUntilMs }
  })
}

/**
 * `hidden`: the configuration file has a key of the same name, which alone is good. `unreadable`: another version of Weir made
 * it, and this one does not understand what it may do; it opens nothing.
 */
export type KeyState = 'active' | 'expired' | 'revoked' | 'hidden' | 'unreadable'

export interface ListedKey {
  readonly name: string
  readonly origin: 'file' | 'store'
  readonly state: KeyState
  /** Enough of the key to find it; a key of the file was never seen here. */
  readonly hint: string | undefined
  /** What it is kept to; nothing of one that is unreadable. */
  readonly grant: Omit<KeySettings, 'name' | 'hash' | 'expires'>
  readonly createdAtMs: number | undefined
  readonly expiresAtMs: number | undefined
  readonly revokedAtMs: number | undefined
}

/** Keys of the file first, then those of the store in the order they were made. */
export function listKeys(
  { filed, stored }: { readonly filed: readonly KeySettings[]; readonly stored: readonly StoredKey[] },
  nowMs: number,
): readonly ListedKey[] {
  const names = new Set(filed.map(({ name }) => name))
  return [
    ...filed.map(({ name, hash: _, expires, ...grant }): ListedKey => ({
      name,
      origin: 'file',
      state: expires !== undefined && expires <= nowMs ? 'expired' : 'active',
      hint: undefined,
      grant,
      createdAtMs: undefined,
      expiresAtMs: expires,
      revokedAtMs: undefined,
    })),
    ...stored.map((key): ListedKey => {
      const { name, hint, createdAtMs, expiresAtMs, revokedAtMs } = key
      const grant = toGrant(key)
      const own = stateOf(key, nowMs)
      const open = grant === undefined ? 'unreadable' : names.has(name) ? 'hidden' : own
      return {
        ...{ name, origin: 'store', hint, createdAtMs, expiresAtMs, revokedAtMs },
        state: own === 'active' ? open : own,
        grant: grant ?? {},
      }
    }),
  ]
}

function toGrant(key: StoredKey): ListedKey['grant'] | undefined {
  const settings = toKeySettings(key)
  if (settings === undefined) return undefined
  const { name: _, hash: __, expires: ___, ...grant } = settings
  return grant
}

/** Names that are in the file and in the store: the file's keys alone are good, and somebody should know. */
export function findClashes(filed: readonly KeySettings[], stored: readonly string[]): readonly string[] {
  const names = new Set(filed.map(({ name }) => name))
  return stored.filter((name) => names.has(name))
}

function stateOf({ expiresAtMs, revokedAtMs }: StoredKey, nowMs: number): 'active' | 'expired' | 'revoked' {
  if (revokedAtMs !== undefined) return 'revoked'
  return expiresAtMs !== undefined && expiresAtMs <= nowMs ? 'expired' : 'active'
}

function isOpen({ revokedAtMs }: StoredKey): boolean {
  return revokedAtMs === undefined
}

const HINT_TAIL = 4

function makeKey({ name, grant, expiresAtMs }: KeyOrder, { ids, nowMs }: DeskContext): IssuedKey {
  const { key: secret, hash, publicId: id } = createKey(ids)
  const hint = `wk_${id}_…${secret.slice(-HINT_TAIL)}`
  const key = { id, name, hash, hint, grant, createdAtMs: nowMs, expiresAtMs, revokedAtMs: undefined }
  return { secret, key }
}

function unknownName(name: string, known: readonly string[], { fileNames }: DeskContext): KeyRefusal {
  if (fileNames.includes(name)) {
    const message = `${name} is a key of the configuration file: change its entry there.`
    return new KeyRefusal('unknown_name', message)
  }
  const message = `There is no key called ${name} that is not revoked.`
  return new KeyRefusal('unknown_name', message, { asked: name, names: known })
}
