import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RefusedBatch, type PackedBatch } from '../packed-store.ts'
import { RecordStoreError } from '../store.ts'
import { createBatchWriter } from './batches.ts'

const BATCH: PackedBatch = {
  packed: { count: 0, numbers: new Float64Array(0), refs: new Uint32Array(0), words: [], text: '' },
  contents: [],
  minutes: [],
}
const ENDED = new RecordStoreError('other', 'the thread ended')

type Fate = 'kept' | 'kept, not answered' | 'lost' | 'refused'

/** A file that had some batches before, and what becomes of those that come now. */
function stage(...fates: readonly Fate[]) {
  const left = [...fates]
  const file = { batches: 7, isLocked: false }
  const write = createBatchWriter({
    async count() {
      if (file.isLocked) throw new RecordStoreError('locked', 'locked')
      return file.batches
    },
    async write({ packed }) {
      const fate = left.shift() ?? 'kept'
      if (fate === 'refused') throw new RefusedBatch(new RecordStoreError('full', 'full'), packed)
      if (fate !== 'lost') file.batches += 1
      if (fate !== 'kept') throw ENDED
      return file.batches
    },
  })
  return { file, write: () => write(BATCH) }
}

test('a batch that was kept by a thread that ended before it answered is written', async () => {
  const { write } = stage('kept, not answered', 'kept', 'kept, not answered', 'kept, not answered')
  for (let batch = 0; batch < 4; batch += 1) await write()
})

test('a batch that a thread took with it is lost, whatever was kept before', async () => {
  const { write } = stage('lost', 'kept', 'kept, not answered', 'lost', 'kept')
  await assert.rejects(write(), ENDED)
  await write()
  await write()
  await assert.rejects(write(), ENDED)
  await write()
})

test('where the file cannot tell either it counts as lost, and the next one begins anew', async () => {
  const { file, write } = stage('kept', 'kept, not answered', 'kept')
  await write()
  file.isLocked = true
  await assert.rejects(write(), ENDED)
  file.isLocked = false
  await write()
})

test('what is refused comes back, also when the file could not be asked before', async () => {
  const { file, write } = stage('refused')
  file.isLocked = true
  await assert.rejects(write(), (thrown) => thrown instanceof RefusedBatch && thrown.reason === 'locked')
  file.isLocked = false
  await assert.rejects(write(), (thrown) => thrown instanceof RefusedBatch && thrown.reason === 'full')
})
