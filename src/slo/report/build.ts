// Makes a report: counts first, which are exact and kept long, then what records add to them (reading.ts).
// It asks the store and knows no clock.
import type { MaintenanceWindow } from '../maintenance/maintenance.ts'
import { createMaintainedMinutes, type MaintainedMinutes } from '../maintenance/maintained-minutes.ts'
import { badOf, badRatioOf } from '../burn-rate.ts'
import type { ObjectiveSum } from '../../core/minutes.ts'
import type { Objective } from '../objective.ts'
import { promiseOf } from '../resolve.ts'
import { toAbout } from '../thresholds/rule-conditions.ts'
import { Usual } from '../usual.ts'
import { MINUTE_MS } from '../windows/config.ts'
import { toCoverage } from './coverage.ts'
import { createCollector, type Collector, type Known } from './details.ts'
import { findBurns, type Burn } from './incidents.ts'
import { toMaintenanceSpans } from './maintenance-spans.ts'
import { toPeriod, type Period, type PeriodQuestion } from './period.ts'
import { readRecords, type Reader, type RecordSource } from './reading.ts'
import type { Coverage, Incident, ObjectiveReport, SlaReport, Spent, WorstHour } from './report.ts'
import { HOUR_MINUTES, readTape, sumOf, type CountSource, type Piece, type Tape } from './tape.ts'

export type { RecordSource } from './reading.ts'

export interface ReportInput {
  readonly source: CountSource & RecordSource
  readonly objectives: readonly Objective[]
  readonly maintenance: readonly MaintenanceWindow[]
  readonly question: PeriodQuestion
  /** Goes before the zone of an objective. */
  readonly timeZone: string | undefined
  /** Of objectives without one of their own. */
  readonly defaultTimeZone: string
  readonly nowMs: number
  readonly onProgress: (progress: Progress) => void
}

export interface Progress {
  readonly step: 'counts' | 'records'
  /** 0 to 1. */
  readonly ratio: number
  readonly records: number
}

/** Nothing of the period is over yet. */
export class PeriodNotBegun extends Error {
  override readonly name = 'PeriodNotBegun'
}

interface Draft {
  readonly objective: Objective
  readonly timeZone: string
  readonly period: Period
  readonly tape: Tape
  readonly sum: ObjectiveSum
  readonly burns: readonly Burn[]
  readonly collector: Collector
}

export async function buildReport(asked: ReportInput): Promise<SlaReport> {
  const input = { ...asked, source: toRemembering(asked.source) }
  const usual = new Usual()
  const isMaintained = createMaintainedMinutes(input.maintenance)
  const spansOf = createSpansOf(input.maintenance)
  const drafts: Draft[] = []
  for (const objective of input.objectives) {
    drafts.push(await toDraft(objective, { usual, isMaintained }, input))
    input.onProgress({ step: 'counts', ratio: drafts.length / input.objectives.length, records: 0 })
  }
  const recordsFromMs = await readRecords({
    ...{ source: asked.source, readers: drafts.map(toReader), usual, onProgress: input.onProgress },
  })
  return {
    version: 1,
    writtenAtMs: input.nowMs,
    objectives: drafts.map((draft) => toObjectiveReport(draft, recordsFromMs, spansOf)),
  }
}

type SpansOf = (period: Period) => ObjectiveReport['maintenance']

/** Calendars are slow, and most objectives have the same period. */
function createSpansOf(windows: readonly MaintenanceWindow[]): SpansOf {
  const known = new Map<string, ObjectiveReport['maintenance']>()
  return (period) => {
    const key = `${period.fromMinute}-${period.toMinute}`
    const spans = known.get(key) ?? toMaintenanceSpans(windows, period)
    known.set(key, spans)
    return spans
  }
}

/** Sums are of all objectives: of an hour they are asked for once, not once for each. */
function toRemembering(source: CountSource): CountSource {
  const known = new Map<string, ReturnType<CountSource['sumMinutes']>>()
  return {
    minutes: (query) => source.minutes(query),
    sumMinutes(fromMinute, toMinute) {
      const key = `${fromMinute}-${toMinute}`
      const sums = known.get(key) ?? source.sumMinutes(fromMinute, toMinute)
      known.set(key, sums)
      return sums
    },
  }
}

type Input = Omit<ReportInput, 'source'> & { readonly source: CountSource }

interface Shared {
  readonly usual: Usual
  readonly isMaintained: MaintainedMinutes
}

async function toDraft(objective: Objective, shared: Shared, input: Input): Promise<Draft> {
  const timeZone = input.timeZone ?? zoneOf(objective) ?? input.defaultTimeZone
  const period = toPeriod(input.question, timeZone, input.nowMs)
  if (period === undefined) throw new PeriodNotBegun('nothing of this period is over yet')
  const tape = await readTape(input.source, objective.name, period)
  const burns = findBurns(tape.pieces, objective)
  const collector = createCollector({ objective, span: period, incidents: burns, ...shared })
  return { ...{ objective, timeZone, period, tape, burns, collector }, sum: sumOf(tape.pieces) }
}

function zoneOf({ window }: Objective): string | undefined {
  return window.kind === 'month' ? window.timeZone : undefined
}

function toReader({ objective, period, burns, sum, collector }: Draft): Reader {
  const incidents = burns.toSorted((left, right) => badOf(right.sum) - badOf(left.sum))
  return { objective, period, incidents, events: sum.total + sum.excluded, collector }
}

/** Of the time of which records are kept. */
function toKept({ tape }: Draft, recordsFromMinute: number): Known {
  const { good, excluded } = sumOf(tape.pieces.filter(({ minute }) => minute >= recordsFromMinute))
  return { good, excluded }
}

const WORST_HOURS = 5
/** Of decimals that multiplications add noise to. */
const DIGITS = 12

function toObjectiveReport(
  draft: Draft,
  recordsFromMs: number | undefined,
  spansOf: SpansOf,
): ObjectiveReport {
  const { objective, timeZone, period, tape, sum, burns, collector } = draft
  const { fromMinute, toMinute, endMinute } = period
  const { name, description, targetRatio, budgetRatio } = objective
  const bad = badOf(sum)
  const recordsFromMinute = recordsFromMs === undefined ? undefined : Math.floor(recordsFromMs / MINUTE_MS)
  const coverage = toCoverage(tape)
  const promisedMinutes = toPromisedMinutes(coverage)
  const spentBy = createSpent(sum, budgetRatio, promisedMinutes)
  const badRatio = badRatioOf(sum)
  const blamed = collector.blamed()
  const incidents = burns.map((burn, at): Incident => toIncident(burn, spentBy, blamed[at]))
  const outside = bad - incidents.reduce((total, incident) => total + incident.bad, 0)
  return {
    ...{ name, description, timeZone, fromMinute, toMinute, endMinute, targetRatio },
    ...{ good: sum.good, total: sum.total, bad, excluded: sum.excluded },
    promise: promiseOf(objective),
    about: toAbout(objective.indicator),
    verdict: badRatio === undefined ? 'unknown' : badRatio > budgetRatio ? 'broken' : 'kept',
    attainedRatio: badRatio === undefined ? undefined : sum.good / sum.total,
    budget: {
      events: round(sum.total * budgetRatio),
      minutes: round(promisedMinutes * budgetRatio),
      spent: spentBy(bad),
      remainingRatio: badRatio === undefined ? undefined : round(1 - badRatio / budgetRatio),
    },
    incidents,
    outside: { bad: outside, spent: spentBy(outside) },
    worstHours: toWorstHours(tape.pieces, spentBy),
    coverage,
    maintenance: spansOf(period),
    recordsFromMinute,
    details:
      recordsFromMinute === undefined
        ? undefined
        : collector.result(recordsFromMinute, toKept(draft, recordsFromMinute)),
  }
}

/** Before anybody counted nothing was promised: else a minute of a gateway's first day would pass for days of its first month. */
function toPromisedMinutes({ minutes, gaps: [first] }: Coverage): number {
  const before = first?.kind === 'before' ? first.minutes : 0
  return before === minutes ? minutes : minutes - before
}

type SpentBy = (bad: number) => Spent

function createSpent({ total }: ObjectiveSum, budgetRatio: number, minutes: number): SpentBy {
  return (bad) =>
    total === 0
      ? { ratio: undefined, minutes: undefined }
      : { ratio: round(bad / total / budgetRatio), minutes: round((bad * minutes) / total) }
}

/** Of the budget of the period. */
const SMALL_RATIO = 0.01

function toIncident(
  { fromMinute, toMinute, sum: { good, total }, isByHour }: Burn,
  spentBy: SpentBy,
  blamed: Incident['blamed'],
): Incident {
  const bad = total - good
  const spent = spentBy(bad)
  const isSmall = (spent.ratio ?? 1) < SMALL_RATIO
  return { fromMinute, toMinute, good, total, bad, spent, isByHour, isSmall, blamed }
}

/** Those with most bad events; by hours of UTC, as they are kept. */
function toWorstHours(pieces: readonly Piece[], spentBy: SpentBy): readonly WorstHour[] {
  const hours = Map.groupBy(pieces, ({ minute }) => Math.floor(minute / HOUR_MINUTES) * HOUR_MINUTES)
  return [...hours]
    .map(([fromMinute, within]) => {
      const { good, total } = sumOf(within)
      return { fromMinute, good, total, bad: total - good, spent: spentBy(total - good) }
    })
    .filter(({ bad }) => bad > 0)
    .toSorted((left, right) => right.bad - left.bad || left.fromMinute - right.fromMinute)
    .slice(0, WORST_HOURS)
}

function round(value: number): number {
  return Number(value.toPrecision(DIGITS))
}
