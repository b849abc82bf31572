import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Alert } from '../core/alert.ts'
import { createManualClock } from '../core/clock.ts'
import type { ObjectiveMinute } from '../core/minutes.ts'
import type { RequestRecord } from '../core/record.ts'
import { keyOf } from './conditions.ts'
import { createEngine } from './engine/engine.ts'
import { EVERYTHING, toObjective } from './fixtures/objective.ts'
import { FAILED, toRecord } from './fixtures/record.ts'
import { createMemoryStore } from './fixtures/store.ts'
import { createMaintenance } from './maintenance/maintenance.ts'
import { createMinuteCounter } from './minutes.ts'
import { NothingToReplay, replay, type ReplayInput } from './replay.ts'
import { toSource } from './report/fixtures/october.ts'
import { toCounted, type ServiceLevels } from './resolve.ts'
import type { ThresholdRule } from './threshold-rule.ts'

const MINUTE_MS = 60_000
const FROM_MINUTE = Date.UTC(2026, 10, 14) / MINUTE_MS

const LEVELS: ServiceLevels = {
  objectives: [
    toObjective({ name: 'available', targetRatio: 0.995, noDataMinutes: 30 }),
    toObjective({
      ...{ name: 'fast', targetRatio: 0.95, window: { kind: 'month', timeZone: 'Asia/Shanghai' } },
      indicator: { kind: 'firstToken', thresholdMs: 2_000 },
    }),
  ],
  rules: [
    {
      ...{ kind: 'requests', name: 'errors', alert: 'Errors', severity: 'ticket', forMs: 3 * MINUTE_MS },
      ...{ description: undefined, runbook: undefined, limitRatio: 0.02, overMinutes: 5, minEvents: 20 },
      ...{ minBadEvents: 5, measure: 'failed requests' },
      counted: {
        ...{ name: 'rule:errors', scope: EVERYTHING, excludeCold: false },
        indicator: { kind: 'availability' },
      },
    },
  ],
  maintenance: [],
}

type Traffic = (at: number) => { readonly good: number; readonly failed: number; readonly slow: number }

/** A day with an outage, a slow hour, some noise and a silence. */
const DAY: Traffic = (at) => {
  if (at >= 300 && at < 318) return { good: 10, failed: 30, slow: 0 }
  if (at >= 322 && at < 324) return { good: 20, failed: 20, slow: 0 }
  if (at >= 700 && at < 760) return { good: 20, failed: 0, slow: 20 }
  if (at >= 1_000 && at < 1_060) return { good: 0, failed: 0, slow: 0 }
  return { good: 40, failed: at % 50 === 0 ? 1 : 0, slow: at % 30 === 0 ? 1 : 0 }
}
const DAY_MINUTES = 1_300

function toRecords(traffic: Traffic, minutes: number): readonly RequestRecord[] {
  const records: RequestRecord[] = []
  for (let at = 0; at < minutes; at += 1) {
    const record = toRecord({ startedAtMs: (FROM_MINUTE + at) * MINUTE_MS + 10_000 })
    const { good, failed, slow } = traffic(at)
    for (let each = 0; each < good; each += 1) records.push(record)
    for (let each = 0; each < failed; each += 1) records.push({ ...record, ...FAILED })
    for (let each = 0; each < slow; each += 1)
      records.push({ ...record, firstTokenMs: 9_000, durationMs: 9_500 })
  }
  return records
}

function toScan(records: readonly RequestRecord[]): Pick<ReplayInput['source'], 'scan'> {
  return {
    async *scan({ sinceMs = -Infinity, untilMs = Infinity }) {
      const found = records.filter(({ startedAtMs }) => startedAtMs >= sinceMs && startedAtMs < untilMs)
      for (let at = 0; at < found.length; at += 1_000)
        yield await Promise.resolve(
          found.slice(at, at + 1_000).map((record) => ({ record, verdict: undefined })),
        )
    },
  }
}

/** A gateway was there in each minute. */
function toBeats(minutes: number): readonly ObjectiveMinute[] {
  return Array.from({ length: minutes }, (_, at) => ({
    ...{ objective: 'available', minute: FROM_MINUTE + at, good: 0, total: 0, excluded: 0 },
  }))
}

const input = (
  given: Partial<ReplayInput> & { readonly records: readonly RequestRecord[] },
): ReplayInput => ({
  source: { ...toSource(toBeats(DAY_MINUTES)), ...toScan(given.records) },
  changed: { levels: LEVELS, resolveAfterMs: 0 },
  present: undefined,
  span: { fromMinute: FROM_MINUTE, toMinute: FROM_MINUTE + DAY_MINUTES },
  onProgress: () => undefined,
  ...given,
})

/** What the engine of a gateway says at the end of each minute, as `minute key`. */
async function live(records: readonly RequestRecord[], minutes: number): Promise<readonly string[]> {
  const clock = createManualClock(FROM_MINUTE * MINUTE_MS)
  const store = createMemoryStore()
  const counter = createMinuteCounter(clock)
  counter.replace(toCounted(LEVELS), createMaintenance([]))
  let told: readonly Alert[] = []
  const engine = createEngine({
    ...{ clock, store, counter },
    surroundings: { backends: () => [], read: () => Promise.resolve([]) },
    onAlerts: (alerts) => void (told = alerts ?? []),
    onStanding: () => undefined,
    onFailure: (what) => assert.fail(what),
  })
  engine.replace(LEVELS)
  // Counting begins with the first minute, as it does in a gateway.
  await engine.tick()
  const seen: string[] = []
  let next = 0
  for (let at = 0; at < minutes; at += 1) {
    clock.advance(MINUTE_MS - 1)
    for (; next < records.length; next += 1) {
      const record = records[next]
      if (record === undefined || record.startedAtMs + record.durationMs > clock.wall()) break
      counter.count(record)
    }
    const taken = counter.takeMinutes()
    store.write(taken)
    counter.noteWritten(taken)
    await engine.tick()
    seen.push(...told.map((alert) => `${at} ${keyOf(alert)}`))
    clock.advance(1)
  }
  return seen.toSorted()
}

test('a replay raises at every minute what a gateway would have raised', async () => {
  const records = toRecords(DAY, DAY_MINUTES)
  const { changed } = await replay(input({ records }))
  const replayed = changed.episodes.flatMap(({ alert, fromMinute, toMinute }) =>
    Array.from(
      { length: toMinute - fromMinute },
      (_, at) => `${fromMinute - FROM_MINUTE + at} ${keyOf(alert)}`,
    ),
  )
  assert.deepEqual(replayed.toSorted(), await live(records, DAY_MINUTES))
  const names = new Set(changed.episodes.map(({ alert }) => `${alert.severity} ${alert.name}`))
  assert.deepEqual([...names].toSorted(), [
    'page SloBudgetBurn',
    'ticket Errors',
    'ticket SloBudgetBurn',
    'ticket SloBudgetExhausted',
    'ticket SloNoData',
  ])
})

test('what comes back soon is not over, and what must hold for a while begins then', async () => {
  const records = toRecords(DAY, DAY_MINUTES)
  const { changed } = await replay(
    input({ records, changed: { levels: LEVELS, resolveAfterMs: 10 * MINUTE_MS } }),
  )
  const errors = changed.episodes.filter(({ alert }) => alert.name === 'Errors')
  assert.deepEqual(
    errors.map(({ fromMinute, toMinute, isOpen }) => [
      fromMinute - FROM_MINUTE,
      toMinute - FROM_MINUTE,
      isOpen,
    ]),
    [[303, 328, false]],
  )
})

test('a stricter promise is compared with the present one over the same records', async () => {
  const [available] = LEVELS.objectives
  assert.ok(available)
  const only = (targetRatio: number): ServiceLevels => ({
    ...{ ...LEVELS, rules: [] },
    objectives: [toObjective({ ...available, targetRatio, budgetRatio: 1 - targetRatio })],
  })
  const quiet: Traffic = (at) => ({ good: 97, failed: at % 2, slow: 0 })
  const records = toRecords(quiet, 400)
  const sides = {
    changed: { levels: only(0.999), resolveAfterMs: 0 },
    present: { levels: only(0.9), resolveAfterMs: 0 },
  }
  const span = { fromMinute: FROM_MINUTE, toMinute: FROM_MINUTE + 400 }
  const report = await replay(input({ records, span, ...sides }))
  assert.ok(report.changed.episodes.length > 0)
  assert.deepEqual(report.present?.episodes, [])
  assert.deepEqual(report.changed.objectives[0]?.total, report.present.objectives[0]?.total)
  assert.equal(report.records, records.length)
})

test('what cannot be replayed is said: windows, rules, records that are gone, minutes without a gateway', async () => {
  const records = toRecords(DAY, DAY_MINUTES).filter(
    ({ startedAtMs }) => startedAtMs > (FROM_MINUTE + 120) * MINUTE_MS,
  )
  const gone: ThresholdRule = {
    ...({ kind: 'backend-down', name: 'gone', alert: 'Gone', severity: 'page', forMs: 0 } as const),
    ...{ description: undefined, runbook: undefined, backend: '*' },
  }
  const rules = [...LEVELS.rules, gone]
  const counted = toBeats(DAY_MINUTES - 60).map((row) => ({ ...row, good: 50, total: 50 }))
  const report = await replay(
    input({
      records,
      source: { ...toSource(counted), ...toScan(records) },
      changed: { levels: { ...LEVELS, rules }, resolveAfterMs: 0 },
      present: { levels: LEVELS, resolveAfterMs: 0 },
    }),
  )
  const said = report.notes.join('\n')
  assert.match(said, /The first record is of 2026-11-14 02:0\d UTC/)
  assert.match(
    said,
    /^available: its window of 30d and an alert over 3d may reach further back than the 21h40m/m,
  )
  assert.match(said, /^fast: its month and an alert over 3d may reach further back/m)
  assert.match(said, /not replayed are gone\./)
  assert.match(said, /In 60 minutes nobody counted/)
  assert.match(
    said,
    /available: 62000 requests were counted then, of which \d+ have no record that counts now/,
  )
  assert.doesNotMatch(said, /none of these records/)
  await assert.rejects(replay(input({ records: [] })), NothingToReplay)
})

test('an objective that no record is about is told of, for its name may be written wrong', async () => {
  const records = toRecords(DAY, 60)
  const nobody = toObjective({ name: 'nobody', scope: { ...EVERYTHING, model: 'qwen3:4B' } })
  const levels = { ...LEVELS, objectives: [...LEVELS.objectives, nobody] }
  const { notes } = await replay(input({ records, changed: { levels, resolveAfterMs: 0 } }))
  assert.deepEqual(
    notes.filter((note) => note.includes('none of these records')),
    ['nobody: none of these records is of a request that counts for it.'],
  )
})
