// The file of records, open: made where it is missing, opened again when another was put in its place, and what is
// prepared on it. One thread, one connection; who calls decides which thread.
import { statSync, type Stats } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { createPrivateFile } from '../../access/private-file.ts'
import { RecordStoreError } from '../store.ts'
import { Counts } from './counts.ts'
import { DocumentTable } from './documents.ts'
import { toStoreError } from './failure.ts'
import { RecordInserter } from './insert.ts'
import { takeLock, type Lock } from './lock.ts'
import { RecordQueries } from './query.ts'
import { SCHEMA_VERSION, migrate, readVersion } from './schema.ts'
import { Words } from './words.ts'

/**
 * `own`: the gateway that writes, alone. `look`: reads, beside a gateway or without one. `join`: beside a gateway as well,
 * and writes documents.
 */
export type FileMode = 'own' | 'look' | 'join'

export interface FileOptions {
  readonly file: string
  readonly mode: FileMode
  /** How long another gateway has to end, once, when the file is first opened. */
  readonly takeoverMs: number
  /** How long something that another program locked is waited for. */
  readonly busyMs: number
}

export interface Opened {
  readonly db: DatabaseSync
  readonly words: Words
  readonly queries: RecordQueries
  readonly counts: Counts
  readonly documents: DocumentTable
  /** Absent for who may not write. */
  readonly inserter: RecordInserter | undefined
}

/** 8 MiB: the pages that batches and indexes touch again and again. */
const CACHE_KIB = 8_192
/** What the log beside the file may keep of the disk while nothing is in it. */
const LOG_BYTES = 16 * 1_048_576

export class RecordFile {
  readonly #options: FileOptions
  #opened: (Opened & { readonly stats: Stats }) | undefined
  #lock: Lock | undefined
  #takeoverMs: number

  constructor(options: FileOptions) {
    this.#options = options
    this.#takeoverMs = options.takeoverMs
  }

  /** Works on the file that is there now. What fails is told with the file and what to do. */
  use<Result>(work: (opened: Opened) => Result): Result {
    try {
      return work(this.#ready())
    } catch (thrown) {
      throw this.failed(thrown)
    }
  }

  /** What a failure means, and what becomes of the file then. */
  failed(thrown: unknown): RecordStoreError {
    const error = toStoreError(thrown, this.#options.file)
    if (error.reason === 'locked' || error.reason === 'full') this.#opened?.words.forget()
    // A connection that failed otherwise may go on failing, or answer from a file that is no longer there.
    else if (error.cause !== undefined) this.#close()
    return error
  }

  /** Whether what was written last stands in the file that is there now. */
  isInPlace(): boolean {
    return this.#opened !== undefined && this.#isSame(this.#opened.stats)
  }

  close(): void {
    this.#close()
    this.#lock?.release()
    this.#lock = undefined
  }

  #isSame(stats: Stats): boolean {
    const now = statSync(this.#options.file, { throwIfNoEntry: false })
    return now !== undefined && now.ino === stats.ino && now.dev === stats.dev
  }

  #ready(): Opened {
    if (this.#opened !== undefined && !this.#isSame(this.#opened.stats)) this.#close()
    return (this.#opened ??= this.#open())
  }

  #open(): Opened & { readonly stats: Stats } {
    const { file, mode, busyMs } = this.#options
    if (mode === 'own') {
      this.#lock ??= takeLock(file, this.#takeoverMs)
      this.#takeoverMs = 0
      createPrivateFile(file)
    }
    const stats = statSync(file, { throwIfNoEntry: false })
    if (stats === undefined) throw new RecordStoreError('missing', `There are no records in ${file}.`)
    const db = new DatabaseSync(file, { readOnly: mode === 'look', timeout: busyMs })
    try {
      if (mode === 'own') prepareOwn(db, file)
      else checkVersion(db, file)
      return { ...toOpened(db, mode), stats }
    } catch (thrown) {
      db.close()
      throw thrown
    }
  }

  #close(): void {
    const opened = this.#opened
    this.#opened = undefined
    try {
      opened?.db.close()
    } catch {
      // It fails where the disk does; there is nothing left to lose.
    }
  }
}

function prepareOwn(db: DatabaseSync, file: string): void {
  readVersion(db, file)
  // Only counts for a file without tables; space that was freed can be given back in steps then.
  db.exec('PRAGMA auto_vacuum = INCREMENTAL')
  db.exec('PRAGMA journal_mode = WAL')
  db.exec(
    `PRAGMA synchronous = NORMAL; PRAGMA cache_size = -${CACHE_KIB}; PRAGMA journal_size_limit = ${LOG_BYTES};
     PRAGMA secure_delete = OFF; PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF`,
  )
  migrate(db, file)
}

function checkVersion(db: DatabaseSync, file: string): void {
  const version = readVersion(db, file)
  if (version === SCHEMA_VERSION) return
  if (version === 0) throw new RecordStoreError('missing', `There are no records in ${file} yet.`)
  const message = `The records in ${file} were written by an older version of Weir: start the gateway once with this one.`
  throw new RecordStoreError('other', message)
}

function toOpened(db: DatabaseSync, mode: FileMode): Opened {
  const words = new Words(db)
  return {
    ...{ db, words },
    queries: new RecordQueries(db, words),
    counts: new Counts(db),
    documents: new DocumentTable(db),
    inserter: mode === 'own' ? new RecordInserter(db, words) : undefined,
  }
}
