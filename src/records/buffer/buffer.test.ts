import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createManualClock } from '../../core/clock.ts'
import type { RawContent } from '../../core/content.ts'
import type { MinuteSource, ObjectiveMinute } from '../../core/minutes.ts'
import type { RequestRecord } from '../../core/record.ts'
import { unpack } from '../codec/unpack.ts'
import { toRecord } from '../fixtures/record.ts'
import { RefusedBatch, type PackedBatch } from '../packed-store.ts'
import { RecordStoreError, type StoreFailure, type StoredContent } from '../store.ts'
import { createRecordBuffer, type BufferOptions, type RecordBuffer } from './buffer.ts'

const DELAY_MS = 250
const RETRY_MS = 1_000

/** Lets everything that can happen without time happen. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 8; turn += 1) await new Promise((resolve) => void setImmediate(resolve))
}

interface Written {
  readonly ids: readonly string[]
  readonly contents: readonly string[]
  readonly minutes: readonly ObjectiveMinute[]
}

/** A store that refuses while it is told to, or does not answer at all. */
function createStore() {
  const written: Written[] = []
  const held: (() => void)[] = []
  const store = {
    written,
    refusal: undefined as StoreFailure | undefined,
    /** Loses the batch with the refusal, as a thread that dies does. */
    losesBatch: false,
    isHanging: false,
    attempts: 0,
    async writePacked({ packed, contents, minutes }: PackedBatch): Promise<void> {
      store.attempts += 1
      if (store.isHanging) await new Promise<void>((resolve) => void held.push(resolve))
      const { refusal } = store
      if (refusal !== undefined) {
        const error = new RecordStoreError(refusal, `refused: ${refusal}`)
        throw store.losesBatch ? error : new RefusedBatch(error, packed)
      }
      const ids = unpack(packed).map(({ record }) => record.id)
      written.push({ ids, contents: contents.map(({ requestId }) => requestId), minutes })
    },
    release() {
      store.isHanging = false
      for (const resolve of held.splice(0)) resolve()
    },
    ids: () => written.flatMap(({ ids }) => ids),
  }
  return store
}

/** Counts one objective, each record once; what is taken and not settled is noticed. */
function createCounter() {
  let counted = 0
  let taken: readonly ObjectiveMinute[] | undefined
  const source: MinuteSource & { readonly kept: () => number; isBusy: boolean } = {
    isBusy: false,
    kept: () => counted,
    count: () => void (counted += 1),
    beat: () => assert.fail('whoever writes does not beat'),
    takeMinutes() {
      assert.equal(taken, undefined, 'what was taken before is settled first')
      if (counted === 0 || source.isBusy) return (taken = [])
      taken = [{ objective: 'all', minute: 1, good: counted, total: counted, excluded: 0 }]
      counted = 0
      return taken
    },
    noteWritten(minutes) {
      assert.equal(minutes, taken)
      taken = undefined
    },
    giveBack(minutes) {
      assert.equal(minutes, taken)
      taken = undefined
      for (const { total } of minutes) counted += total
    },
  }
  return source
}

function createStage(given: Partial<BufferOptions> = {}) {
  const clock = createManualClock()
  const store = createStore()
  const dropped = new Map<string, number>()
  const told: string[] = []
  const buffer = createRecordBuffer({
    ...{ clock, store },
    onDropped: (reason, count) => void dropped.set(reason, (dropped.get(reason) ?? 0) + count),
    onTrouble: ({ reason }) => void told.push(reason),
    onRecovered: (lost) => void told.push(`recovered, ${lost} lost`),
    onBroken: (error) => void told.push((error as Error).message),
    ...given,
  })
  const pass = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += DELAY_MS) {
      clock.advance(Math.min(DELAY_MS, ms - passed))
      await settle()
    }
  }
  return { clock, store, dropped, told, buffer, pass }
}

let made = 0
function accept(buffer: RecordBuffer, count: number): string[] {
  return Array.from({ length: count }, () => {
    made += 1
    const id = `r${made}`
    buffer.sink.accept(toRecord({ id }))
    return id
  })
}

function toRaw(requestId: string, prompt = 'x'): RawContent {
  const bytes = Buffer.from(prompt)
  return {
    ...{ requestId, prompt: bytes, promptCut: false, answer: bytes, answerCut: false },
    answerOmitted: undefined,
  }
}

const redact = ({ requestId, prompt }: RawContent): StoredContent => ({
  ...{ requestId, prompt: `[${prompt.length}]`, answer: '', isCut: false },
})

test('records are written a moment later, together and in their order', async () => {
  const { buffer, store, pass } = createStage()
  const ids = accept(buffer, 10)
  await pass(DELAY_MS - 1)
  assert.deepEqual([store.ids(), buffer.held], [[], 10])
  await pass(1)
  assert.deepEqual(
    store.written.map((batch) => batch.ids),
    [ids],
  )
  assert.equal(buffer.held, 0)
})

test('many records are written before their time, and not one twice', async () => {
  const { buffer, store } = createStage()
  const ids: string[] = []
  for (let turn = 0; turn < 40; turn += 1) {
    ids.push(...accept(buffer, 64))
    await settle()
  }
  assert.deepEqual(store.ids(), ids.slice(0, store.ids().length))
  assert.ok(store.ids().length >= 2_048 && store.written.length <= 3, `${store.written.length} batches`)
})

test('an idle gateway has no timer', async () => {
  const { buffer, clock, pass, store } = createStage()
  accept(buffer, 1)
  await pass(4 * DELAY_MS)
  const { attempts } = store
  let timers = 0
  const after = clock.after.bind(clock)
  clock.after = (...args) => ((timers += 1), after(...args))
  await pass(100 * DELAY_MS)
  assert.deepEqual([timers, store.attempts], [0, attempts])
})

test('what is refused is tried again after a while, first what came first, and told once', async () => {
  const { buffer, store, told, dropped, pass } = createStage()
  store.refusal = 'locked'
  const ids = accept(buffer, 5)
  await pass(DELAY_MS)
  for (let second = 0; second < 30; second += 1) {
    ids.push(...accept(buffer, 3))
    await pass(RETRY_MS)
  }
  assert.ok(store.attempts >= 25 && store.attempts <= 31, `${store.attempts} attempts`)
  assert.deepEqual([store.ids(), buffer.held, told], [[], ids.length, ['locked']])
  store.refusal = undefined
  await pass(RETRY_MS)
  assert.deepEqual(store.ids(), ids)
  assert.deepEqual(told, ['locked', 'recovered, 0 lost'])
  assert.equal(dropped.size, 0)
})

test('trouble that comes again is told again', async () => {
  const { buffer, store, told, pass } = createStage()
  for (const refusal of ['full', 'locked'] as const) {
    store.refusal = refusal
    accept(buffer, 1)
    await pass(DELAY_MS)
    store.refusal = undefined
    await pass(2 * RETRY_MS)
  }
  assert.deepEqual(told, ['full', 'recovered, 0 lost', 'locked', 'recovered, 0 lost'])
})

test('what finds no room is dropped, the oldest first, and counted to the record', async () => {
  const { buffer, store, told, dropped, pass } = createStage({ limits: { records: 5_000 } })
  store.refusal = 'full'
  const ids: string[] = []
  for (let turn = 0; turn < 120; turn += 1) {
    ids.push(...accept(buffer, 100))
    await settle()
    if (turn % 10 === 9) await pass(DELAY_MS)
  }
  assert.ok(buffer.held <= 5_000 && buffer.held >= 3_500, `${buffer.held} held`)
  store.refusal = undefined
  await pass(2 * RETRY_MS)
  const lost = dropped.get('store_overflow') ?? 0
  assert.equal(store.ids().length + lost, ids.length)
  assert.deepEqual(store.ids(), ids.slice(lost))
  assert.deepEqual(told, ['full', `recovered, ${lost} lost`])
})

test('bytes are bounded as well as records', async () => {
  const { buffer, store, dropped, pass } = createStage({ limits: { bytes: 480_000 } })
  store.refusal = 'locked'
  for (let turn = 0; turn < 40; turn += 1) {
    buffer.sink.accept(toRecord({ id: `${'x'.repeat(60_000)}${turn}` }))
    await pass(DELAY_MS)
  }
  assert.ok(buffer.held <= 8 && buffer.held >= 6, `${buffer.held} held`)
  assert.equal((dropped.get('store_overflow') ?? 0) + buffer.held, 40)
})

test('what was said counts to the bytes that may wait', async () => {
  const wordy = (content: RawContent): StoredContent => ({ ...redact(content), prompt: 'x'.repeat(20_000) })
  const { buffer, store, dropped, pass } = createStage({ redact: wordy, limits: { bytes: 480_000 } })
  store.refusal = 'locked'
  for (let turn = 0; turn < 40; turn += 1) {
    const [id = ''] = accept(buffer, 1)
    buffer.contents.accept(toRaw(id))
    await pass(DELAY_MS)
  }
  assert.ok(buffer.held <= 12 && buffer.held >= 8, `${buffer.held} held`)
  store.refusal = undefined
  await pass(2 * RETRY_MS)
  assert.equal(store.ids().length + (dropped.get('store_overflow') ?? 0), 40)
  const kept = store.written.flatMap(({ contents }) => contents).length
  // The last one came after the bytes were counted.
  assert.ok(kept <= 13, `${kept} kept`)
})

test('a store that is too slow is trouble of its own', async () => {
  const { buffer, store, told, dropped, pass } = createStage({ limits: { records: 2_000 } })
  store.isHanging = true
  let count = 0
  for (; count < 6_400; count += 64) {
    accept(buffer, 64)
    await settle()
  }
  const lost = dropped.get('store_overflow') ?? 0
  assert.ok(lost > 0)
  assert.deepEqual(told, ['other'])
  store.release()
  await pass(2 * RETRY_MS)
  assert.equal(store.ids().length + lost, count)
  assert.deepEqual(told, ['other', `recovered, ${lost} lost`])
})

test('a batch that is wrong in itself, or lost with its thread, is dropped at once', async () => {
  for (const losesBatch of [false, true]) {
    const { buffer, store, told, dropped, pass } = createStage()
    store.refusal = losesBatch ? 'locked' : 'other'
    store.losesBatch = losesBatch
    accept(buffer, 7)
    await pass(DELAY_MS)
    store.refusal = undefined
    const ids = accept(buffer, 2)
    await pass(2 * RETRY_MS)
    assert.deepEqual([store.ids(), dropped.get('store_failed')], [ids, 7])
    assert.deepEqual(told.slice(1), ['recovered, 7 lost'])
  }
})

test('counts of objectives survive whatever becomes of the records', async () => {
  const counter = createCounter()
  const { buffer, store, pass } = createStage({ counter, limits: { records: 1_000 } })
  store.refusal = 'locked'
  for (let turn = 0; turn < 50; turn += 1) {
    accept(buffer, 64)
    await settle()
  }
  await pass(3 * RETRY_MS)
  store.refusal = 'other'
  await pass(2 * RETRY_MS)
  store.refusal = undefined
  accept(buffer, 1)
  await pass(2 * RETRY_MS)
  const total = store.written.flatMap(({ minutes }) => minutes).reduce((sum, minute) => sum + minute.total, 0)
  assert.equal(total, 50 * 64 + 1)
  assert.ok(store.ids().length < 1_000)
})

test('what was counted while somebody read goes a moment later, without a record', async () => {
  const counter = createCounter()
  const { buffer, store, pass } = createStage({ counter })
  counter.isBusy = true
  accept(buffer, 3)
  await pass(DELAY_MS)
  assert.deepEqual([store.ids().length, counter.kept()], [3, 3])
  counter.isBusy = false
  await pass(DELAY_MS)
  assert.equal(counter.kept(), 0)
  assert.deepEqual(
    store.written.map(({ ids, minutes }) => [ids.length, minutes.length]),
    [
      [3, 0],
      [0, 1],
    ],
  )
})

test('what was counted without any record is written when somebody says so, also while somebody reads', async () => {
  const counter = createCounter()
  const { buffer, store, pass } = createStage({ counter })
  counter.count(toRecord())
  await pass(10 * DELAY_MS)
  assert.equal(store.written.length, 0)
  counter.isBusy = true
  buffer.nudge()
  await pass(DELAY_MS)
  counter.isBusy = false
  await pass(DELAY_MS)
  assert.deepEqual(
    store.written.map(({ ids, minutes }) => [ids.length, minutes.length]),
    [[0, 1]],
  )
})

test('each record gets its verdict, asked for in the order in which they came and before it waits', async () => {
  const asked: string[] = []
  const verdictOf = ({ id }: RequestRecord) => {
    asked.push(id)
    return { cause: 'queue', shareRatio: 0.5, text: id } as const
  }
  const { buffer, store, pass } = createStage({ verdictOf })
  const ids = accept(buffer, 3)
  assert.deepEqual(asked, ids)
  await pass(DELAY_MS)
  assert.deepEqual([asked, store.ids()], [ids, ids])
})

test('who explains and fails costs no record', async () => {
  const verdictOf = (): never => {
    throw new TypeError('no idea')
  }
  const { buffer, store, told, pass } = createStage({ verdictOf })
  const ids = accept(buffer, 2)
  await pass(DELAY_MS)
  assert.deepEqual([store.ids(), told], [ids, ['no idea', 'no idea']])
})

test('what was said is redacted after the turn that brought it, and goes with its record or after it', async () => {
  const { buffer, store, pass } = createStage({ redact })
  const [one = '', two = ''] = accept(buffer, 2)
  buffer.contents.accept(toRaw(one))
  await settle()
  await pass(DELAY_MS)
  assert.deepEqual(
    store.written.map(({ ids, contents }) => [ids, contents]),
    [[[one, two], [one]]],
  )
  buffer.contents.accept(toRaw(two))
  const [three = ''] = accept(buffer, 1)
  await pass(2 * DELAY_MS)
  assert.deepEqual(
    store.written.slice(1).map(({ ids, contents }) => [ids, contents]),
    [
      [[three], []],
      [[], [two]],
    ],
  )
})

test('without redaction nothing of what was said is kept', async () => {
  const { buffer, store, pass } = createStage()
  const [one = ''] = accept(buffer, 1)
  buffer.contents.accept(toRaw(one))
  await pass(DELAY_MS)
  assert.deepEqual(
    store.written.map(({ contents }) => contents),
    [[]],
  )
})

test('what was said and cannot be redacted, or finds no room, is left out and counted', async () => {
  const broken = (content: RawContent): StoredContent => {
    if (content.prompt.length === 13) throw new TypeError('unlucky')
    return redact(content)
  }
  const { buffer, store, told, dropped, pass } = createStage({ redact: broken, limits: { bytes: 100_000 } })
  const [one = '', two = '', three = ''] = accept(buffer, 3)
  buffer.contents.accept(toRaw(one, 'x'.repeat(13)))
  buffer.contents.accept(toRaw(two, 'x'.repeat(60_000)))
  buffer.contents.accept(toRaw(three, 'x'.repeat(40_000)))
  await pass(2 * DELAY_MS)
  assert.deepEqual(
    store.written.flatMap(({ contents }) => contents),
    [three],
  )
  assert.deepEqual([dropped.get('content_dropped'), told], [2, ['unlucky']])
  assert.equal(store.ids().length, 3)
})

test('the end writes everything that is held', async () => {
  const counter = createCounter()
  const { buffer, store, dropped } = createStage({ counter, redact })
  const ids = accept(buffer, 70)
  buffer.contents.accept(toRaw(ids[0] ?? ''))
  await buffer.close()
  assert.deepEqual([store.ids(), buffer.held, counter.kept(), dropped.size], [ids, 0, 0, 0])
  assert.deepEqual(
    store.written.flatMap(({ contents }) => contents),
    [ids[0]],
  )
})

test('the end waits a bounded time for a store that refuses or hangs, and counts what it drops', async () => {
  for (const isHanging of [false, true]) {
    const { buffer, store, dropped, clock } = createStage()
    store.refusal = 'locked'
    store.isHanging = isHanging
    accept(buffer, 9)
    let isClosed = false
    const closing = buffer.close().then(() => (isClosed = true))
    for (let waited = 0; waited < 5_000 && !isClosed; waited += 50) {
      clock.advance(50)
      await settle()
    }
    await closing
    assert.equal(dropped.get('store_failed'), 9)
  }
})

test('a store that comes back during the end gets everything', async () => {
  const { buffer, store, dropped, clock } = createStage()
  store.refusal = 'locked'
  const ids = accept(buffer, 9)
  let isClosed = false
  const closing = buffer.close().then(() => (isClosed = true))
  for (let waited = 0; waited < 5_000 && !isClosed; waited += 50) {
    if (waited === 1_000) store.refusal = undefined
    clock.advance(50)
    await settle()
  }
  await closing
  assert.deepEqual([store.ids(), dropped.size], [ids, 0])
})

test('trouble that was found before the first record is told once', async () => {
  const { buffer, store, told, pass } = createStage()
  buffer.noteTrouble(new RecordStoreError('no_access', 'no'))
  store.refusal = 'no_access'
  accept(buffer, 1)
  await pass(2 * RETRY_MS)
  store.refusal = undefined
  await pass(2 * RETRY_MS)
  assert.deepEqual(told, ['no_access', 'recovered, 0 lost'])
})
