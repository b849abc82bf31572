import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ObjectiveSum } from '../core/minutes.ts'
import { checkObjectives, type CheckInput, type Reading } from './check.ts'
import { EMPTY_SUM } from './burn-rate.ts'
import { toObjective, toSum } from './fixtures/objective.ts'
import { windowsOf } from './evaluate.ts'
import type { Objective } from './objective.ts'

const CHAT = toObjective({ noDataMinutes: 4_320 })
const DAYS_30 = 43_200

/** The same in every window, unless told otherwise. */
function known(own: ObjectiveSum, last: Readonly<Record<number, ObjectiveSum>> = {}): Reading {
  const windows = windowsOf(CHAT).map((minutes) => [minutes, last[minutes] ?? own] as const)
  return { known: true, sums: { own, last: new Map(windows), ownLengthMinutes: DAYS_30, watchedMinutes: 0 } }
}

async function check(
  reading: Reading | undefined,
  given: Partial<CheckInput> & { objective?: Objective } = {},
) {
  const { objective = CHAT, ...rest } = given
  const report = await checkObjectives({
    objectives: [objective],
    readings: new Map(reading === undefined ? [] : [[objective.name, reading]]),
    ...{ nowMs: 1_700_000_000_000, maintenance: undefined, attribute: () => Promise.resolve(undefined) },
    ...rest,
  })
  const [found] = report.objectives
  assert.ok(found)
  return { report, found }
}

test('enough requests, nearly all of them good: healthy', async () => {
  const { report, found } = await check(known(toSum(9_990, 10)))
  assert.deepEqual([report.status, found.status, found.reasons], ['healthy', 'healthy', []])
  assert.deepEqual([found.good, found.total, found.attainedRatio], [9_990, 10_000, 0.999])
  assert.ok(Math.abs((found.budgetRemainingRatio ?? 0) - 0.9) < 1e-9)
  assert.deepEqual([found.burn?.over, found.burn?.factor], ['3d', 1])
})

test('what is not read, or says why it is not, is unknown', async () => {
  assert.deepEqual((await check(undefined)).found.reasons, ['it was not read'])
  const { report, found } = await check({ known: false, reasons: ['a', 'b'] })
  assert.deepEqual([report.status, found.status, found.reasons], ['unknown', 'unknown', ['a', 'b']])
  assert.equal(found.attainedRatio, undefined)
})

test('too little to say anything is unknown, however good it looks', async () => {
  assert.deepEqual((await check(known(EMPTY_SUM))).found.reasons, ['no request came that counts'])
  const few = (await check(known(toSum(19, 0)))).found
  assert.deepEqual([few.status, few.attainedRatio], ['unknown', 1])
  assert.match(few.reasons.join(), /only 19 requests in the window, and fewer than 20/)
  assert.equal((await check(known(toSum(20, 0)))).found.status, 'healthy')
  const one = (await check(known(toSum(1, 0)))).found
  assert.match(one.reasons.join(), /only 1 request in/)
})

test('more bad ones than promised, but too few to tell anybody, are not healthy either', async () => {
  const { found } = await check(known(toSum(36, 4)))
  assert.equal(found.status, 'unknown')
  assert.match(found.reasons.join(), /4 of 40 requests are bad, which is more than promised/)
})

test('a window in which nothing came any more is not known, whatever came before', async () => {
  const { found } = await check(known(toSum(1_000, 0), { 4_320: EMPTY_SUM }))
  assert.equal(found.status, 'unknown')
  assert.deepEqual(found.reasons, ['no request came that counts for 3d'])
})

test('a burn is a violation with its severity, its windows and whom it is to be blamed on', async () => {
  const asked: unknown[] = []
  const attribute: CheckInput['attribute'] = (objective, minutes) => {
    asked.push([objective.name, minutes])
    return Promise.resolve({ text: '80 % queueing', slices: [] })
  }
  const own = toSum(99_000, 100)
  const hot = toSum(50, 50)
  const { report, found } = await check(known(own, { 5: hot, 60: hot, 30: hot, 360: hot }), { attribute })
  assert.deepEqual([report.status, found.severity, found.because], ['violation', 'page', 'burn'])
  assert.deepEqual(found.burn, { rate: 50, over: '1h', factor: 14.4, badEvents: 50, events: 100 })
  assert.equal(found.attribution, '80 % queueing')
  assert.deepEqual(asked, [['chat', 60]])
  assert.ok((found.exhaustedInMs ?? 0) > 0)
})

test('a budget that is spent is a violation also when it is no longer being spent', async () => {
  const { found } = await check(
    known(toSum(900, 100), Object.fromEntries(windowsOf(CHAT).map((each) => [each, toSum(100, 0)]))),
  )
  assert.deepEqual([found.status, found.because, found.severity], ['violation', 'exhausted', 'ticket'])
  assert.equal(found.exhaustedInMs, undefined)
})

test('a violation goes before what is not known, and no objective at all is not health', async () => {
  const broken = toObjective({ name: 'broken' })
  const report = await checkObjectives({
    objectives: [CHAT, broken],
    readings: new Map([['broken', known(toSum(0, 100))]]),
    ...{ nowMs: 0, maintenance: 'backup', attribute: () => Promise.resolve(undefined) },
  })
  assert.deepEqual(
    [report.status, ...report.objectives.map(({ status }) => status)],
    ['violation', 'unknown', 'violation'],
  )
  assert.equal(report.objectives[0]?.maintenance, 'backup')
  const none = await checkObjectives({
    ...{ objectives: [], readings: new Map(), nowMs: 0, maintenance: undefined },
    attribute: () => Promise.resolve(undefined),
  })
  assert.equal(none.status, 'unknown')
})

test('an objective that tells nobody shows the last hour', async () => {
  const objective = toObjective({ burns: [] })
  const { found } = await check(known(toSum(990, 10), { 60: toSum(98, 2) }), { objective })
  assert.deepEqual(found.burn, { rate: 2, over: '1h', factor: undefined, badEvents: 2, events: 100 })
})
