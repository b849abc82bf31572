// Contract of record stores: what is counted per objective adds up over minutes, batches and gateways, and stays whole.
import assert from 'node:assert/strict'
import type { ObjectiveMinute } from '../../src/core/minutes.ts'
import type { RecordStore, Retention } from '../../src/records/store.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS, NOTHING, START_MS, type StoreCase } from './record-store-stage.ts'

const START_MINUTE = START_MS / MINUTE_MS
const KEPT: Retention = {
  recordsMs: DAY_MS,
  minutesMs: 35 * DAY_MS,
  hoursMs: 400 * DAY_MS,
  maxBytes: undefined,
}

function toMinute(
  objective: string,
  offset: number,
  counts: readonly [number, number, number],
): ObjectiveMinute {
  const [good, total, excluded] = counts
  return { objective, minute: START_MINUTE + offset, good, total, excluded }
}

const count = (store: RecordStore, ...minutes: readonly ObjectiveMinute[]): Promise<void> =>
  store.write({ ...NOTHING, minutes })

const sumOf = (store: RecordStore, from: number, to: number) =>
  store.sumMinutes(START_MINUTE + from, START_MINUTE + to)

/** One good of two in each of so many minutes from the start. */
const steady = (minutes: number, objective = 'steady'): ObjectiveMinute[] =>
  Array.from({ length: minutes }, (_, at) => toMinute(objective, at, [1, 2, 0]))

export const COUNT_CASES: Readonly<Record<string, StoreCase>> = {
  'counts of one minute add up, within a batch and over batches': async ({ store }) => {
    await count(
      store,
      toMinute('a', 0, [1, 2, 3]),
      toMinute('a', 0, [10, 20, 30]),
      toMinute('b', 0, [5, 5, 0]),
    )
    await count(store, toMinute('a', 0, [100, 200, 300]), toMinute('a', 1, [0, 1, 0]))
    const sums = await sumOf(store, 0, 60)
    assert.deepEqual(sums.get('a'), { good: 111, total: 223, excluded: 333, minutes: 2 })
    assert.deepEqual(sums.get('b'), { good: 5, total: 5, excluded: 0, minutes: 1 })
    assert.deepEqual([...sums.keys()].toSorted(), ['a', 'b'])
  },
  'a window begins with its first minute and ends before its last': async ({ store }) => {
    await count(store, ...steady(200))
    for (const [from, to] of [
      [0, 200],
      [0, 1],
      [1, 2],
      [59, 61],
      [60, 120],
      [61, 119],
      [30, 150],
      [7, 193],
      [-90, 500],
    ] as const) {
      const minutes = Math.min(to, 200) - Math.max(from, 0)
      const expected = { good: minutes, total: 2 * minutes, excluded: 0, minutes }
      assert.deepEqual((await sumOf(store, from, to)).get('steady'), expected, `${from} to ${to}`)
    }
    for (const [from, to] of [
      [200, 300],
      [-60, 0],
      [10, 10],
      [20, 10],
    ] as const)
      assert.equal((await sumOf(store, from, to)).size, 0, `${from} to ${to}`)
  },
  'rows come by minute and by hour, in order, of one objective': async ({ store }) => {
    await count(store, toMinute('a', 61, [3, 4, 5]), toMinute('a', 2, [1, 1, 0]), toMinute('b', 3, [9, 9, 9]))
    await count(store, toMinute('a', 1, [0, 2, 1]))
    const query = { objective: 'a', fromMinute: START_MINUTE, toMinute: START_MINUTE + 120 } as const
    assert.deepEqual(await store.minutes({ ...query, step: 'minute' }), [
      toMinute('a', 1, [0, 2, 1]),
      toMinute('a', 2, [1, 1, 0]),
      toMinute('a', 61, [3, 4, 5]),
    ])
    assert.deepEqual(await store.minutes({ ...query, step: 'hour' }), [
      toMinute('a', 0, [1, 3, 1]),
      toMinute('a', 60, [3, 4, 5]),
    ])
    assert.deepEqual(await store.minutes({ ...query, toMinute: START_MINUTE + 61, step: 'minute' }), [
      toMinute('a', 1, [0, 2, 1]),
      toMinute('a', 2, [1, 1, 0]),
    ])
    assert.deepEqual(await store.minutes({ ...query, objective: 'c', step: 'hour' }), [])
  },
  'minutes go when they are old, and hours stand in for them': async ({ store }) => {
    await count(store, ...steady(10 * 60))
    const nowMs = START_MS + 35 * DAY_MS + 5 * HOUR_MS
    assert.deepEqual(await store.retain(KEPT, nowMs), { records: 0, minutes: 5 * 60, hours: 0 })
    const whole = { good: 600, total: 1_200, excluded: 0, minutes: 600 }
    assert.deepEqual((await sumOf(store, 0, 600)).get('steady'), whole)
    // The hour that began before the window is left out, the one that begins in it counts whole.
    assert.equal((await sumOf(store, 30, 600)).get('steady')?.minutes, 540)
    assert.equal((await sumOf(store, 0, 90)).get('steady')?.minutes, 120)
    assert.equal(
      (await sumOf(store, 330, 600)).get('steady')?.minutes,
      270,
      'minutes that are there are exact',
    )
    const rows = { objective: 'steady', fromMinute: START_MINUTE, toMinute: START_MINUTE + 600 }
    assert.equal((await store.minutes({ ...rows, step: 'minute' })).length, 300)
    assert.equal((await store.minutes({ ...rows, step: 'hour' })).length, 10)
  },
  'an hour keeps its minutes until the last of them is too old': async ({ store }) => {
    await count(store, ...steady(120))
    const { minutes } = await store.retain(KEPT, START_MS + 35 * DAY_MS + HOUR_MS - 1)
    assert.equal(minutes, 0)
    assert.equal((await store.retain(KEPT, START_MS + 35 * DAY_MS + HOUR_MS)).minutes, 60)
  },
  'hours go when they are old, and nothing is left of them': async ({ store }) => {
    await count(store, ...steady(300))
    const removed = await store.retain(KEPT, START_MS + 400 * DAY_MS + 2 * HOUR_MS)
    assert.deepEqual(removed, { records: 0, minutes: 300, hours: 2 })
    assert.equal((await sumOf(store, 0, 300)).get('steady')?.minutes, 180)
  },
  'what is counted late for minutes that are gone still counts in its hour': async ({ store }) => {
    await count(store, ...steady(60))
    await store.retain(KEPT, START_MS + 36 * DAY_MS)
    await count(store, toMinute('steady', 30, [5, 6, 7]))
    const sum = (await sumOf(store, 0, 60)).get('steady')
    assert.deepEqual([sum?.good, sum?.total, sum?.excluded], [65, 126, 7])
  },
  'counts as large as a year of traffic stay exact': async ({ store }) => {
    const most = 2 ** 50
    await count(store, toMinute('a', 0, [most, most + 1, 1]))
    await count(store, toMinute('a', 0, [1, 1, 1]))
    assert.deepEqual((await sumOf(store, 0, 1)).get('a'), {
      good: most + 1,
      total: most + 2,
      excluded: 2,
      minutes: 1,
    })
  },
}
