import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RequestRecord } from '../../core/record.ts'
import type { Verdict } from '../../core/verdict.ts'
import type { ExplainedOutline } from '../../core/outline.ts'
import { toObjective } from '../fixtures/objective.ts'
import { FAILED, toPhases, toRecord } from '../fixtures/record.ts'
import type { Objective } from '../objective.ts'
import { buildReport, PeriodNotBegun, type Progress, type ReportInput } from './build.ts'
import { GATEWAY_DOWN, INCIDENTS, NOBODY_CAME, OCTOBER, toOctober, toSource } from './fixtures/october.ts'
import { printReport } from './formats.ts'
import type { ScanFilter } from './reading.ts'
import type { ObjectiveReport } from './report.ts'

const MINUTE_MS = 60_000
const HALF_A_MONTH_MINUTES = 21_600
const PROMISE = toObjective({
  name: 'chat',
  targetRatio: 0.995,
  window: { kind: 'month', timeZone: 'Europe/Berlin' },
})

async function report(given: Partial<ReportInput> & { readonly records?: readonly ExplainedOutline[] }) {
  const { records = [], ...rest } = given
  const progress: Progress[] = []
  const built = await buildReport({
    source: { ...toSource(toOctober('chat')), ...toScan(records) },
    objectives: [PROMISE],
    maintenance: [],
    question: { kind: 'month', year: 2026, month: 10 },
    ...{ timeZone: undefined, defaultTimeZone: 'UTC', nowMs: Date.UTC(2026, 10, 21) },
    onProgress: (each) => void progress.push(each),
    ...rest,
  })
  const [objective] = built.objectives
  assert.ok(objective)
  return { built, objective, progress }
}

function toScan(records: readonly ExplainedOutline[]): Pick<ReportInput['source'], 'scan'> {
  return {
    async *scan({ sinceMs = -Infinity, untilMs = Infinity }) {
      const found = records.filter(
        ({ record }) => record.startedAtMs >= sinceMs && record.startedAtMs < untilMs,
      )
      for (let at = 0; at < found.length; at += 3) yield await Promise.resolve(found.slice(at, at + 3))
    },
  }
}

const offsets = ({ incidents }: ObjectiveReport) =>
  incidents.map(({ fromMinute, toMinute, bad, total, spent }) => [
    ...[fromMinute - OCTOBER.fromMinute, toMinute - fromMinute, bad, total],
    ...[spent.ratio, spent.minutes],
  ])

test('a month with known incidents gives the figures that were computed elsewhere, to the last digit', async () => {
  const { objective } = await report({})
  const { fromMinute, toMinute, endMinute, good, total, bad, excluded, budget, outside } = objective
  assert.deepEqual(
    [fromMinute, toMinute, endMinute],
    [OCTOBER.fromMinute, OCTOBER.toMinute, OCTOBER.toMinute],
  )
  assert.deepEqual([good, total, bad, excluded], [2_937_596, 2_940_288, 2_692, 44_550])
  assert.equal(objective.attainedRatio, 2_937_596 / 2_940_288)
  assert.deepEqual(budget, {
    ...{ events: 14_701.44, minutes: 223.5 },
    spent: { ratio: 0.183111314266, minutes: 40.9253787384 },
    remainingRatio: 0.816888685734,
  })
  assert.equal(objective.verdict, 'kept')
  assert.deepEqual(offsets(objective), [
    [5_000, 45, 1_476, 2_972, 0.100398328327, 22.4390263811],
    [20_011, 6, 399, 399, 0.0271401985112, 6.06583436725],
    [30_000, 180, 360, 11_878, 0.0244873971529, 5.47293326368],
  ])
  assert.equal(outside.bad, 457)
  assert.deepEqual(
    objective.worstHours.map((hour) => [(hour.fromMinute - OCTOBER.fromMinute) / 60, hour.bad, hour.total]),
    [
      [83, 1_310, 3_956],
      [333, 400, 3_948],
      [84, 166, 3_962],
      [500, 120, 3_962],
      [501, 120, 3_968],
    ],
  )
})

test('minutes without a gateway are shown, and are told apart from minutes without requests', async () => {
  const { coverage } = (await report({})).objective
  const { gaps, ...counts } = coverage
  assert.deepEqual(counts, {
    ...{ minutes: 44_700, counted: 44_670, idle: NOBODY_CAME.minutes, missing: 30 },
    ...{ hoursOnly: 0, isRounded: false },
  })
  const fromMinute = OCTOBER.fromMinute + GATEWAY_DOWN.from
  assert.deepEqual(gaps, [
    {
      kind: 'within',
      fromMinute,
      toMinute: fromMinute + GATEWAY_DOWN.minutes,
      minutes: GATEWAY_DOWN.minutes,
    },
  ])
})

test('when minutes are gone the sums are the same, incidents are known by the hour, and that is said', async () => {
  const whole = (await report({})).objective
  const source = { ...toSource(toOctober('chat'), Infinity), ...toScan([]) }
  const { objective } = await report({ source })
  for (const key of ['good', 'total', 'bad', 'excluded', 'attainedRatio', 'budget', 'worstHours'] as const) {
    assert.deepEqual(objective[key], whole[key], key)
  }
  const { gaps, ...coverage } = objective.coverage
  assert.deepEqual(coverage, {
    ...{ minutes: 44_700, counted: 44_670, idle: 0, missing: 30, hoursOnly: 745, isRounded: false },
  })
  assert.deepEqual(
    gaps.map(({ fromMinute, minutes }) => [(fromMinute - OCTOBER.fromMinute) / 60, minutes]),
    [
      [205, 15],
      [206, 15],
    ],
  )
  assert.ok(objective.incidents.every(({ isByHour }) => isByHour))
  assert.equal(
    objective.incidents.reduce((sum, { bad }) => sum + bad, objective.outside.bad),
    2_692,
  )
})

test('where minutes are gone in the middle each event is still counted once', async () => {
  const whole = (await report({})).objective
  const source = { ...toSource(toOctober('chat'), OCTOBER.fromMinute + 22_222), ...toScan([]) }
  const { objective } = await report({ source })
  assert.deepEqual(objective.budget, whole.budget)
  assert.deepEqual(offsets(objective).at(-1), offsets(whole).at(-1))
  assert.equal(objective.coverage.hoursOnly, 371)
})

test('a month that is not over ends with the last whole minute, one that has not begun is refused', async () => {
  const nowMs = Date.UTC(2026, 9, 15, 12, 0, 30)
  const { objective } = await report({ nowMs })
  assert.equal(objective.toMinute, Date.UTC(2026, 9, 15, 12) / MINUTE_MS)
  assert.equal(objective.endMinute, OCTOBER.toMinute)
  assert.equal(objective.coverage.missing, 30)
  await assert.rejects(report({ nowMs: Date.UTC(2026, 8, 30, 21) }), PeriodNotBegun)
})

test('the time of the budget begins with the first minute that anybody counted', async () => {
  const whole = (await report({})).objective
  const from = OCTOBER.toMinute - 24 * 60
  const rows = toOctober('chat').filter(({ minute }) => minute >= from)
  const { objective } = await report({ source: { ...toSource(rows), ...toScan([]) } })
  assert.equal(objective.coverage.gaps[0]?.kind, 'before')
  assert.equal(objective.budget.minutes, 7.2, '0.5 % of the day that was counted')
  assert.equal(whole.budget.minutes, 223.5)
  const spent = objective.budget.spent
  assert.ok(Math.abs((spent.minutes ?? 0) / 7.2 - (spent.ratio ?? 1)) < 1e-9)
})

test('a period without a row is neither kept nor broken', async () => {
  const { objective } = await report({ objectives: [{ ...PROMISE, name: 'new' }] })
  assert.equal(objective.verdict, 'unknown')
  assert.equal(objective.attainedRatio, undefined)
  assert.deepEqual(objective.budget.spent, { ratio: undefined, minutes: undefined })
  assert.deepEqual(
    objective.coverage.gaps.map(({ kind, minutes }) => [kind, minutes]),
    [['before', 44_700]],
  )
})

test('the zone on the command line goes before that of the objective, and that before the default', async () => {
  const { objective } = await report({ timeZone: 'Asia/Shanghai' })
  assert.equal(objective.timeZone, 'Asia/Shanghai')
  assert.equal(objective.fromMinute, Date.UTC(2026, 8, 30, 16) / MINUTE_MS)
  const rolling: Objective = { ...PROMISE, window: { kind: 'rolling', days: 30 } }
  const { objective: inUtc } = await report({ objectives: [rolling] })
  assert.deepEqual([inUtc.timeZone, inUtc.fromMinute], ['UTC', Date.UTC(2026, 9, 1) / MINUTE_MS])
})

const [FIRST] = INCIDENTS
const at = (offset: number): number => (OCTOBER.fromMinute + offset) * MINUTE_MS

/** Ends half a minute after it began. */
const record = (offset: number, given: Partial<RequestRecord> = {}): ExplainedOutline => ({
  record: toRecord({ id: `r${offset}`, startedAtMs: at(offset), durationMs: 30_000, ...given }),
  verdict: undefined,
})

test('records add who is to blame, who was hit and what was left out, each incident by itself', async () => {
  const failed = (offset: number, tenant: string): ExplainedOutline =>
    record(offset, { ...FAILED, tenant, backend: 'gpu-2' })
  const records = [
    record(FIRST.from - 10, { tenant: 'north' }),
    record(FIRST.from - 9, { outcome: 'caller_error' }),
    failed(FIRST.from, 'north'),
    failed(FIRST.from + 1, 'south'),
    failed(FIRST.from + 2, 'north'),
    record(FIRST.from + 3, { tenant: 'south' }),
    failed(40_500, 'south'),
    record(40_501, { ...FAILED, startedAtMs: OCTOBER.toMinute * MINUTE_MS - 1 }),
  ]
  const { objective, progress } = await report({ records })
  const { details, incidents } = objective
  assert.ok(details)
  assert.equal(details.fromMinute, OCTOBER.fromMinute + FIRST.from - 10)
  assert.deepEqual([details.good, details.bad, details.total], [2, 4, 6])
  assert.deepEqual(details.tenants, [
    { name: 'north', good: 1, total: 3, bad: 2 },
    { name: 'south', good: 1, total: 3, bad: 2 },
  ])
  assert.deepEqual(details.exclusions, [{ reason: 'caller', events: 1 }])
  assert.deepEqual(
    details.causes.map(({ cause, badEvents }) => [cause, badEvents]),
    [['backend_error', 4]],
  )
  assert.equal(incidents[0]?.blamed?.badEvents, 3)
  assert.match(incidents[0].blamed.text ?? '', /^67 % of the failures are backend_error at gpu-2/)
  assert.deepEqual([incidents[1]?.blamed, incidents[2]?.blamed], [undefined, undefined])
  assert.deepEqual(progress.at(-1)?.records, 8)
  assert.equal(progress[0]?.step, 'counts')
})

test('of a failure it is not said that nothing about it was slow', async () => {
  const nothing: Verdict = { cause: 'nothing', shareRatio: 0, text: 'nothing unusual' }
  const failed = { ...record(FIRST.from, FAILED), verdict: nothing }
  const { objective } = await report({ records: [failed] })
  assert.deepEqual(objective.details?.causes[0]?.example, {
    ...{ id: failed.record.id, durationMs: 30_000, text: undefined },
  })
})

test('slow requests are counted by why they were slow, with the longest of them', async () => {
  const slow = { ...PROMISE, indicator: { kind: 'duration', thresholdMs: 3_000 } } as const
  const queued = (offset: number, durationMs: number): ExplainedOutline => ({
    ...record(offset, { durationMs, phases: toPhases({ queue: durationMs - 1_200, decode: 1_200 }) }),
    verdict: { cause: 'queue', shareRatio: 0.9, text: 'queue 90 % behind 6 requests' },
  })
  const quick = Array.from({ length: 12 }, (_, number) => record(1_000 + number, { durationMs: 1_200 }))
  const records = [...quick, queued(2_000, 9_000), queued(2_001, 12_000)]
  const { details } = (await report({ objectives: [slow], records })).objective
  assert.deepEqual(details?.causes, [
    {
      ...{ cause: 'queue', badEvents: 2 },
      example: { id: 'r2001', durationMs: 12_000, text: 'queue 90 % behind 6 requests' },
    },
  ])
  assert.match(details.blamed.text ?? '', /of the excess is queueing/)
})

test('what ended in maintenance is out, also where its record says that it failed', async () => {
  const window = { kind: 'once', name: 'new-gpu', fromMs: at(100), toMs: at(200) } as const
  const records = [record(150, FAILED), record(99, { ...FAILED, durationMs: 90_000 }), record(200, FAILED)]
  const { objective } = await report({ records, maintenance: [window] })
  assert.deepEqual(objective.details?.exclusions, [{ reason: 'maintenance', events: 2 }])
  assert.equal(objective.details.bad, 1)
  assert.deepEqual(objective.maintenance, [
    { name: 'new-gpu', fromMinute: OCTOBER.fromMinute + 100, toMinute: OCTOBER.fromMinute + 200 },
  ])
})

test('of very many records each bad one is read and some of the others, which is said, and counts stay exact', async () => {
  const records = Array.from({ length: 30_000 }, (_, index) => {
    const isBad = index % 100 === 0
    const model = index % 4 === 0 ? 'small' : 'large'
    return record(index, { id: `r${index}`, modelRouted: model, ...(isBad && FAILED) })
  })
  let read = 0
  const within = ({ sinceMs = 0, untilMs = Infinity, outcome }: ScanFilter) =>
    records.filter(
      ({ record: each }) =>
        each.startedAtMs >= sinceMs &&
        each.startedAtMs < untilMs &&
        (outcome === undefined || each.outcome === outcome),
    )
  const source = {
    ...toSource(toOctober('chat')),
    async *scan(filter: ScanFilter) {
      const found = within(filter)
      if (filter.outcome !== undefined) read += found.length
      yield found
    },
    page({ filter, limit }: { readonly filter: ScanFilter; readonly limit: number }) {
      const found = within(filter).slice(-Math.min(limit, 100))
      read += found.length
      return Promise.resolve({ records: found })
    },
  }
  const { objective, progress } = await report({ source })
  const { details, good, bad } = objective
  assert.ok(details)
  assert.ok(read < 16_000, `${read} were read`)
  assert.deepEqual([details.bad, details.causes[0]?.badEvents], [300, 300])
  assert.ok((details.sampledRecords ?? 0) > 8_000, `${details.sampledRecords} sampled`)
  assert.equal(details.good, good, 'as many as were counted while records are kept')
  assert.equal(bad, 2_692, 'of the counts')
  const small = details.models.find(({ name }) => name === 'small')
  assert.ok(Math.abs((small?.good ?? 0) / good - 0.2424) < 0.01, 'models have their part of the good ones')
  assert.equal(small?.bad, 300)
  assert.equal(progress.at(-1)?.ratio, 1)
  const text = printReport({ version: 1, writtenAtMs: 0, objectives: [objective] }, 'md', 'en')
  assert.match(text, /Each of the 300 bad ones was read, and [\d,]+ of the others/)
  const fewer = { ...source, ...toSource(toOctober('chat').slice(0, HALF_A_MONTH_MINUTES)) }
  const sampled = async (given: Partial<ReportInput['source']>) =>
    (await report({ source: { ...fewer, ...given } })).objective.details?.sampledRecords
  assert.ok(((await sampled({})) ?? 0) > 8_000)
  assert.equal(
    await sampled({ givesOutlines: true }),
    undefined,
    'of outlines ten times as many are all read',
  )
})
