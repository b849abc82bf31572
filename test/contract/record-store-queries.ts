// Contract of record stores: pages, scans and aggregates, held against the oracle on a population with every kind of record.
import assert from 'node:assert/strict'
import { toStored } from '../../src/records/fixtures/record.ts'
import { GROUPS, MEASURES } from '../../src/records/store.ts'
import type { RecordFilter, RecordStore, StoredRecord } from '../../src/records/store.ts'
import { aggregated, assertSameRows, matches } from './record-store-oracle.ts'
import { HOUR_MS, scanAll, START_MS, toBatch, type StoreCase } from './record-store-stage.ts'

const MODELS = [
  'qwen3:4b',
  'qwen3:32b',
  'Qwen3:4b',
  'llama_3',
  'llamaX3',
  '50%',
  '50a',
  'a?c',
  'abc',
  '[ab]',
  '堰',
]
const OUTCOMES = [
  'ok',
  'ok',
  'ok',
  'caller_error',
  'rejected',
  'backend_error',
  'gateway_error',
  'abandoned',
] as const
const STATUSES = [200, 200, 200, 400, 429, 502, 500, 499]
const CAUSES = ['load', 'queue', 'nothing'] as const

/** Three records a millisecond now and then, four hours, not in the order of time. */
function populate(count: number): StoredRecord[] {
  return Array.from({ length: count }, (_, at) => {
    const kind = (at * 7) % OUTCOMES.length
    const cause = CAUSES[at % 4]
    return toStored(
      {
        id: `r${at}`,
        startedAtMs: START_MS + Math.floor(((at * 577) % count) / 3) * Math.ceil((12 * HOUR_MS) / count),
        durationMs: ((at * 7_919) % 4_001) + 0.25,
        modelAsked: at % 9 === 0 ? undefined : MODELS[(at * 3) % MODELS.length],
        modelRouted: at % 5 === 0 ? undefined : MODELS[at % MODELS.length],
        backend: at % 6 === 0 ? undefined : `backend-${at % 3}`,
        key: at % 10 === 0 ? undefined : `key-${at % 7}`,
        tenant: at % 10 < 5 ? undefined : `tenant-${at % 4}`,
        endpoint: at % 8 === 0 ? 'other' : '/v1/chat/completions',
        outcome: OUTCOMES[kind] ?? 'ok',
        status: STATUSES[kind] ?? 200,
        firstTokenMs: at % 3 === 0 ? undefined : (at * 31) % 997,
        usage: {
          promptTokens: at,
          outputTokens: at % 4 === 0 ? undefined : at % 12,
          ...{ cachedTokens: undefined, reasoningTokens: undefined },
        },
      },
      cause && { cause, shareRatio: 0.5, text: `${cause} 50 %` },
    )
  })
}

const FILTERS: readonly RecordFilter[] = [
  {},
  { sinceMs: START_MS + HOUR_MS },
  { untilMs: START_MS + HOUR_MS },
  { sinceMs: START_MS + HOUR_MS, untilMs: START_MS + 2 * HOUR_MS },
  { sinceMs: START_MS + 100 * HOUR_MS },
  { status: { from: 500, to: 599 } },
  { status: { from: 429, to: 429 } },
  { slowerThanMs: 3_000 },
  { slowerThanMs: 3_000.25 },
  ...MODELS.map((model) => ({ model })),
  ...['*', 'qwen3*', '*4b', '*3*b', 'l*_*', '*%', 'a?*', '[*', '*堰', 'nobody*', 'nobody', ''].map(
    (model) => ({ model }),
  ),
  { backend: 'backend-1' },
  { key: 'key-3' },
  { key: 'nobody' },
  { tenant: 'tenant-2' },
  ...OUTCOMES.map((outcome) => ({ outcome })),
  { endpoint: 'other' },
  { model: 'qwen*', backend: 'backend-2', status: { from: 200, to: 299 }, sinceMs: START_MS },
  { tenant: 'tenant-1', outcome: 'ok', slowerThanMs: 1_000, untilMs: START_MS + 3 * HOUR_MS },
]

const idsOf = (records: readonly StoredRecord[]): string[] => records.map(({ record }) => record.id)

async function pageAll(store: RecordStore, filter: RecordFilter, limit: number): Promise<StoredRecord[]> {
  const found: StoredRecord[] = []
  let cursor: string | undefined
  do {
    const page = await store.page({ filter, limit, cursor })
    assert.ok(page.records.length <= limit)
    if (page.cursor !== undefined) assert.equal(page.records.length, limit, 'only the last page is not full')
    found.push(...page.records)
    cursor = page.cursor
  } while (cursor !== undefined)
  return found
}

function assertTimes(records: readonly StoredRecord[], direction: 1 | -1): void {
  for (const [at, { record }] of records.slice(1).entries()) {
    const before = records[at]?.record.startedAtMs ?? Number.NaN
    assert.ok((record.startedAtMs - before) * direction >= 0, `at ${at}`)
  }
}

async function writeAll(store: RecordStore, records: readonly StoredRecord[]): Promise<void> {
  for (let at = 0; at < records.length; at += 100) await store.write(toBatch(records.slice(at, at + 100)))
}

export const QUERY_CASES: Readonly<Record<string, StoreCase>> = {
  'every filter finds exactly what fits, page by page and slice by slice': async ({ store }) => {
    const all = populate(330)
    await writeAll(store, all)
    for (const filter of FILTERS) {
      const expected = idsOf(all.filter((stored) => matches(filter, stored))).toSorted()
      const what = JSON.stringify(filter)
      const paged = await pageAll(store, filter, 17)
      assertTimes(paged, -1)
      assert.deepEqual(idsOf(paged).toSorted(), expected, what)
      const scanned = await scanAll(store, filter)
      assertTimes(scanned, 1)
      assert.deepEqual(idsOf(scanned).toSorted(), expected, what)
    }
  },
  'a page that ends with the last record is the last one': async ({ store }) => {
    await writeAll(store, populate(20))
    const page = await store.page({ filter: {}, limit: 20 })
    assert.deepEqual([page.records.length, page.cursor], [20, undefined])
    assert.deepEqual(await store.page({ filter: { key: 'nobody' }, limit: 5 }), {
      records: [],
      cursor: undefined,
    })
  },
  'records that come between two pages push nothing out and come in nowhere twice': async ({ store }) => {
    const all = populate(60)
    await writeAll(store, all)
    const first = await store.page({ filter: {}, limit: 25 })
    await store.write(toBatch([toStored({ id: 'new', startedAtMs: START_MS + 1_000 * HOUR_MS })]))
    const second = await store.page({ filter: {}, limit: 100, cursor: first.cursor })
    assert.deepEqual(idsOf([...first.records, ...second.records]).toSorted(), idsOf(all).toSorted())
  },
  'a cursor that nobody gave is refused': async ({ store }) => {
    for (const cursor of ['', 'x', '1e3', '-1', "1' OR 1"])
      await assert.rejects(store.page({ filter: {}, limit: 5, cursor }), { name: 'RecordStoreError' })
  },
  'quantiles, counts and sums are exact, by every group and measure': async ({ store }) => {
    const all = populate(330)
    await writeAll(store, all)
    const quantiles = [0, 0.01, 0.5, 0.95, 0.99, 0.999, 1]
    for (const measure of MEASURES) {
      for (const by of [
        [],
        ...GROUPS.map((group) => [group]),
        ['model', 'backend'],
        ['hour', 'cause', 'tenant'],
      ]) {
        const query = { filter: {}, measure, quantiles, by: by as (typeof GROUPS)[number][] }
        assertSameRows(await store.aggregate(query), aggregated(all, query))
      }
    }
    for (const filter of FILTERS) {
      const query = { filter, measure: 'duration', quantiles: [0.5, 0.9], by: ['model'] } as const
      assertSameRows(await store.aggregate(query), aggregated(all, query))
    }
  },
  'where no record has the measure there is no row': async ({ store }) => {
    const query = { filter: {}, measure: 'firstToken', quantiles: [0.95], by: [] } as const
    assert.deepEqual(await store.aggregate(query), [])
    await store.write(toBatch([toStored({ firstTokenMs: undefined })]))
    assert.deepEqual(await store.aggregate(query), [])
    await store.write(toBatch([toStored({ firstTokenMs: 7.5 })]))
    assert.deepEqual(await store.aggregate(query), [{ group: {}, count: 1, sumMs: 7.5, quantilesMs: [7.5] }])
    assert.deepEqual(await store.aggregate({ ...query, quantiles: [] }), [
      { group: {}, count: 1, sumMs: 7.5, quantilesMs: [] },
    ])
  },
}
