// From what people write on the command line to a plan, or to every complaint at once. Pure.
import { parseDuration, parseRatio } from '../core/units.ts'
import { ARRIVALS } from './arrivals.ts'
import { parseMix, type Mix } from './mix.ts'
import type { Objective } from './objectives.ts'
import { API_NAMES, LIMITS, type LoadPlan, type Pace } from './plan.ts'
import { parseLadder } from './steps/ladder.ts'

/** As written; undefined: not given. */
export interface WrittenLoad {
  readonly model?: string | undefined
  readonly api?: string | undefined
  readonly rate?: string | undefined
  readonly concurrency?: string | undefined
  readonly arrivals?: string | undefined
  readonly duration?: string | undefined
  readonly requests?: string | undefined
  readonly warmUp?: string | undefined
  readonly promptTokens?: string | undefined
  readonly maxTokens?: string | undefined
  readonly stream?: string | undefined
  readonly seed?: string | undefined
  readonly maxInFlight?: string | undefined
  readonly timeout?: string | undefined
  readonly steps?: string | undefined
  readonly findLimit?: boolean | undefined
}

/** Undefined: one run. */
export interface ClimbSettings {
  readonly rates: readonly number[]
  readonly refinements: number
}

export interface LoadSettings {
  readonly plan: LoadPlan
  readonly climb: ClimbSettings | undefined
}

export type ReadSettings = { readonly settings: LoadSettings } | { readonly complaints: readonly string[] }

export const DEFAULTS = {
  ...{ rate: '1/s', duration: '60s', stepDuration: '30s', warmUp: '10s', stepWarmUp: '5s' },
  ...{ promptTokens: '200', stream: '100%', seed: '1', maxInFlight: '1000', timeout: '2m' },
} as const

/** Doubles until it breaks, and looks between twice. */
const FIND_LIMIT = '1..1024x2'
const FIND_REFINEMENTS = 2

const PER: Readonly<Record<string, number>> = { s: 1, min: 60, h: 3_600 }

export function readSettings(written: WrittenLoad, objectives: readonly Objective[]): ReadSettings {
  const complaints: string[] = []
  const read = <T>(flag: string, value: T | string | undefined, fallback: T): T => {
    if (value === undefined) return fallback
    if (typeof value === 'string' && typeof fallback !== 'string') {
      complaints.push(`--${flag}: ${value}`)
      return fallback
    }
    return value as T
  }
  const climb = readClimb(written, read)
  complaints.push(...complainOfPairs(written, objectives))
  const isClimb = climb !== undefined
  const plan: LoadPlan = {
    api: API_NAMES.find((name) => name === written.api) ?? 'openai',
    model: written.model ?? '',
    pace: readPace(written, read),
    durationMs: readLength(written, read, isClimb),
    requests: read('requests', optional(written.requests, wholeUpTo(LIMITS.requests)), undefined),
    warmUpMs: read(
      'warm-up',
      toMs(written.warmUp ?? (isClimb ? DEFAULTS.stepWarmUp : DEFAULTS.warmUp), 0),
      0,
    ),
    promptTokens: read('prompt-tokens', toMix(written.promptTokens ?? DEFAULTS.promptTokens), []),
    maxTokens: read<Mix | undefined>('max-tokens', optional(written.maxTokens, toMix), undefined),
    streamRatio: read('stream', toShare(written.stream ?? DEFAULTS.stream), 1),
    seed: read('seed', wholeUpTo(MOST_SEED, 0)(written.seed ?? DEFAULTS.seed), 0),
    maxInFlight: read(
      'max-in-flight',
      wholeUpTo(LIMITS.inFlight)(written.maxInFlight ?? DEFAULTS.maxInFlight),
      1,
    ),
    timeoutMs: read('timeout', toMs(written.timeout ?? DEFAULTS.timeout, 1), 1),
    objectives,
  }
  return complaints.length > 0 ? { complaints } : { settings: { plan: withRoom(plan), climb } }
}

/** As many callers as were asked for. */
function withRoom(plan: LoadPlan): LoadPlan {
  return plan.pace.kind === 'closed' ? { ...plan, maxInFlight: plan.pace.callers } : plan
}

const MOST_SEED = 2 ** 31

/** Gives the value, or notes the complaint that stands in its place. */
type Read = <T>(flag: string, value: T | string | undefined, fallback: T) => T

function complainOfPairs(
  { model, rate, concurrency, arrivals, steps, findLimit, requests }: WrittenLoad,
  objectives: readonly Objective[],
): readonly string[] {
  const isClimb = steps !== undefined || findLimit === true
  const complaints: string[] = []
  if (model === undefined || model === '') complaints.push('--model: which model is to be asked?')
  if (rate !== undefined && concurrency !== undefined)
    complaints.push('--rate sends by the clock, --concurrency waits for answers: choose one')
  if (arrivals !== undefined && concurrency !== undefined)
    complaints.push('--arrivals is for --rate: callers of --concurrency come when they have their answer')
  if (steps !== undefined && findLimit === true) complaints.push('--steps and --find-limit: choose one')
  if (isClimb && (rate !== undefined || concurrency !== undefined))
    complaints.push('the steps say the rate; leave out --rate and --concurrency')
  if (isClimb && requests !== undefined)
    complaints.push('a step ends by its --duration; leave out --requests')
  if (isClimb && objectives.length === 0)
    complaints.push(
      'steps end when an objective breaks, and there is none: give --within firstToken=2s, or -c with a file that has slos for this model',
    )
  return complaints
}

function readClimb({ steps, findLimit }: WrittenLoad, read: Read): ClimbSettings | undefined {
  const text = steps ?? (findLimit === true ? FIND_LIMIT : undefined)
  if (text === undefined) return undefined
  const ladder = parseLadder(text)
  const rates = read<readonly number[]>('steps', 'complaint' in ladder ? ladder.complaint : ladder.rates, [])
  return { rates, refinements: steps === undefined ? FIND_REFINEMENTS : 0 }
}

function readPace(
  { rate = DEFAULTS.rate, concurrency, arrivals = 'poisson' }: WrittenLoad,
  read: Read,
): Pace {
  if (concurrency !== undefined)
    return { kind: 'closed', callers: read('concurrency', wholeUpTo(LIMITS.callers)(concurrency), 1) }
  const kind = ARRIVALS.find((each) => each === arrivals)
  return {
    kind: 'open',
    perSecond: read('rate', toRate(rate), 1),
    arrivals: read('arrivals', kind === undefined ? `expected ${ARRIVALS.join(' or ')}` : { kind }, {
      kind: 'poisson' as const,
    }).kind,
  }
}

/** A number of requests alone has no end in time. */
function readLength({ duration, requests }: WrittenLoad, read: Read, isClimb: boolean): number | undefined {
  if (duration === undefined && requests !== undefined) return undefined
  return read('duration', toMs(duration ?? (isClimb ? DEFAULTS.stepDuration : DEFAULTS.duration), 1), 1)
}

function optional<T>(text: string | undefined, parse: (text: string) => T): T | undefined {
  return text === undefined ? undefined : parse(text)
}

function toMs(text: string, least: number): number | string {
  const ms = parseDuration(text)
  return ms === undefined || ms < least || ms > LIMITS.durationMs
    ? 'expected a duration such as 30s or 5m, up to 1d'
    : ms
}

function toRate(text: string): number | string {
  const [, amount, period = 's'] = /^(\d+(?:\.\d+)?)(?:\/(s|min|h))?$/.exec(text.trim()) ?? []
  const perSecond = Number(amount) / (PER[period] ?? Number.NaN)
  return perSecond > 0 && perSecond <= LIMITS.perSecond
    ? perSecond
    : `expected a rate such as 5/s, 0.5/s or 90/min, up to ${LIMITS.perSecond}/s`
}

function wholeUpTo(most: number, least = 1): (text: string) => number | string {
  return (text) => {
    const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN
    return value >= least && value <= most ? value : `expected a whole number from ${least} to ${most}`
  }
}

function toMix(text: string): Mix | string {
  const read = parseMix(text)
  return 'mix' in read ? read.mix : read.complaint
}

function toShare(text: string): number | string {
  return parseRatio(text) ?? 'expected a share such as 80%'
}
