// The thread that has the file open: takes one question after the other. It knows nothing of requests or the gateway.
import { statSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import type { PackedRecords } from '../codec/layout.ts'
import { buffersOf } from '../codec/pack.ts'
import { RecordStoreError } from '../store.ts'
import { toRefusal, type Answer, type Asked } from '../thread.ts'
import { RecordFile, type Opened } from './file.ts'
import type { PackedBatch, Question, ThreadData } from './protocol.ts'
import { purge, retain, transact, type RemovalContext } from './removal.ts'

const { options } = workerData as ThreadData
const file = new RecordFile(options)

type Ask = Question['ask']
type Handlers = { readonly [Name in Ask]: (question: Extract<Question, { ask: Name }>) => unknown }

const use = <Result>(work: (opened: Opened) => Result): Result => file.use(work)

const handlers: Handlers = {
  open: () => use(() => undefined),
  write: ({ batch }) => write(batch),
  batches: () => use(({ counts }) => counts.batches()),
  find: ({ id }) => use(({ queries }) => queries.find(id)),
  content: ({ id }) => use(({ queries }) => queries.content(id)),
  page: ({ filter, limit, cursor }) => use(({ queries }) => queries.page(filter, { limit, cursor })),
  slice: ({ filter, limit, from }) => use(({ queries }) => queries.slice(filter, { limit, from })),
  aggregate: ({ query }) => use(({ queries }) => queries.aggregate(query)),
  sum: ({ from, to }) => use(({ counts }) => counts.sum(from, to)),
  minutes: ({ query }) => use(({ counts }) => counts.rows(query)),
  retain: ({ retention, nowMs }) => remove((context) => retain(context, retention, nowMs)),
  purge: ({ query }) => remove((context) => purge(context, query)),
  bytes: () => use(() => sizeOf(options.file) + sizeOf(`${options.file}-wal`)),
  readDocument: ({ name }) => use(({ documents }) => documents.read(name)),
  writeDocument: ({ name, text }) => use(({ documents }) => documents.write(name, text)),
  removeDocument: ({ name }) => use(({ documents }) => documents.remove(name)),
  listDocuments: ({ prefix }) => use(({ documents }) => documents.list(prefix)),
  close: () => file.close(),
}

/** Again if another file took the place of this one meanwhile: what was written to the old one is gone. */
function write(batch: PackedBatch): number {
  const batches = use((opened) => writeTo(opened, batch))
  return file.isInPlace() ? batches : use((opened) => writeTo(opened, batch))
}

function writeTo({ db, inserter, counts }: Opened, { packed, contents, minutes }: PackedBatch): number {
  if (inserter === undefined)
    throw new RecordStoreError('no_access', 'These records are open for reading only.')
  return transact(db, () => {
    inserter.insert(packed)
    inserter.insertContents(contents)
    counts.add(minutes)
    return counts.noteBatch()
  })
}

/** Works through slices; between two of them whatever else was asked has its turn. */
async function remove<Result>(work: (context: RemovalContext) => Promise<Result>): Promise<Result> {
  const { db, words, counts } = use((opened) => opened)
  const pause = async (): Promise<void> => {
    await new Promise<void>((resolve) => void setImmediate(resolve))
    if (!db.isOpen)
      throw new RecordStoreError('missing', `The records in ${options.file} are no longer there.`)
  }
  try {
    return await work({ db, words, counts, pause })
  } catch (thrown) {
    throw file.failed(thrown)
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}

async function answer({ id, question }: Asked<Question>): Promise<void> {
  let said: Answer
  let buffers: ArrayBuffer[] = []
  try {
    // Each handler takes the question of its own name.
    const handle = handlers[question.ask] as (question: Question) => unknown
    const value = await handle(question)
    said = { id, value }
    if (isPage(value)) buffers = buffersOf(value.packed)
  } catch (thrown) {
    const packed = question.ask === 'write' ? question.batch.packed : undefined
    said = { id, refusal: toRefusal(file.failed(thrown)), ...(packed !== undefined && { packed }) }
    if (packed !== undefined) buffers = buffersOf(packed)
  }
  parentPort?.postMessage(said, buffers)
}

function isPage(value: unknown): value is { readonly packed: PackedRecords } {
  return typeof value === 'object' && value !== null && 'packed' in value
}

parentPort?.on('message', (asked: Asked<Question>) => void answer(asked))
