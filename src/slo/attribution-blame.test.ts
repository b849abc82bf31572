import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createManualClock } from '../core/clock.ts'
import { createAttributeLast, type BlameFilter } from './attribution-blame.ts'
import type { ExplainedOutline } from '../core/outline.ts'
import { toFailed, toStream, type Told } from './fixtures/slow-record.ts'
import type { Counted, Indicator } from './objective.ts'

const HOUR_MS = 3_600_000
const NOW_MS = 1_700_000_000_000
const SLOW: Indicator = { kind: 'duration', thresholdMs: 2_000 }

function toObjective(indicator: Indicator, backend?: string): Counted {
  return {
    name: 'o',
    scope: { model: undefined, route: undefined, tenant: undefined, backend },
    indicator,
    excludeCold: false,
  }
}

/** As the record store answers: latest first, all conditions together. */
function createStore(records: readonly ExplainedOutline[]) {
  const queries: { filter: BlameFilter; limit: number }[] = []
  const latestFirst = records.toSorted((a, b) => b.record.startedAtMs - a.record.startedAtMs)
  return {
    queries,
    page(query: { filter: BlameFilter; limit: number }) {
      queries.push(query)
      const { sinceMs, untilMs, backend, slowerThanMs = 0, outcome } = query.filter
      const found = latestFirst.filter(
        ({ record }) =>
          record.startedAtMs >= sinceMs &&
          record.startedAtMs < untilMs &&
          record.durationMs > slowerThanMs &&
          (outcome === undefined || record.outcome === outcome) &&
          (backend === undefined || record.backend === backend),
      )
      return Promise.resolve({ records: found.slice(0, query.limit) })
    },
  }
}

let count = 0

function each(agoMs: number, told: Told = {}): ExplainedOutline {
  count += 1
  return { record: toStream({ ...told, id: `r${count}`, startedAtMs: NOW_MS - agoMs }), verdict: undefined }
}

const attributeLast = (store: ReturnType<typeof createStore>) =>
  createAttributeLast({ clock: createManualClock(NOW_MS), page: (query) => store.page(query) })

test('little traffic is read whole, and only that of the time in question', async () => {
  const records = Array.from({ length: 100 }, (_, at) => each((at + 1) * 30_000))
  for (let at = 0; at < 10; at += 1) records.push(each(at * 60_000 + 1, { phases: { queue: 5_000 } }))
  for (let at = 0; at < 50; at += 1) records.push(each(2 * HOUR_MS + at, { phases: { load: 9_000 } }))
  const { events, badEvents, slices } = await attributeLast(createStore(records))(toObjective(SLOW), 60)
  assert.deepEqual([events, badEvents, slices[0]?.phase], [110, 10, 'queue'])
})

test('much traffic is sampled over all of the time, and rare bad events are looked for, each once', async () => {
  const records = Array.from({ length: 60_000 }, (_, at) => each(1 + at * 60))
  for (let at = 0; at < 30; at += 1) records.push(each(at * 120_000 + 1, { phases: { load: 9_000 } }))
  const store = createStore(records)
  const { events, badEvents, slices } = await attributeLast(store)(toObjective(SLOW), 60)
  assert.deepEqual([badEvents, slices[0]?.phase], [30, 'load'])
  assert.ok(events < 12_500, `${events} were read`)
  assert.ok(store.queries.length < 50 && store.queries.every(({ limit }) => limit <= 500))
})

test('failures are looked for by their outcome, and the scope is left to the store', async () => {
  const records = Array.from({ length: 40 }, (_, at) => each(at * 1_000 + 1))
  const failed = toFailed({
    code: 'backend_unreachable',
    backend: 'gpu-2',
    id: 'f',
    startedAtMs: NOW_MS - 1_000,
  })
  const store = createStore([...records, { record: failed, verdict: undefined }])
  const everywhere = await attributeLast(store)(toObjective({ kind: 'availability' }), 60)
  assert.deepEqual([everywhere.badEvents, everywhere.slices[0]?.backend], [1, 'gpu-2'])
  const elsewhere = await attributeLast(store)(toObjective({ kind: 'availability' }, 'gpu-1'), 60)
  assert.deepEqual([elsewhere.events, elsewhere.badEvents, elsewhere.slices], [40, 0, []])
  await attributeLast(store)(toObjective({ kind: 'availability' }, 'gpu-*'), 60)
  assert.equal(store.queries.at(-1)?.filter.backend, undefined)
  store.queries.splice(-72)
  assert.ok(store.queries.slice(-10).every(({ filter }) => filter.backend === 'gpu-1'))
})

test('a store that does not answer is no attribution', async () => {
  const page = () => Promise.reject(new Error('locked'))
  const attribute = createAttributeLast({ clock: createManualClock(NOW_MS), page })
  await assert.rejects(attribute(toObjective(SLOW), 60), /locked/)
})
