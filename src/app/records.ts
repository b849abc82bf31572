// The record store of a running gateway: where it is, what stands before it, what goes when it is old, and what the log
// says of all that. Trouble with it is told, counted and waited out; only what will not pass by itself ends the start.
import type { Config } from '../config/resolve.ts'
import { sleep, type Clock } from '../core/clock.ts'
import type { ContentSink } from '../core/content.ts'
import type { MinuteSource } from '../core/minutes.ts'
import type { RecordSink } from '../core/sink.ts'
import type { RequestRecord } from '../core/record.ts'
import type { Verdict } from '../core/verdict.ts'
import { createRecordBuffer, type RecordBuffer } from '../records/buffer/buffer.ts'
import type { StoreDropReason } from '../records/buffer/delivery.ts'
import type { PackedStore } from '../records/packed-store.ts'
import { createPostgresStore } from '../records/postgres/threaded.ts'
import { toStoredContent } from '../records/redact/content.ts'
import { createRedactor } from '../records/redact/redactor.ts'
import { createSqliteStore, toRecordsFile } from '../records/sqlite/store.ts'
import { RecordStoreError, type StoreFailure } from '../records/store.ts'
import type { Logger } from '../telemetry/log.ts'
import { keepBeating } from './heartbeat.ts'
import type { Lifecycle } from './lifecycle.ts'
import { keepRetained } from './retention.ts'

export interface RecordsInput {
  readonly config: Config
  readonly clock: Clock
  readonly logger: Logger
  readonly lifecycle: Lifecycle
  /** Counts for objectives what passes here. */
  readonly counter: MinuteSource | undefined
  readonly verdictOf: ((record: RequestRecord) => Verdict | undefined) | undefined
  readonly onDropped: (reason: StoreDropReason, count: number) => void
}

export interface RecordsOfApp {
  /** Undefined where none are kept. */
  readonly store: PackedStore | undefined
  readonly sink: RecordSink | undefined
  readonly contents: ContentSink | undefined
  /** Keeps from now on what another configuration says, where it always was. */
  note(config: Config): void
}

/** These do not pass by themselves, and going on would hide it. */
const FATAL: readonly StoreFailure[] = ['taken', 'newer', 'foreign']

/** A server that does not answer is waited for no longer: it may well be the last to come up. */
const START_PATIENCE_MS = 2_000

/** Rejects with a RecordStoreError where another gateway or another version has the records. */
export async function openRecords(input: RecordsInput): Promise<RecordsOfApp> {
  const { config, clock, logger, lifecycle, counter } = input
  const store = createStore(config)
  if (store === undefined) {
    const nothing: RecordsOfApp = { store, sink: undefined, contents: undefined, note: () => undefined }
    return nothing
  }
  lifecycle.onClose('record store', () => store.close())
  let current = config
  const buffer = createBuffer(input, { store, settings: () => current.records })
  lifecycle.onClose('records', () => buffer.close())
  await open(store, { input, buffer })
  if (counter !== undefined) {
    lifecycle.onClose('heartbeat of records', keepBeating({ counter, buffer, clock }))
  }
  const stopRetention = keepRetained({ store, clock, logger, settings: () => current.records })
  lifecycle.onClose('retention of records', stopRetention)
  return {
    ...{ store, sink: buffer.sink, contents: buffer.contents },
    note(next) {
      current = next
    },
  }
}

function createStore({ records, dataDir }: Config): PackedStore | undefined {
  const { store } = records
  switch (store.kind) {
    case 'off':
      return undefined
    case 'postgres':
      return createPostgresStore(store)
    case 'sqlite':
      return createSqliteStore({ file: toRecordsFile(dataDir), mode: 'own' })
  }
}

async function open(
  store: PackedStore,
  { input, buffer }: { input: RecordsInput; buffer: RecordBuffer },
): Promise<void> {
  const note = (thrown: unknown): void => {
    if (!(thrown instanceof RecordStoreError)) throw thrown
    buffer.noteTrouble(thrown)
  }
  const opening = store.open()
  // A file is there or it is not; what waits is a server.
  const isOpening =
    input.config.records.store.kind === 'postgres' &&
    (await Promise.race([
      opening.then(
        () => false,
        () => false,
      ),
      sleep(input.clock, START_PATIENCE_MS).then(() => true),
    ]))
  if (isOpening) return void opening.catch(note)
  try {
    await opening
  } catch (thrown) {
    if (thrown instanceof RecordStoreError && FATAL.includes(thrown.reason)) throw thrown
    note(thrown)
  }
}

interface BufferParts {
  readonly store: PackedStore
  readonly settings: () => Config['records']
}

function createBuffer(
  { config, clock, logger, counter, verdictOf, onDropped }: RecordsInput,
  { store, settings }: BufferParts,
): RecordBuffer {
  const place = printPlace(config)
  let told = false
  return createRecordBuffer({
    ...{ clock, store, counter, verdictOf, onDropped, redact: createRedact(settings) },
    onTrouble: (error) =>
      logger.error('records cannot be written; requests go on', {
        ...{ ...place, reason: error.reason, error },
        hint: 'what is held is tried again; what finds no room is in weir_records_dropped_total',
      }),
    onRecovered: (lost) => logger.info('records are written again', { ...place, count: lost }),
    onBroken(error) {
      if (told) return
      told = true
      logger.error('something about a record could not be told', { error })
    },
  })
}

function createRedact(settings: () => Config['records']) {
  let redactor: ReturnType<typeof createRedactor> | undefined
  let madeFor: unknown
  return (content: Parameters<typeof toStoredContent>[0]) => {
    const { redact, contentSize } = settings()
    if (redactor === undefined || madeFor !== redact) redactor = createRedactor(redact)
    madeFor = redact
    return toStoredContent(content, { redactor, maxBytes: contentSize })
  }
}

function printPlace({ records: { store }, dataDir }: Config): {
  readonly file?: string
  readonly url?: string
} {
  return store.kind === 'postgres' ? { url: store.shown } : { file: toRecordsFile(dataDir) }
}
