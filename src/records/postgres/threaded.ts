// The record store in PostgreSQL as a gateway has it: in a thread of its own.
import { Worker } from 'node:worker_threads'
import { RecordPacker, buffersOf } from '../codec/pack.ts'
import type { StorePlace } from '../config.ts'
import type { PackedStore } from '../packed-store.ts'
import { RecordStoreError } from '../store.ts'
import { StoreThread } from '../thread.ts'
import type { Calls, Question, Result, ThreadData } from './protocol.ts'
import { scanBy } from './reading.ts'

/** Compiled, it is JavaScript beside us. */
const ENTRY = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url)

type PostgresPlace = Extract<StorePlace, { kind: 'postgres' }>

/** Opens nothing yet. */
export function createPostgresStore(place: PostgresPlace): PackedStore {
  const thread = startedLater(place)
  let closing: Promise<void> | undefined
  const ask = async <Name extends keyof Calls>(
    name: Name,
    args: Parameters<Calls[Name]>,
    transfer: readonly ArrayBuffer[] = [],
  ): Promise<Result<Name>> => {
    if (closing !== undefined) {
      throw new RecordStoreError('closed', `the record store at ${place.shown} was closed`)
    }
    // The thread answers with what the call of this name gives.
    return (await thread.ask({ name, args }, transfer)) as Result<Name>
  }
  const writePacked: PackedStore['writePacked'] = (batch) =>
    ask('writePacked', [batch], buffersOf(batch.packed))
  return {
    open: () => ask('open', []),
    writePacked,
    write({ records, contents, minutes }) {
      const packer = new RecordPacker()
      for (const stored of records) packer.add(stored)
      return writePacked({ packed: packer.take(), contents, minutes })
    },
    page: (query) => ask('page', [query]),
    find: (id) => ask('find', [id]),
    scan: (filter) => scanBy((from) => ask('slice', [filter, from])),
    aggregate: (query) => ask('aggregate', [query]),
    content: (id) => ask('content', [id]),
    sumMinutes: (from, to) => ask('sumMinutes', [from, to]),
    minutes: (query) => ask('minutes', [query]),
    retain: (retention, nowMs) => ask('retain', [retention, nowMs]),
    purge: (query) => ask('purge', [query]),
    bytes: () => ask('bytes', []),
    documents: {
      read: (name) => ask('readDocument', [name]),
      write: (name, text) => ask('writeDocument', [name, text]),
      remove: (name) => ask('removeDocument', [name]),
      list: (prefix) => ask('listDocuments', [prefix]),
    },
    election: { lead: () => ask('lead', []), resign: () => ask('resign', []) },
    close: () => (closing ??= thread.end()),
  }
}

function startedLater({ secret, shown }: PostgresPlace): StoreThread<Question> {
  return new StoreThread<Question>({
    start() {
      const workerData: ThreadData = { url: secret.reveal(), shown }
      return new Worker(ENTRY, { name: 'records', workerData })
    },
    closing: { name: 'close', args: [] },
    lost: `the thread of the record store at ${shown} ended: it is started again`,
  })
}
