// Contract of record stores: what is written comes back, and goes when it is old, too much, or asked to go.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { anyStored, toStored } from '../../src/records/fixtures/record.ts'
import type { Retention, StoredContent } from '../../src/records/store.ts'
import { DAY_MS, HOUR_MS, NOTHING, scanAll, START_MS, toBatch, type StoreCase } from './record-store-stage.ts'

const FOREVER: Retention = { recordsMs: 9e15, minutesMs: 9e15, hoursMs: 9e15, maxBytes: undefined }

function toContent(requestId: string, given: Partial<StoredContent> = {}): StoredContent {
  return { requestId, prompt: `asked by ${requestId}`, answer: '答え', isCut: false, ...given }
}

/** Records of an hour each, from the start on. */
const hourly = (count: number, given = {}) =>
  Array.from({ length: count }, (_, at) =>
    toStored({ id: `hour-${at}`, startedAtMs: START_MS + at * HOUR_MS, ...given }),
  )

export const KEEPING_CASES: Readonly<Record<string, StoreCase>> = {
  'every field of a record comes back as it was': async ({ store }) => {
    const samples = fc.sample(anyStored, { numRuns: 200, seed: 7 }).map(({ record, verdict }, at) => ({
      record: { ...record, id: `${record.id.slice(0, 36)}-${at}` },
      verdict,
    }))
    for (const [from, to] of [
      [0, 50],
      [50, 150],
      [150, 200],
    ])
      await store.write(toBatch(samples.slice(from, to)))
    for (const sample of samples) assert.deepEqual(await store.find(sample.record.id), sample)
    const scanned = await scanAll(store)
    const byId = new Map(scanned.map((stored) => [stored.record.id, stored]))
    assert.equal(scanned.length, samples.length)
    for (const sample of samples) assert.deepEqual(byId.get(sample.record.id), sample)
  },
  'records, contents, counts and documents outlive a restart': async (stage) => {
    const stored = toStored({ id: 'one' })
    const minutes = [{ objective: 'o', minute: 60, good: 1, total: 2, excluded: 3 }]
    await stage.store.write({ records: [stored], contents: [toContent('one')], minutes })
    await stage.store.documents.write('silence', 'text')
    const again = await stage.reopen()
    assert.deepEqual(await again.find('one'), stored)
    assert.deepEqual(await again.content('one'), toContent('one'))
    assert.deepEqual((await again.sumMinutes(0, 120)).get('o'), {
      good: 1,
      total: 2,
      excluded: 3,
      minutes: 1,
    })
    assert.equal(await again.documents.read('silence'), 'text')
    await again.write(toBatch([toStored({ id: 'two', startedAtMs: stored.record.startedAtMs })]))
    assert.equal((await scanAll(again)).length, 2, 'of one millisecond, before and after the restart')
  },
  'what was never written is not found': async ({ store }) => {
    await store.write(NOTHING)
    await store.write(toBatch([toStored({ id: 'one' })]))
    assert.equal(await store.find('two'), undefined)
    assert.equal(await store.find(''), undefined)
    assert.equal(await store.content('one'), undefined)
  },
  'of two records with one id the later request is found': async ({ store }) => {
    const early = toStored({ id: 'mine', startedAtMs: START_MS })
    const late = toStored({ id: 'mine', startedAtMs: START_MS + 5 })
    await store.write(toBatch([late]))
    await store.write(toBatch([early]))
    assert.deepEqual(await store.find('mine'), late)
    assert.equal((await scanAll(store)).length, 2)
  },
  'content is kept with its record, in one batch or a later one': async ({ store }) => {
    const cut = toContent('two', { prompt: '', isCut: true })
    await store.write({ ...toBatch([toStored({ id: 'one' })]), contents: [toContent('one')] })
    await store.write(toBatch([toStored({ id: 'two' })]))
    await store.write({ ...NOTHING, contents: [cut] })
    assert.deepEqual(await store.content('one'), toContent('one'))
    assert.deepEqual(await store.content('two'), cut)
  },
  'content without a record is left out, and the rest of its batch is kept': async ({ store }) => {
    await store.write({
      ...toBatch([toStored({ id: 'one' })]),
      contents: [toContent('gone'), toContent('one')],
    })
    assert.equal(await store.content('gone'), undefined)
    assert.deepEqual(await store.content('one'), toContent('one'))
    await store.write(toBatch([toStored({ id: 'gone' })]))
    assert.equal(await store.content('gone'), undefined)
  },
  'records older than they are to be kept go, with what was said in them': async ({ store }) => {
    await store.write({ ...toBatch(hourly(30)), contents: [toContent('hour-3'), toContent('hour-20')] })
    const nowMs = START_MS + 30 * HOUR_MS
    const removed = await store.retain({ ...FOREVER, recordsMs: 20 * HOUR_MS }, nowMs)
    assert.deepEqual(removed, { records: 10, minutes: 0, hours: 0 })
    const left = await scanAll(store)
    assert.deepEqual([left.length, left[0]?.record.id], [20, 'hour-10'])
    assert.equal(await store.find('hour-3'), undefined)
    assert.equal(await store.content('hour-3'), undefined)
    assert.deepEqual(await store.content('hour-20'), toContent('hour-20'))
    assert.deepEqual(await store.retain({ ...FOREVER, recordsMs: 20 * HOUR_MS }, nowMs), {
      ...{ records: 0, minutes: 0, hours: 0 },
    })
  },
  'a store that is too large loses its oldest records until it is not, and gives their space back': async ({
    store,
  }) => {
    const empty = await store.bytes()
    for (let day = 0; day < 20; day += 1) {
      const records = Array.from({ length: 500 }, (_, at) =>
        toStored({
          ...{ id: `${day}-${at}`, startedAtMs: START_MS + day * DAY_MS + at },
          modelAsked: `${day}-${at}-`.padEnd(600, 'x'),
        }),
      )
      await store.write(toBatch(records))
    }
    await store.retain(FOREVER, START_MS)
    const full = await store.bytes()
    assert.ok(full > empty + 10_000 * 600, `${full} of ${empty}`)
    const maxBytes = Math.floor(empty + (full - empty) / 2)
    const { records } = await store.retain({ ...FOREVER, maxBytes }, START_MS)
    assert.ok((await store.bytes()) <= maxBytes, `${await store.bytes()} of ${maxBytes}`)
    const left = await scanAll(store)
    assert.equal(left.length, 10_000 - records)
    assert.ok(records >= 4_000 && records <= 8_000, `${records} had to go`)
    assert.equal(left.at(-1)?.record.id, '19-499')
    const days = left.map(({ record }) => Number(record.id.split('-')[0]))
    assert.ok(Math.min(...days) > 0, 'the oldest went first')
  },
  'what was said with a key or for a tenant is removed when asked, the records stay': async ({ store }) => {
    const records = [
      toStored({ id: 'a', key: 'team-a', tenant: 'north' }),
      toStored({ id: 'b', key: 'team-b', tenant: 'north' }),
      toStored({ id: 'c', key: undefined, tenant: undefined }),
    ]
    await store.write({ ...toBatch(records), contents: ['a', 'b', 'c'].map((id) => toContent(id)) })
    assert.equal(await store.purge({ of: { key: 'team-a' }, what: 'content' }), 1)
    assert.equal(await store.content('a'), undefined)
    assert.deepEqual(await store.content('b'), toContent('b'))
    assert.equal(await store.purge({ of: { tenant: 'north' }, what: 'content' }), 1)
    assert.equal(await store.purge({ of: { tenant: 'nobody' }, what: 'content' }), 0)
    assert.deepEqual(await store.content('c'), toContent('c'))
    assert.equal((await scanAll(store)).length, 3)
  },
  'the records themselves are removed when asked, with what was said in them': async ({ store }) => {
    const records = Array.from({ length: 40 }, (_, at) =>
      toStored({
        id: `r${at}`,
        key: at % 4 === 0 ? 'team-a' : undefined,
        tenant: at < 20 ? 'north' : 'south',
      }),
    )
    await store.write({ ...toBatch(records), contents: [toContent('r0'), toContent('r1')] })
    assert.equal(await store.purge({ of: { key: 'team-a' }, what: 'records' }), 10)
    assert.equal(await store.find('r0'), undefined)
    assert.equal(await store.content('r0'), undefined)
    assert.equal(await store.purge({ of: { tenant: 'north' }, what: 'records' }), 15)
    assert.equal(await store.content('r1'), undefined)
    assert.equal((await scanAll(store)).length, 15)
    assert.equal(await store.purge({ of: { key: 'never seen' }, what: 'records' }), 0)
  },
}
