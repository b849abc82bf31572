// Keys in this process and nowhere else: for tests, and as the simplest thing that keeps the contract.
import type { KeyDraft, KeyEnd, KeySource, KeyStore, StoredKey } from '../key-store.ts'

export interface MemoryKeys {
  openStore(): KeyStore
  openSource(): KeySource
}

export function createMemoryKeys(): MemoryKeys {
  let keys: readonly StoredKey[] = []
  let revision = 0
  return {
    openStore: () => ({
      place: 'memory',
      list: () => keys,
      change(work) {
        const changed = [...keys]
        const result = work(toDraft(changed))
        keys = changed
        revision += 1
        return result
      },
      close: () => undefined,
    }),
    openSource() {
      let seen = -1
      return {
        read() {
          if (seen === revision) return undefined
          seen = revision
          const open = keys.filter(isOpen)
          const revoked = keys.filter((key) => !isOpen(key)).map(({ hash }) => hash)
          return { keys: open, revoked, isEmpty: keys.length === 0 }
        },
        close: () => undefined,
      }
    },
  }
}

function toDraft(keys: StoredKey[]): KeyDraft {
  return {
    named: (name) => keys.filter((key) => key.name === name),
    openNames: () => [...new Set(keys.filter(isOpen).map(({ name }) => name))],
    insert: (key) => void keys.push(key),
    end(id: string, end: KeyEnd) {
      const at = keys.findIndex((key) => key.id === id)
      const key = keys[at]
      if (key !== undefined) keys[at] = { ...key, ...end }
    },
  }
}

function isOpen({ revokedAtMs }: StoredKey): boolean {
  return revokedAtMs === undefined
}
