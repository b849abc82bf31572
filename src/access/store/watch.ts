// The store's keys for a gateway that is running: looked at once a second, off the way of any request, and swapped as a whole.
// A store that cannot be read takes no key away from anybody.
import type { Clock } from '../../core/clock.ts'
import { HASH_PREFIX, toKeyEntry, type KeyEntries, type StoredKeys } from '../keys.ts'
import {
  KeyStoreError,
  toKeySettings,
  type KeySnapshot,
  type KeySource,
  type StoredKey,
} from './key-store.ts'

export interface KeyWatch {
  /** Changes in place: who holds it sees the keys of the moment. */
  readonly keys: StoredKeys
  /** The names of the keys that are not revoked. */
  readonly names: readonly string[]
  close(): void
}

export interface KeyWatchEvents {
  /** Other keys are in force from now on. */
  onChange(names: readonly string[]): void
  /** Said once, not each second. */
  onProblem(error: KeyStoreError): void
  onRecovered(): void
  /** A key this version cannot make sense of opens nothing. */
  onUnreadableKey(name: string): void
}

export interface KeyWatchInput {
  readonly source: KeySource
  readonly clock: Clock
  readonly events: KeyWatchEvents
}

/** People who revoke a key look at the gateway next. */
const EVERY_MS = 1_000
/** A writer in the wrong moment is no news; one that stays is. */
const FAILURES_TO_REPORT = 2

type MadeEntry = ReturnType<typeof toKeyEntry>

class Current implements StoredKeys {
  /** Null for a key that nothing could be made of. */
  readonly made = new WeakMap<StoredKey, MadeEntry | null>()
  entries: KeyEntries = new Map()
  revoked: ReadonlySet<string> = new Set()
  isEmpty = true
  names: readonly string[] = []
}

/** Reads once before it returns, so that whoever starts to listen then knows the keys. */
export function watchStoredKeys({ source, clock, events }: KeyWatchInput): KeyWatch {
  const current = new Current()
  let failures = 0
  const look = (): void => {
    try {
      const snapshot = source.read()
      if (failures >= FAILURES_TO_REPORT) events.onRecovered()
      failures = 0
      if (snapshot === undefined) return
      adopt(current, snapshot, events)
      events.onChange(current.names)
    } catch (thrown) {
      if (!(thrown instanceof KeyStoreError)) throw thrown
      failures += 1
      // Before anything was read, all that is known is that there are keys: nobody is let in without one.
      current.isEmpty = false
      if (failures === FAILURES_TO_REPORT) events.onProblem(thrown)
    }
  }
  look()
  const stop = clock.every(EVERY_MS, look)
  return {
    keys: current,
    get names() {
      return current.names
    },
    close() {
      stop()
      source.close()
    },
  }
}

/**
 * A key that did not change is not made anew: with ten thousand of them that would hold up every request of the process
 * for a fifth of a second.
 */
function adopt(current: Current, snapshot: KeySnapshot, events: KeyWatchEvents): void {
  const entries = snapshot.keys.flatMap((key) => {
    let entry = current.made.get(key)
    if (entry === undefined) {
      const settings = toKeySettings(key)
      entry = settings === undefined ? null : toKeyEntry(settings)
      current.made.set(key, entry)
      if (entry === null) events.onUnreadableKey(key.name)
    }
    return entry === null ? [] : [entry]
  })
  current.entries = new Map(entries)
  current.names = [...new Set(snapshot.keys.map(({ name }) => name))]
  current.revoked = new Set(snapshot.revoked.map((hash) => hash.slice(HASH_PREFIX.length)))
  current.isEmpty = snapshot.isEmpty
}
