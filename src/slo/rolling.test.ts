import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createMemoryStore, sumRows } from './fixtures/store.ts'
import { createRolling } from './rolling.ts'

const DAY = 1_440
const END = 28_000_003

const row = (minute: number, total = 1, objective = 'chat') => ({
  ...{ objective, minute, total },
  good: 0,
  excluded: 0,
})

test('windows that move by a minute at a time are what a plain sum would be, however they are cut', async () => {
  const minutes = fc.array(fc.integer({ min: END - 31 * DAY, max: END + 200 }), { maxLength: 60 })
  const windows = fc.uniqueArray(fc.integer({ min: 1, max: 30 * DAY }), { minLength: 1, maxLength: 6 })
  const steps = fc.array(fc.integer({ min: 0, max: 70 }), { maxLength: 6 })
  await fc.assert(
    fc.asyncProperty(minutes, windows, steps, async (events, lengths, moves) => {
      const store = createMemoryStore()
      store.write(events.map((minute) => row(minute)))
      const rolling = createRolling(store)
      let end = END
      for (const move of [0, ...moves]) {
        end += move
        const sums = await rolling.sumsTo(
          end,
          lengths.map((length) => end - length),
        )
        for (const length of lengths) {
          const plain = sumRows(store.rows, end - length, end).get('chat')?.total ?? 0
          assert.equal(sums.get(end - length)?.get('chat')?.total ?? 0, plain, `${length} to ${end}`)
        }
      }
    }),
    { numRuns: 60 },
  )
})

test('what is new counts at once, what is long past is asked for once in a while', async () => {
  const store = createMemoryStore()
  const rolling = createRolling(store)
  const lengths = [5, 60, 360, DAY, 3 * DAY, 30 * DAY]
  const read = async (end: number) =>
    (
      await rolling.sumsTo(
        end,
        lengths.map((length) => end - length),
      )
    )
      .get(end - 30 * DAY)
      ?.get('chat')?.total
  assert.equal(await read(END), undefined)
  const first = store.asked
  store.write([row(END - 1), row(END - 359), row(END - 20 * DAY)])
  store.asked = 0
  assert.equal(await read(END), 2)
  assert.ok(store.asked < first)
  // Written late, for a minute that was thought to be settled.
  assert.equal(await read(END + 10), 3)
})

test('a clock that goes back does not keep what was asked for later', async () => {
  const store = createMemoryStore()
  const rolling = createRolling(store)
  const read = async (end: number) =>
    (await rolling.sumsTo(end, [end - 30 * DAY])).get(end - 30 * DAY)?.get('chat')?.total
  await read(END + 5)
  store.write([row(END - 10 * DAY)])
  assert.equal(await read(END), 1)
})

test('fifty objectives and all their windows are a handful of questions', async () => {
  const store = createMemoryStore()
  const rolling = createRolling(store)
  const lengths = [5, 30, 60, 120, 360, DAY, 3 * DAY, 7 * DAY, 28 * DAY, 30 * DAY]
  await rolling.sumsTo(
    END,
    lengths.map((length) => END - length),
  )
  store.asked = 0
  await rolling.sumsTo(
    END + 1,
    lengths.map((length) => END + 1 - length),
  )
  assert.ok(store.asked <= 15, String(store.asked))
})
