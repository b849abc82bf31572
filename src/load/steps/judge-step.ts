// Whether one rate was borne: every objective kept, and the server no further behind at the end than it should be. Pure.
import type { Objective } from '../objectives.ts'
import type { Report } from '../report.ts'
import type { ObjectiveCount } from '../tally.ts'

/** `unknown`: nothing that would say. */
export interface StepVerdict {
  readonly is: 'meets' | 'breaks' | 'unknown'
  readonly reasons: readonly string[]
}

export function judgeStep(report: Report, isBrokenOff: boolean): StepVerdict {
  const broken = report.objectives.filter(isBroken)
  const reasons = broken.map(
    ({ name, ratio = 0, targetRatio }) => `${name}: ${toPercent(ratio)} instead of ${toPercent(targetRatio)}`,
  )
  if (!isBrokenOff && fallsBehind(report))
    reasons.push(
      `the server falls behind: ${report.generator.inFlightAtEnd} requests under way at the end, and more all the time`,
    )
  if (reasons.length > 0) {
    const { doubts } = report.generator
    return mayBeOurs(report, broken)
      ? { is: 'unknown', reasons: [...doubts, ...reasons] }
      : { is: 'breaks', reasons }
  }
  const silent = report.objectives.filter(({ ratio }) => ratio === undefined)
  if (silent.length > 0)
    return { is: 'unknown', reasons: silent.map(({ name }) => `${name}: no request has such a time`) }
  return { is: 'meets', reasons: [] }
}

function isBroken({ ratio, targetRatio }: Report['objectives'][number]): boolean {
  return ratio !== undefined && ratio < targetRatio
}

/** Lateness of ours that is small against a threshold did not break it. */
const LATENESS_RATIO = 0.1

/** The machine that sends may have broken it, not the server. */
function mayBeOurs({ generator }: Report, broken: readonly Objective[]): boolean {
  const { lagP99Ms, loopDelayP95Ms, ownFailures } = generator
  const latenessMs = Math.max(lagP99Ms, loopDelayP95Ms)
  return (
    ownFailures > 0 ||
    broken.some(
      ({ kind, thresholdMs }) => kind !== 'availability' && latenessMs > LATENESS_RATIO * thresholdMs,
    )
  )
}

const SECOND_MS = 1_000
/** In balance as many are under way as come in the time that one takes (Little 1961). A queue that grows from nothing ends at twice its mean. */
const MORE_THAN_BALANCE = 1.5
/** Chance moves a count by its square root, and a small one by more. */
const CHANCE_SIGMAS = 3
const CHANCE_REQUESTS = 5

function fallsBehind({ askedPerSecond = 0, timesMs, generator }: Report): boolean {
  const balance = (askedPerSecond * (timesMs.duration?.mean ?? 0)) / SECOND_MS
  const most = MORE_THAN_BALANCE * balance + CHANCE_SIGMAS * Math.sqrt(balance) + CHANCE_REQUESTS
  return generator.inFlightAtEnd > most
}

/** Three standard deviations and a little: one step of a thousand is broken off without cause. */
const SURE_Z = 3.3
const LEAST_REQUESTS = 20

/** There is no need to go on: so many are bad already that the rest could not make up for it but by wonder. */
export function isClearlyBroken(counts: readonly ObjectiveCount[]): boolean {
  return counts.some(
    ({ objective, good, total }) =>
      total >= LEAST_REQUESTS && upperBound(good, total) < objective.targetRatio,
  )
}

/** Wilson's (1927) of a share. */
function upperBound(good: number, total: number): number {
  const share = good / total
  const z2 = SURE_Z ** 2
  const spread = SURE_Z * Math.sqrt((share * (1 - share)) / total + z2 / (4 * total ** 2))
  return (share + z2 / (2 * total) + spread) / (1 + z2 / total)
}

function toPercent(ratio: number): string {
  return `${Number((ratio * 100).toPrecision(3))} %`
}

export function namesOf(objectives: readonly Objective[]): string {
  return objectives.map(({ name }) => name).join(', ')
}
