// What an answer must keep to be worth something: given by hand, or taken from the promises of the configuration. Pure.
import { parseGlob } from '../core/glob.ts'
import { parseDuration, parseRatio, printDuration, printRatio } from '../core/units.ts'
import type { Outcome } from './outcome.ts'

export const LATENCIES = ['firstToken', 'duration', 'perToken', 'interToken'] as const
export type Latency = (typeof LATENCIES)[number]

export interface Objective {
  readonly name: string
  /** `availability`: it was answered. */
  readonly kind: Latency | 'availability'
  /** 0 for availability. */
  readonly thresholdMs: number
  /** The share of requests that must keep it. */
  readonly targetRatio: number
}

export type Judgement = 'good' | 'bad' | 'excluded'

/** What is promised where nobody says how often: the usual "P95 within". */
export const DEFAULT_TARGET_RATIO = 0.95

const EXPECTED =
  'expected thresholds such as firstToken=2s,duration=10s@99%, of firstToken, duration, perToken, interToken'

export type ReadObjectives = { readonly objectives: readonly Objective[] } | { readonly complaint: string }

/** `firstToken=2s,duration=10s@99%`. */
export function parseWithin(text: string): ReadObjectives {
  const objectives: Objective[] = []
  for (const part of text.split(',')) {
    const match = /^\s*(\w+)\s*=\s*([\w.]+)\s*(?:@\s*([\d.]+\s*%?))?\s*$/.exec(part)
    const kind = LATENCIES.find((latency) => latency === match?.[1])
    const thresholdMs = parseDuration(match?.[2] ?? '')
    const targetRatio = match?.[3] === undefined ? DEFAULT_TARGET_RATIO : parseRatio(match[3])
    if (kind === undefined || thresholdMs === undefined || thresholdMs === 0) return { complaint: EXPECTED }
    if (targetRatio === undefined || targetRatio === 0) return { complaint: EXPECTED }
    if (objectives.some((objective) => objective.kind === kind))
      return { complaint: `${kind} has two thresholds; expected one` }
    objectives.push({ name: `${kind} within ${printDuration(thresholdMs)}`, kind, thresholdMs, targetRatio })
  }
  return { objectives }
}

/** As the configuration has them; said by shape, because a load test must not depend on the engine that judges records. */
export interface PromisedObjective {
  readonly name: string
  readonly match: {
    readonly model?: string | undefined
    readonly route?: string | undefined
    readonly tenant?: string | undefined
    readonly backend?: string | undefined
  }
  readonly sli:
    { readonly kind: 'availability' } | { readonly kind: Latency | 'guard'; readonly thresholdMs: number }
  readonly objective: number
}

export interface PromisedChoice {
  readonly objectives: readonly Objective[]
  /** Those that hold for such requests, but cannot be judged from where the load comes from; and why. */
  readonly leftOut: readonly { readonly name: string; readonly reason: string }[]
}

/** Those promises that hold for requests of this model to this route. */
export function choosePromised(
  promised: readonly PromisedObjective[],
  { model, route }: { readonly model: string; readonly route: string },
): PromisedChoice {
  const objectives: Objective[] = []
  const leftOut: { name: string; reason: string }[] = []
  for (const { name, match, sli, objective } of promised) {
    if (match.model !== undefined && !parseGlob(match.model)(model)) continue
    if (match.route !== undefined && !parseGlob(match.route)(route)) continue
    const reason = whyUnknowable(match, sli.kind)
    if (reason !== undefined || sli.kind === 'guard') {
      leftOut.push({ name, reason: reason ?? '' })
      continue
    }
    const thresholdMs = sli.kind === 'availability' ? 0 : sli.thresholdMs
    objectives.push({ name, kind: sli.kind, thresholdMs, targetRatio: objective })
  }
  return { objectives, leftOut }
}

function whyUnknowable({ tenant, backend }: PromisedObjective['match'], kind: string): string | undefined {
  if (kind === 'guard') return 'a caller does not see how long a guard takes'
  if (backend !== undefined) return 'it is about one backend'
  return tenant === undefined ? undefined : 'it is about one tenant'
}

/** Of twenty gaps, nineteen must be within: as the objectives of the gateway have it. */
const GAPS = 20
const GAPS_WITHIN = 19

/** A request that failed keeps no promise: the caller of a load test has done nothing wrong. */
export function judge({ kind, thresholdMs }: Objective, outcome: Outcome): Judgement {
  if (outcome.failure !== undefined) return 'bad'
  switch (kind) {
    case 'availability':
      return 'good'
    case 'duration':
      return within(outcome.durationMs, thresholdMs)
    case 'firstToken':
      return within(outcome.firstTokenMs, thresholdMs)
    case 'perToken':
      return within(outcome.perTokenMs, thresholdMs)
    case 'interToken': {
      const { gapsMs } = outcome
      if (gapsMs.length === 0) return 'excluded'
      const kept = gapsMs.reduce((sum, gap) => sum + (gap <= thresholdMs ? 1 : 0), 0)
      return kept * GAPS >= gapsMs.length * GAPS_WITHIN ? 'good' : 'bad'
    }
  }
}

function within(ms: number | undefined, thresholdMs: number): Judgement {
  if (ms === undefined) return 'excluded'
  return ms <= thresholdMs ? 'good' : 'bad'
}

/** `95% within 2s to the first token`. */
export function printObjective({ kind, thresholdMs, targetRatio }: Objective): string {
  const share = printRatio(targetRatio)
  return kind === 'availability'
    ? `${share} answered`
    : `${share} with ${kind} within ${printDuration(thresholdMs)}`
}
