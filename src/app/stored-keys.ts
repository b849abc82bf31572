// The key store beside a running gateway: where it is, and what the log says of it.
import type { AccessSettings } from '../access/config.ts'
import { findClashes } from '../access/store/key-desk.ts'
import { createSqliteKeySource } from '../access/store/sqlite/source.ts'
import { keyStoreFile } from '../access/store/sqlite/store.ts'
import { watchStoredKeys, type KeyWatch } from '../access/store/watch.ts'
import type { Clock } from '../core/clock.ts'
import type { Logger } from '../telemetry/log.ts'

export interface StoredKeysInput {
  readonly dataDir: string
  readonly clock: Clock
  readonly logger: Logger
}

export interface StoredKeysOfApp extends Pick<KeyWatch, 'keys' | 'close'> {
  /** Tells which keys the configuration brings, to say when a name stands in both places. */
  noteFileKeys(keys: AccessSettings['keys']): void
}

export function openStoredKeys({ dataDir, clock, logger }: StoredKeysInput): StoredKeysOfApp {
  const file = keyStoreFile(dataDir)
  let filed: AccessSettings['keys'] = []
  let said = ''
  const warnOfClashes = (names: readonly string[]): void => {
    const clashes = findClashes(filed, names)
    if (clashes.length === 0 || clashes.join() === said) return
    said = clashes.join()
    logger.warn('keys of the store have the names of keys in the configuration file, and are closed', {
      keys: clashes,
      hint: 'rename or remove the entries in the file, or revoke the stored keys',
    })
  }
  const watch = watchStoredKeys({
    source: createSqliteKeySource(file),
    clock,
    events: {
      onChange(names) {
        logger.info('the keys of the store are in force', { count: names.length, file })
        warnOfClashes(names)
      },
      onProblem: (error) =>
        logger.error('the key store cannot be read; the keys known so far stay', { reason: error.message }),
      onRecovered: () => logger.info('the key store can be read again', { file }),
      onUnreadableKey: (name) =>
        logger.warn('a key of the store is not understood by this version, and opens nothing', {
          keys: [name],
        }),
    },
  })
  return {
    keys: watch.keys,
    close: () => watch.close(),
    noteFileKeys(keys) {
      filed = keys
      said = ''
      warnOfClashes(watch.names)
    },
  }
}
