// A run in figures: what was sent, what came of it, how fast, and whether the generator itself can be believed. Pure.
import { OWN_FAILURES } from './client/connection-failure.ts'
import type { Histogram } from './histogram.ts'
import type { Objective } from './objectives.ts'
import type { Failure } from './outcome.ts'
import type { LoadPlan } from './plan.ts'
import type { Measured } from './run.ts'
import { METRICS, type Metric } from './slice.ts'

export interface Summary {
  readonly count: number
  readonly mean: number
  readonly p50: number
  readonly p90: number
  readonly p95: number
  readonly p99: number
  readonly max: number
}

/** Tokens per second of single answers: `p5` is what 95 % of them exceed. */
export interface SpeedSummary {
  readonly count: number
  readonly p50: number
  readonly p10: number
  readonly p5: number
  readonly p1: number
}

export interface ObjectiveResult extends Objective {
  readonly good: number
  readonly total: number
  /** Undefined: no request of this run has such a time. */
  readonly ratio: number | undefined
}

export interface ErrorResult {
  readonly code: string
  readonly status: number | undefined
  readonly count: number
  readonly examples: readonly Failure[]
}

export interface Report {
  /** Measured requests that ended. */
  readonly requests: number
  readonly answered: number
  readonly failed: number
  readonly failedRatio: number
  /** Answered within every objective; without any, answered. */
  readonly good: number
  readonly goodRatio: number
  readonly warmUpRequests: number
  /** Under way when the run was stopped, counted nowhere else. */
  readonly cutOff: number
  readonly isPartial: boolean
  readonly windowMs: number
  /** Undefined in a closed loop: it takes what it gets. */
  readonly askedPerSecond: number | undefined
  readonly sentPerSecond: number
  readonly answeredPerSecond: number
  readonly goodPerSecond: number
  readonly timesMs: Readonly<Record<Metric, Summary | undefined>>
  readonly tokensPerSecond: SpeedSummary | undefined
  readonly tokens: {
    /** As the server counts; undefined where it does not. */
    readonly prompt: number | undefined
    /** What was aimed at with the same requests. */
    readonly promptAsked: number
    readonly output: number
    /** Answered requests whose tokens the server did not count: events are counted for them. */
    readonly estimatedRequests: number
    readonly perEvent: number | undefined
    /** All answers together. */
    readonly perSecond: number
  }
  readonly objectives: readonly ObjectiveResult[]
  readonly errors: readonly ErrorResult[]
  readonly generator: {
    readonly lagP99Ms: number
    readonly lagMaxMs: number
    readonly loopDelayP95Ms: number
    readonly loopDelayMaxMs: number
    readonly held: number
    readonly inFlightAtStart: number
    readonly inFlightAtEnd: number
    /** Connections for which this machine had no room. */
    readonly ownFailures: number
    /** Why the figures are not to be trusted; none: they are. */
    readonly doubts: readonly string[]
  }
}

const SECOND_MS = 1_000

export function toReport(plan: LoadPlan, measured: Measured): Report {
  const { tally, windowMs, cutOff, isStopped } = measured
  const { whole } = tally
  const answered = whole.sent - whole.failed
  const perSecond = (count: number): number => (windowMs <= 0 ? 0 : (count * SECOND_MS) / windowMs)
  return {
    requests: whole.sent,
    answered,
    failed: whole.failed,
    failedRatio: toRatio(whole.failed, whole.sent),
    good: whole.good,
    goodRatio: toRatio(whole.good, whole.sent),
    warmUpRequests: tally.warmUp,
    cutOff,
    isPartial: isStopped,
    windowMs,
    askedPerSecond: plan.pace.kind === 'open' ? plan.pace.perSecond : undefined,
    sentPerSecond: perSecond(whole.sent + cutOff),
    answeredPerSecond: perSecond(answered),
    goodPerSecond: perSecond(whole.good),
    timesMs: toTimes(whole.metrics),
    tokensPerSecond: toSpeed(whole.metrics.perToken),
    tokens: toTokens(measured, perSecond),
    objectives: tally.objectives.map(({ objective, good, total }) => ({
      ...objective,
      ...{ good, total, ratio: total === 0 ? undefined : good / total },
    })),
    errors: [...tally.errors.values()]
      .map(({ code, status, count, examples }) => ({ code, status, count, examples: [...examples] }))
      .sort((left, right) => right.count - left.count),
    generator: toGenerator(plan, measured),
  }
}

function toRatio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole
}

function toTimes(metrics: Readonly<Record<Metric, Histogram>>): Report['timesMs'] {
  const entries = METRICS.map((metric) => [metric, toSummary(metrics[metric])] as const)
  return Object.fromEntries(entries) as Report['timesMs']
}

export function toSummary(histogram: Histogram): Summary | undefined {
  const { count, mean, max } = histogram
  if (count === 0) return undefined
  const at = (share: number): number => histogram.quantile(share) ?? 0
  return { count, mean, p50: at(0.5), p90: at(0.9), p95: at(0.95), p99: at(0.99), max }
}

function toSpeed(perToken: Histogram): SpeedSummary | undefined {
  const { count } = perToken
  if (count === 0) return undefined
  // The slowest are those with the most time per token.
  const at = (share: number): number => SECOND_MS / Math.max(Number.EPSILON, perToken.quantile(share) ?? 0)
  return { count, p50: at(0.5), p10: at(0.9), p5: at(0.95), p1: at(0.99) }
}

function toTokens({ tally }: Measured, perSecond: (count: number) => number): Report['tokens'] {
  const { prompt, promptAsked, output, outputEstimated, estimatedRequests, events, eventTokens, inWindow } =
    tally.tokens
  return {
    prompt: promptAsked === 0 ? undefined : prompt,
    promptAsked,
    output: output + outputEstimated,
    estimatedRequests,
    perEvent: events === 0 ? undefined : eventTokens / events,
    perSecond: perSecond(inWindow),
  }
}

/** A request that leaves late is seen to be slow by as much. Timers of this runtime are up to 2 ms late at rest; what is small against the times themselves moves nothing. */
const MOST_LAG_MS = 10
const MOST_LAG_RATIO = 0.05
const MOST_LOOP_DELAY_MS = 25
/** Less of a rate than this is another rate. */
const LEAST_SENT_RATIO = 0.95
/** Of so few, chance alone may give another rate. */
const LEAST_REQUESTS_FOR_RATE = 200

function toGenerator(plan: LoadPlan, measured: Measured): Report['generator'] {
  const { lags, loopDelays, held, inFlightAtEnd, inFlightAtStart } = measured
  const figures = {
    lagP99Ms: plan.pace.kind === 'open' && held === 0 ? (lags.quantile(0.99) ?? 0) : 0,
    lagMaxMs: lags.max,
    loopDelayP95Ms: loopDelays.quantile(0.95) ?? 0,
    loopDelayMaxMs: loopDelays.max,
    ...{ held, inFlightAtStart, inFlightAtEnd, ownFailures: countOwnFailures(measured) },
  }
  return { ...figures, doubts: findDoubts(plan, measured, figures) }
}

function findDoubts(
  plan: LoadPlan,
  { tally, held, cutOff, windowMs }: Measured,
  { lagP99Ms, loopDelayP95Ms, ownFailures }: Omit<Report['generator'], 'doubts'>,
): readonly string[] {
  const doubts: string[] = []
  const { pace } = plan
  const round = (ms: number): string => `${Math.round(ms)} ms`
  if (held > 0)
    doubts.push(
      `${held} requests had to wait here because ${plan.maxInFlight} were under way (--max-in-flight); their wait is in the times`,
    )
  const { firstToken, duration } = tally.whole.metrics
  const usualMs = (firstToken.count > 0 ? firstToken : duration).quantile(0.5) ?? 0
  if (lagP99Ms > Math.max(MOST_LAG_MS, MOST_LAG_RATIO * usualMs))
    doubts.push(`requests left late (99 % within ${round(lagP99Ms)}): this machine cannot send so many`)
  if (loopDelayP95Ms > MOST_LOOP_DELAY_MS)
    doubts.push(
      `the generator was busy with itself (95 % of its turns within ${round(loopDelayP95Ms)}): times are too long by that`,
    )
  const sent = tally.whole.sent + cutOff
  const due = pace.kind === 'open' ? (pace.perSecond * windowMs) / SECOND_MS : 0
  if (pace.kind === 'open' && due > LEAST_REQUESTS_FOR_RATE && sent / due < LEAST_SENT_RATIO)
    doubts.push(`${sent} of about ${Math.round(due)} requests were sent`)
  if (ownFailures > 0) doubts.push(`this machine had no room for ${ownFailures} connections`)
  return doubts
}

function countOwnFailures({ tally }: Measured): number {
  const own = [...tally.errors.values()].filter(({ code }) => OWN_FAILURES.has(code))
  return own.reduce((sum, { count }) => sum + count, 0)
}
