// The thread that reads outlines out of a file, beside whoever writes it: takes one question after the other.
import { parentPort, workerData } from 'node:worker_threads'
import { buffersOf } from '../../codec/pack.ts'
import type { PackedPage } from '../../packed-store.ts'
import { RecordFile, type Opened } from '../../sqlite/file.ts'
import { toRefusal, type Answer, type Asked } from '../../thread.ts'
import type { OutlineQuestion, OutlineThreadData } from './protocol.ts'
import { OutlineSlices } from './slices.ts'

type Asking = Exclude<OutlineQuestion, { readonly ask: 'close' }>

const { options } = workerData as OutlineThreadData
const file = new RecordFile(options)

/** Of the file that is open, and for what was asked for last. */
let prepared: { readonly opened: Opened; readonly key: string; readonly slices: OutlineSlices } | undefined

function slicesOf(opened: Opened, { wants }: Asking): OutlineSlices {
  const key = JSON.stringify(wants)
  if (prepared?.opened !== opened || prepared.key !== key)
    prepared = { opened, key, slices: new OutlineSlices(opened, wants) }
  return prepared.slices
}

function read(slices: OutlineSlices, question: Asking): PackedPage {
  return question.ask === 'slice' ? slices.read(question) : slices.latest(question)
}

function answer({ id, question }: Asked<OutlineQuestion>): void {
  let said: Answer
  let buffers: ArrayBuffer[] = []
  try {
    if (question.ask === 'close') {
      file.close()
      said = { id }
    } else {
      const page = file.use((opened) => read(slicesOf(opened, question), question))
      said = { id, value: page }
      buffers = buffersOf(page.packed)
    }
  } catch (thrown) {
    said = { id, refusal: toRefusal(file.failed(thrown)) }
  }
  parentPort?.postMessage(said, buffers)
}

parentPort?.on('message', answer)
