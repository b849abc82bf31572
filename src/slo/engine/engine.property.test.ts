// Random tapes of requests, with writes that fail, restarts and objectives of every kind: what the engine says is what a plain
// recount of all requests says, which shares no code with it but the definition of an alert.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createManualClock } from '../../core/clock.ts'
import type { RequestRecord } from '../../core/record.ts'
import { FAILED, toRecord } from '../fixtures/record.ts'
import { EVERYTHING, toObjective } from '../fixtures/objective.ts'
import { createMemoryStore } from '../fixtures/store.ts'
import { createMaintenance } from '../maintenance/maintenance.ts'
import { createMinuteCounter } from '../minutes.ts'
import type { Objective } from '../objective.ts'
import { toCounted, type ServiceLevels } from '../resolve.ts'
import { createEngine } from './engine.ts'

const MINUTE_MS = 60_000
const DAY_MINUTES = 1_440
const START_MS = Date.UTC(2026, 10, 1)

const OBJECTIVES: readonly Objective[] = [
  toObjective({ name: 'available', minEvents: 5 }),
  toObjective({
    ...{ name: 'fast', indicator: { kind: 'duration', thresholdMs: 3_000 }, targetRatio: 0.95 },
    ...{ excludeCold: true, window: { kind: 'rolling', days: 7 } },
  }),
  toObjective({ name: 'north', scope: { ...EVERYTHING, tenant: 'north' }, targetRatio: 0.9 }),
]
const LEVELS: ServiceLevels = { objectives: OBJECTIVES, rules: [], maintenance: [] }

type Step =
  | { readonly kind: 'requests'; readonly count: number; readonly record: Partial<RequestRecord> }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'write' | 'fail' | 'restart' | 'look' }

const record: fc.Arbitrary<Partial<RequestRecord>> = fc.record({
  durationMs: fc.constantFrom(100, 3_000, 3_001, 30_000),
  cold: fc.boolean(),
  tenant: fc.constantFrom('north', 'south'),
  operation: fc.constantFrom('chat', 'embeddings', 'models'),
})
const failed = record.map((given) => ({ ...given, ...FAILED }))
const refused = record.map((given) => ({ ...given, ...FAILED, outcome: 'rejected' as const }))

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: toRequests(record) },
  { weight: 3, arbitrary: toRequests(failed) },
  { weight: 1, arbitrary: toRequests(refused) },
  {
    weight: 4,
    arbitrary: fc
      .constantFrom(1_000, MINUTE_MS, 7 * MINUTE_MS, 61 * MINUTE_MS, 26 * 60 * MINUTE_MS)
      .map((ms): Step => ({ kind: 'wait', ms })),
  },
  {
    weight: 5,
    arbitrary: fc.constantFrom<Step>(
      { kind: 'write' },
      { kind: 'fail' },
      { kind: 'restart' },
      { kind: 'look' },
    ),
  },
)

function toRequests(of: fc.Arbitrary<Partial<RequestRecord>>): fc.Arbitrary<Step> {
  return fc
    .tuple(fc.integer({ min: 1, max: 40 }), of)
    .map(([count, each]): Step => ({ kind: 'requests', count, record: each }))
}

/** Looked at before it is written, and soon after: what was read in between must not stand for it. */
const WRITTEN_A_DAY_LATE: Step[] = [
  { kind: 'requests', count: 1, record: {} },
  { kind: 'wait', ms: 26 * 60 * MINUTE_MS },
  { kind: 'look' },
  { kind: 'write' },
]

/** Whether it counts, and if so whether it was good, in the plainest words. */
function isGood({ name }: Objective, record: RequestRecord): boolean | undefined {
  if (record.operation === 'models' || record.outcome === 'rejected') return undefined
  if (name === 'available') return record.outcome === 'ok'
  if (name === 'north') return record.tenant === 'north' ? record.outcome === 'ok' : undefined
  if (record.outcome !== 'ok' || record.cold) return undefined
  return record.durationMs <= 3_000
}

interface Plain {
  readonly good: number
  readonly total: number
}

function recount(objective: Objective, records: readonly RequestRecord[], fromMinute: number): Plain {
  let good = 0
  let total = 0
  for (const each of records) {
    const verdict = isGood(objective, each)
    const minute = Math.floor((each.startedAtMs + each.durationMs) / MINUTE_MS)
    if (verdict === undefined || minute < fromMinute) continue
    total += 1
    if (verdict) good += 1
  }
  return { good, total }
}

function open(clock: ReturnType<typeof createManualClock>, store: ReturnType<typeof createMemoryStore>) {
  const counter = createMinuteCounter(clock)
  counter.replace(toCounted(LEVELS), createMaintenance([]))
  const engine = createEngine({
    ...{ clock, store, counter },
    surroundings: { backends: () => [], read: () => Promise.resolve([]) },
    onAlerts: () => undefined,
    onStanding: () => undefined,
    onFailure: (what, cause) => assert.fail(`${what} ${String(cause)}`),
  })
  engine.replace(LEVELS)
  return { counter, engine }
}

test('whatever is written when, and however often it is restarted, the engine says what a recount says', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const clock = createManualClock(START_MS)
      const store = createMemoryStore()
      const sealed: RequestRecord[] = []
      let process = open(clock, store)
      const write = (): void => {
        const taken = process.counter.takeMinutes()
        store.write(taken)
        process.counter.noteWritten(taken)
      }
      for (const each of [...steps, { kind: 'look' } as const]) {
        if (each.kind === 'wait') clock.advance(each.ms)
        else if (each.kind === 'write') write()
        else if (each.kind === 'fail') process.counter.giveBack(process.counter.takeMinutes())
        else if (each.kind === 'requests') {
          const full = toRecord(each.record)
          const record = { ...full, startedAtMs: clock.wall() - full.durationMs }
          for (let at = 0; at < each.count; at += 1) process.counter.count(record)
          sealed.push(...Array.from({ length: each.count }, () => record))
        } else {
          if (each.kind === 'restart') {
            write()
            process = open(clock, store)
          }
          await compare(process.engine, sealed, clock.wall())
        }
      }
    }),
    { numRuns: 80, examples: [[WRITTEN_A_DAY_LATE]] },
  )
})

async function compare(
  engine: ReturnType<typeof open>['engine'],
  sealed: readonly RequestRecord[],
  nowMs: number,
): Promise<void> {
  await engine.tick()
  const endMinute = Math.floor(nowMs / MINUTE_MS) + 1
  for (const { objective, evaluation } of engine.state().objectives) {
    assert.ok(evaluation)
    const over = (minutes: number): Plain => recount(objective, sealed, endMinute - minutes)
    const days = objective.window.kind === 'rolling' ? objective.window.days : 0
    const own = over(days * DAY_MINUTES)
    assert.deepEqual([evaluation.own.good, evaluation.own.total], [own.good, own.total], objective.name)
    for (const { pair, isFiring } of evaluation.burns) {
      const [long, short] = [over(pair.longMinutes), over(pair.shortMinutes)]
      const burns = ({ good, total }: Plain): boolean =>
        total > 0 && (total - good) / total > Number((pair.factor * objective.budgetRatio).toPrecision(12))
      const isExpected =
        long.total >= objective.minEvents &&
        long.total - long.good >= objective.minBadEvents &&
        burns(long) &&
        burns(short)
      assert.equal(isFiring, isExpected, `${objective.name} over ${pair.longMinutes}`)
    }
  }
}
