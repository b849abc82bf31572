// Whether objectives are met now: healthy, violated, or not known and why. It never takes a question that failed for health, and it
// means what the engine means: the same sums, the same evaluation, the same least number of events.
import type { BlamedSlice, Severity } from '../core/alert.ts'
import { printDuration } from '../core/units.ts'
import { badOf, burnRateOf, EMPTY_SUM } from './burn-rate.ts'
import { evaluate, type BurnState, type Evaluation, type WindowSums } from './evaluate.ts'
import type { Objective } from './objective.ts'
import { promiseOf, windowTextOf } from './resolve.ts'
import { MINUTE_MS } from './windows/config.ts'

export type Status = 'healthy' | 'violation' | 'unknown'

/** Sums as far as they can be known, or a reason or several, each a sentence without its full stop. */
export type Reading =
  | { readonly known: true; readonly sums: WindowSums }
  | { readonly known: false; readonly reasons: readonly string[] }

export interface CheckedBurn {
  /** How many times faster than the promise allows; undefined where nothing was counted. */
  readonly rate: number | undefined
  readonly over: string
  /** From which rate on somebody is told; undefined where nobody is. */
  readonly factor: number | undefined
  readonly badEvents: number
  readonly events: number
}

export interface ObjectiveCheck {
  readonly name: string
  readonly status: Status
  readonly promise: string
  readonly targetRatio: number
  readonly window: string
  /** Why it is not known. */
  readonly reasons: readonly string[]
  /** Of a violation: the highest for which somebody is told. */
  readonly severity: Severity | undefined
  /** Of a violation: the budget is being spent too fast, or is spent. */
  readonly because: 'burn' | 'exhausted' | undefined
  readonly attainedRatio: number | undefined
  readonly good: number | undefined
  readonly total: number | undefined
  readonly excluded: number | undefined
  /** 1 is an untouched budget, below 0 more than all is spent. */
  readonly budgetRemainingRatio: number | undefined
  readonly burn: CheckedBurn | undefined
  /** At this rate; undefined when the budget is spent, or is not being spent. */
  readonly exhaustedInMs: number | undefined
  /** Of a violation, in English: which slice of the traffic carries the bad events. */
  readonly attribution: string | undefined
  readonly blamed: readonly BlamedSlice[]
  /** The maintenance that is going on. */
  readonly maintenance: string | undefined
}

export interface CheckReport {
  /** Raised when older readers would misread it. */
  readonly version: 1
  readonly checkedAtMs: number
  /** The worst of all: a violation, else what is not known. */
  readonly status: Status
  readonly objectives: readonly ObjectiveCheck[]
}

export interface CheckInput {
  readonly objectives: readonly Objective[]
  readonly readings: ReadonlyMap<string, Reading>
  readonly nowMs: number
  readonly maintenance: string | undefined
  /** Over the last so many minutes; undefined where nobody can tell. */
  readonly attribute: (objective: Objective, lastMinutes: number) => Promise<Attributed | undefined>
}

export interface Attributed {
  readonly text: string | undefined
  readonly slices: readonly BlamedSlice[]
}

export async function checkObjectives(input: CheckInput): Promise<CheckReport> {
  const { objectives, readings, nowMs } = input
  const checks: ObjectiveCheck[] = []
  for (const objective of objectives) {
    const reading = readings.get(objective.name) ?? NOT_READ
    checks.push(await checkOne(objective, reading, input))
  }
  return { version: 1, checkedAtMs: nowMs, status: toStatus(checks), objectives: checks }
}

const NOT_READ: Reading = { known: false, reasons: ['it was not read'] }

/** What is violated is certain; what is not known comes second. Without any objective nothing is known. */
function toStatus(checks: readonly ObjectiveCheck[]): Status {
  if (checks.some(({ status }) => status === 'violation')) return 'violation'
  return checks.length === 0 || checks.some(({ status }) => status === 'unknown') ? 'unknown' : 'healthy'
}

/** Of a budget that was spent over weeks, the last day is looked at. */
const EXHAUSTED_MINUTES = 1_440

async function checkOne(objective: Objective, reading: Reading, input: CheckInput): Promise<ObjectiveCheck> {
  const unknown = toUnknown(objective, input)
  if (!reading.known) return { ...unknown, reasons: reading.reasons }
  const { sums } = reading
  const evaluation = evaluate(objective, sums)
  const burn = chooseBurn(evaluation)
  const known: ObjectiveCheck = { ...unknown, ...toFigures(evaluation, burn, { objective, sums }) }
  if (burn?.isFiring === true || evaluation.isExhausted) return toViolation(known, burn, { objective, input })
  const reasons = findDoubts(objective, evaluation, sums)
  return { ...known, status: reasons.length === 0 ? 'healthy' : 'unknown', reasons }
}

async function toViolation(
  known: ObjectiveCheck,
  burn: BurnState | undefined,
  { objective, input }: { readonly objective: Objective; readonly input: CheckInput },
): Promise<ObjectiveCheck> {
  const firing = burn?.isFiring === true ? burn : undefined
  const minutes = firing?.pair.longMinutes ?? EXHAUSTED_MINUTES
  const attributed = await input.attribute(objective, minutes)
  return {
    ...known,
    status: 'violation',
    severity: firing?.pair.severity ?? 'ticket',
    because: firing === undefined ? 'exhausted' : 'burn',
    attribution: attributed?.text,
    blamed: attributed?.slices ?? [],
  }
}

function toUnknown(objective: Objective, { maintenance }: CheckInput): ObjectiveCheck {
  const nothing = undefined
  return {
    ...{ name: objective.name, status: 'unknown', promise: promiseOf(objective), reasons: [] },
    ...{ targetRatio: objective.targetRatio, window: windowTextOf(objective), maintenance },
    ...{ severity: nothing, because: nothing, attainedRatio: nothing, good: nothing, total: nothing },
    ...{ excluded: nothing, budgetRemainingRatio: nothing, burn: nothing, exhaustedInMs: nothing },
    ...{ attribution: nothing, blamed: [] },
  }
}

/** A page before a ticket before what tells nobody; of the latter, the longest. */
function chooseBurn({ burns }: Evaluation): BurnState | undefined {
  const firing = burns.filter(({ isFiring }) => isFiring)
  const page = firing.find(({ pair }) => pair.severity === 'page')
  const longest = burns.toSorted((left, right) => right.pair.longMinutes - left.pair.longMinutes)[0]
  return page ?? firing[0] ?? longest
}

/** Where nobody is told of a rate, that of the last hour is shown. */
const SHOWN_MINUTES = 60

function toFigures(
  evaluation: Evaluation,
  burn: BurnState | undefined,
  { objective, sums }: { readonly objective: Objective; readonly sums: WindowSums },
): Partial<ObjectiveCheck> {
  const { attainedRatio, budgetRemainingRatio, own } = evaluation
  const { good, total, excluded } = own
  const lastHour = sums.last.get(SHOWN_MINUTES) ?? EMPTY_SUM
  const shown: CheckedBurn =
    burn === undefined
      ? {
          rate: burnRateOf(lastHour, objective.budgetRatio),
          ...{ over: printDuration(SHOWN_MINUTES * MINUTE_MS), factor: undefined },
          ...{ badEvents: badOf(lastHour), events: lastHour.total },
        }
      : {
          ...{ rate: burn.burnRate, over: printDuration(burn.pair.longMinutes * MINUTE_MS) },
          ...{ factor: burn.pair.factor, badEvents: burn.badEvents, events: burn.events },
        }
  return {
    ...{ attainedRatio, good, total, excluded, budgetRemainingRatio, burn: shown },
    exhaustedInMs: burn?.exhaustedInMs,
  }
}

/** Why nobody can say that all is well, though nothing is known to be wrong. */
function findDoubts(
  { minEvents, minBadEvents, noDataMinutes }: Objective,
  { own, isBreached }: Evaluation,
  { last }: WindowSums,
): readonly string[] {
  if (own.total === 0) return ['no request came that counts']
  if (isBreached)
    return [
      `${badOf(own)} of ${own.total} requests are bad, which is more than promised, but fewer than ${minBadEvents} bad ones among ${minEvents} say too little`,
    ]
  if (own.total < minEvents)
    return [`${count(own.total)} in the window, and fewer than ${minEvents} say too little (minEvents)`]
  const isSilent = noDataMinutes !== undefined && (last.get(noDataMinutes) ?? EMPTY_SUM).total === 0
  return isSilent ? [`no request came that counts for ${printDuration(noDataMinutes * MINUTE_MS)}`] : []
}

function count(events: number): string {
  return events === 1 ? 'only 1 request' : `only ${events} requests`
}
