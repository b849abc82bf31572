// The record store in a file: who is asked what. Writing and what is quick have one thread, looking through records another,
// so that no question holds up what is written.
import { join } from 'node:path'
import type { ObjectiveMinute, ObjectiveSum } from '../../core/minutes.ts'
import { RecordPacker, buffersOf } from '../codec/pack.ts'
import { unpack } from '../codec/unpack.ts'
import type { PackedPage, PackedStore } from '../packed-store.ts'
import { RecordStoreError } from '../store.ts'
import type { AggregateRow, RecordFilter, Removed, StoredContent, StoredRecord } from '../store.ts'
import { createBatchWriter } from './batches.ts'
import type { FileMode } from './file.ts'
import type { Question } from './protocol.ts'
import { readAhead } from './read-ahead.ts'
import { createFileThread, type FileThread } from './thread.ts'

export interface SqliteStoreOptions {
  readonly file: string
  readonly mode: FileMode
  readonly takeoverMs?: number
  readonly busyMs?: number
}

export type SqliteStore = PackedStore

/** Beside the keys and the budgets. */
export function toRecordsFile(dataDir: string): string {
  return join(dataDir, 'records.db')
}

/** A gateway that is being replaced has this long to let go of its records. */
const TAKEOVER_MS = 5_000
/** Others write for milliseconds; who holds the file longer is told of. */
const BUSY_MS = 1_000
const SCAN_SLICE = 1_000

export function createSqliteStore(options: SqliteStoreOptions): SqliteStore {
  const { file, mode, takeoverMs = TAKEOVER_MS, busyMs = BUSY_MS } = options
  const writer = createFileThread({ file, mode, takeoverMs, busyMs })
  // Who only looks needs no second thread.
  const reader = mode === 'own' ? createFileThread({ file, mode: 'look', takeoverMs, busyMs }) : writer
  let closing: Promise<void> | undefined

  const askOf = async (
    thread: FileThread,
    question: Question,
    transfer?: ArrayBuffer[],
  ): Promise<unknown> => {
    if (closing !== undefined) throw new RecordStoreError('closed', `The records in ${file} were closed.`)
    return thread.ask(question, transfer)
  }
  const ask = (question: Question): Promise<unknown> => askOf(writer, question)
  let isMade = reader === writer
  const look = async (question: Question): Promise<unknown> => {
    // Before anything was written there may be no file to look into.
    if (!isMade) await ask({ ask: 'open' })
    isMade = true
    return askOf(reader, question)
  }
  const writePacked = createBatchWriter({
    count: () => ask({ ask: 'batches' }),
    write: (batch) => askOf(writer, { ask: 'write', batch }, buffersOf(batch.packed)),
  })
  const lookForRecords = async (question: Question) => {
    const { packed, next } = (await look(question)) as PackedPage
    return { records: unpack(packed), next }
  }

  return {
    open: async () => void (await ask({ ask: 'open' })),
    writePacked,
    async write({ records, contents, minutes }) {
      const packer = new RecordPacker()
      for (const stored of records) packer.add(stored)
      await writePacked({ packed: packer.take(), contents, minutes })
    },
    async page({ filter, limit, cursor }) {
      const { records, next } = await lookForRecords({ ask: 'page', filter, limit, cursor })
      return { records, cursor: next as string | undefined }
    },
    find: async (id) => (await lookForRecords({ ask: 'find', id })).records[0],
    scan: (filter) => scan(filter, lookForRecords),
    aggregate: async (query) => (await look({ ask: 'aggregate', query })) as readonly AggregateRow[],
    content: async (id) => (await look({ ask: 'content', id })) as StoredContent | undefined,
    sumMinutes: async (from, to) =>
      (await ask({ ask: 'sum', from, to })) as ReadonlyMap<string, ObjectiveSum>,
    minutes: async (query) => (await ask({ ask: 'minutes', query })) as readonly ObjectiveMinute[],
    retain: async (retention, nowMs) => (await ask({ ask: 'retain', retention, nowMs })) as Removed,
    purge: async (query) => (await ask({ ask: 'purge', query })) as number,
    bytes: async () => (await ask({ ask: 'bytes' })) as number,
    documents: {
      read: async (name) => (await ask({ ask: 'readDocument', name })) as string | undefined,
      write: async (name, text) => void (await ask({ ask: 'writeDocument', name, text })),
      remove: async (name) => (await ask({ ask: 'removeDocument', name })) as boolean,
      list: async (prefix) =>
        (await ask({ ask: 'listDocuments', prefix })) as readonly { name: string; text: string }[],
    },
    // Whoever has the file to write into is alone with it.
    election: {
      lead: async () => (await ask({ ask: 'open' }), mode === 'own'),
      resign: () => Promise.resolve(),
    },
    close: () => (closing ??= closeBoth(reader, writer)),
  }
}

async function closeBoth(reader: FileThread, writer: FileThread): Promise<void> {
  // The writer last: whoever closes a file last tidies up behind it.
  if (reader !== writer) await reader.end()
  await writer.end()
}

async function* scan(
  filter: RecordFilter,
  lookForRecords: (
    question: Question,
  ) => Promise<{ readonly records: readonly StoredRecord[]; readonly next: unknown }>,
): AsyncIterable<readonly StoredRecord[]> {
  const read = (from: number) => lookForRecords({ ask: 'slice', filter, limit: SCAN_SLICE, from })
  for await (const { records } of readAhead(read)) if (records.length > 0) yield records
}
