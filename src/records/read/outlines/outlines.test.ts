import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import fc from 'fast-check'
import type { ExplainedOutline, OutlineWants, RecordOutline } from '../../../core/outline.ts'
import { anyStored, toRecord, toStored } from '../../fixtures/record.ts'
import { createSqliteStore, toRecordsFile } from '../../sqlite/store.ts'
import type { RecordFilter, StoredRecord } from '../../store.ts'
import { openOutlines, type Outlines } from './outlines.ts'

const ALL: OutlineWants = { sums: true, gaps: true }
const LEAST: OutlineWants = { sums: false, gaps: false }

async function stage(context: TestContext, records: readonly StoredRecord[], slice?: number) {
  const folder = mkdtempSync(join(tmpdir(), 'weir-outlines-'))
  const file = toRecordsFile(folder)
  const store = createSqliteStore({ file, mode: 'own', takeoverMs: 0 })
  const outlines = openOutlines(file, slice)
  context.after(async () => {
    await outlines.close()
    await store.close()
    rmSync(folder, { recursive: true })
  })
  await store.write({ records, contents: [], minutes: [] })
  return { store, outlines }
}

async function readAll(
  outlines: Outlines,
  wants: OutlineWants,
  filter: RecordFilter = {},
): Promise<ExplainedOutline[]> {
  return collect(outlines.scan(filter, wants))
}

async function collect<Item>(slices: AsyncIterable<readonly Item[]>): Promise<Item[]> {
  const all: Item[] = []
  for await (const slice of slices) all.push(...slice)
  return all
}

/** Every field that an outline has, out of whatever has them: getters too. */
function toPlain({ record, verdict }: ExplainedOutline) {
  const { usage, phases, estimated, gaps, queued } = record
  const { id, startedAtMs, durationMs, endpoint, operation, modelAsked, modelRouted, fallbackFrom } = record
  const { backend, tenant, stream, promptBytes, firstTokenMs, cold, loopStallMs, outcome, code } = record
  return {
    ...{ id, startedAtMs, durationMs, endpoint, operation, modelAsked, modelRouted, fallbackFrom },
    ...{ backend, tenant, stream, promptBytes, firstTokenMs, cold, loopStallMs, outcome, code },
    attempts: phases.retry > 0 ? record.attempts : [],
    usage: [usage.promptTokens, usage.outputTokens, usage.cachedTokens],
    phases: [
      ...[phases.receive, phases.authenticate, phases.limit, phases.guard, phases.queue, phases.retry],
      ...[phases.connect, phases.load, phases.prefill, phases.decode, phases['client-stall'], phases.gateway],
    ],
    estimated: [estimated.usage, estimated.phases],
    gaps: gaps && [gaps.boundsMs, gaps.counts, gaps.count, gaps.sumMs, gaps.maxMs],
    queuedAt: queued?.backend,
    verdict: verdict && [verdict.cause, verdict.shareRatio, verdict.text],
  }
}

const byTime = (left: ExplainedOutline, right: ExplainedOutline): number =>
  Math.floor(left.record.startedAtMs) - Math.floor(right.record.startedAtMs)

test('an outline says what the whole record says, whatever its fields hold', async (context) => {
  const records = fc.sample(anyStored, { numRuns: 300, seed: 11 })
  const { outlines } = await stage(context, records, 64)
  const found = await readAll(outlines, ALL)
  // Of one millisecond they come as they were written, and so does a sort that keeps the order of equals.
  assert.deepEqual(found.map(toPlain), records.toSorted(byTime).map(toPlain))
})

test('what nobody asked for is not there, and what objectives judge by is', async (context) => {
  const records = fc.sample(anyStored, { numRuns: 100, seed: 12 })
  const { outlines } = await stage(context, records)
  const wanted = records.toSorted(byTime)
  const judgedBy = ({ phases, usage, estimated, ...record }: RecordOutline) => [
    ...[record.startedAtMs, record.durationMs, record.endpoint, record.operation, record.modelAsked],
    ...[record.modelRouted, record.fallbackFrom, record.backend, record.tenant, record.outcome, record.cold],
    ...[record.stream, record.firstTokenMs, phases.guard, usage.outputTokens, estimated.usage],
  ]
  const found = await readAll(outlines, LEAST)
  const toJudged = ({ record }: ExplainedOutline) => {
    const { startedAtMs, durationMs, endpoint, operation, modelAsked, modelRouted, fallbackFrom } = record
    const { backend, tenant, outcome, cold, stream, firstTokenMs, phases, usage, estimated } = record
    return judgedBy({
      ...(toRecord() as RecordOutline),
      ...{ startedAtMs, durationMs, endpoint, operation, modelAsked, modelRouted, fallbackFrom },
      ...{ backend, tenant, outcome, cold, stream, firstTokenMs, phases, usage, estimated },
    })
  }
  assert.deepEqual(found.map(toJudged), wanted.map(toJudged))
  for (const { record, verdict } of found) {
    const { id, attempts, gaps, queued } = record
    assert.deepEqual([id, attempts, gaps, queued, verdict], ['', [], undefined, undefined, undefined])
  }
  const gapsOnly = await readAll(outlines, { sums: false, gaps: true })
  assert.deepEqual(
    gapsOnly.map(({ record }) => record.gaps?.counts),
    wanted.map(({ record }) => record.gaps?.counts),
  )
})

test('a filter is the same as for whole records, and slices meet without a gap or a repeat', async (context) => {
  const records = Array.from({ length: 57 }, (_, at) =>
    toStored({
      ...{ id: `r${at}`, startedAtMs: 1_000 + Math.floor(at / 3), durationMs: at },
      outcome: at % 5 === 0 ? 'backend_error' : 'ok',
    }),
  )
  const { store, outlines } = await stage(context, records, 4)
  const ids = (all: readonly ExplainedOutline[]): string[] => all.map(({ record }) => record.id)
  for (const filter of [
    {},
    { sinceMs: 1_003, untilMs: 1_011 },
    { slowerThanMs: 20 },
    { outcome: 'backend_error' },
    { outcome: 'gateway_error' },
  ] satisfies RecordFilter[]) {
    const whole = await collect(store.scan(filter))
    assert.deepEqual(ids(await readAll(outlines, ALL, filter)), ids(whole))
    const latest = await outlines.latest(filter, ALL, 7)
    assert.deepEqual(ids(latest), ids((await store.page({ filter, limit: 7 })).records))
  }
  // As many as a slice holds, and nothing behind them.
  assert.equal((await readAll(outlines, ALL, { sinceMs: 1_018 })).length, 3)
  assert.equal((await readAll(outlines, ALL, { sinceMs: 1_015, untilMs: 1_016, slowerThanMs: 45 })).length, 2)
})

test('outlines are read while a gateway goes on writing, and whoever has seen enough may go', async (context) => {
  const { store, outlines } = await stage(context, [toStored({ id: 'first', startedAtMs: 5_000 })], 1)
  assert.equal((await readAll(outlines, LEAST)).length, 1)
  await store.write({
    records: [toStored({ id: 'second', startedAtMs: 6_000 }), toStored({ id: 'third', startedAtMs: 7_000 })],
    ...{ contents: [], minutes: [] },
  })
  const seen: string[] = []
  for await (const slice of outlines.scan({}, ALL)) {
    seen.push(...slice.map(({ record }) => record.id))
    if (seen.length === 2) break
  }
  assert.deepEqual(seen, ['first', 'second'])
})

test('a file that is not there is told of as the store tells it, and so is one that was closed', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'weir-outlines-'))
  context.after(() => rmSync(folder, { recursive: true }))
  const outlines = openOutlines(toRecordsFile(folder))
  await assert.rejects(readAll(outlines, LEAST), { name: 'RecordStoreError', reason: 'missing' })
  await outlines.close()
  await assert.rejects(readAll(outlines, LEAST), { name: 'RecordStoreError', reason: 'closed' })
})
