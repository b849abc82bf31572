// A tape: what several gateways served over hours or days, minute by minute, with incidents, quiet hours and restarts. Drawn
// from a plan that fast-check can make smaller when two engines do not agree about it.
import fc from 'fast-check'
import type { RequestRecord } from '../../../src/core/record.ts'
import { createRandom } from '../../faults/schedule.ts'
import { drawRecord, FLAVOUR_NAMES, INCIDENT_FLAVOURS, type Flavour, type Random } from './flavours.ts'

const MINUTE_MS = 60_000

/** Part of a tape, in minutes from its beginning. */
export interface Span {
  readonly from: number
  readonly minutes: number
}

export interface Incident extends Span {
  readonly flavour: (typeof INCIDENT_FLAVOURS)[number]
  /** Of the requests that are hit. */
  readonly ratio: number
}

/** A process that ends and another that takes its place with counters at zero; nothing is scraped in between. */
export interface Restart extends Span {
  readonly gateway: number
}

export interface TapePlan {
  readonly seed: number
  readonly minutes: number
  /** Of the day, at the beginning. */
  readonly fromHour: number
  readonly gateways: number
  /** By day and by gateway; at night a twentieth of it. */
  readonly requestsPerMinute: number
  /** Requests of any other flavour than the fast ones, on a usual day. */
  readonly oddRatio: number
  readonly incidents: readonly Incident[]
  readonly silences: readonly Span[]
  readonly restarts: readonly Restart[]
  /** One of the backends does not answer probes. */
  readonly backendOutages: readonly Span[]
}

/** What one gateway did in one minute; undefined: it was not there, and nobody could scrape it at the end of the minute. */
export type GatewayMinute = readonly RequestRecord[] | undefined

export interface Tape {
  readonly plan: TapePlan
  readonly startMs: number
  /** By gateway, then by minute. */
  readonly gateways: readonly (readonly GatewayMinute[])[]
  /** By gateway: the minutes at whose beginning a new process stands, with counters at zero. */
  readonly starts: readonly ReadonlySet<number>[]
}

/** Midnight UTC, on a minute like every tape: promtool's time begins at zero, and only differences matter. */
const START_MS = 1_700_006_400_000

export function playPlan(plan: TapePlan): Tape {
  const random = createRandom(plan.seed)
  const starts = Array.from({ length: plan.gateways }, () => new Set([0]))
  const gateways = Array.from({ length: plan.gateways }, (_, gateway) => {
    const restarts = plan.restarts.filter((restart) => restart.gateway === gateway)
    for (const { from, minutes } of restarts) starts[gateway]?.add(from + minutes)
    return Array.from({ length: plan.minutes }, (_unused, minute) => {
      if (restarts.some((restart) => isWithin(minute, restart))) return undefined
      return playMinute(plan, minute, random)
    })
  })
  return { plan, startMs: START_MS, gateways, starts }
}

function isWithin(minute: number, { from, minutes }: Span): boolean {
  return minute >= from && minute < from + minutes
}

function playMinute(plan: TapePlan, minute: number, random: Random): RequestRecord[] {
  if (plan.silences.some((silence) => isWithin(minute, silence))) return []
  const incident = plan.incidents.find((each) => isWithin(minute, each))
  const count = drawCount(plan.requestsPerMinute * dayRatio(plan.fromHour + minute / 60), random)
  return Array.from({ length: count }, () => {
    const endedAtMs = START_MS + minute * MINUTE_MS + Math.floor(random() * MINUTE_MS)
    return drawRecord(drawFlavour(plan, incident, random), endedAtMs, random)
  })
}

const NIGHT_RATIO = 0.05
const HOURS_PER_DAY = 24
const NIGHT_HOURS = 7

function dayRatio(hour: number): number {
  return Math.floor(hour) % HOURS_PER_DAY < NIGHT_HOURS ? NIGHT_RATIO : 1
}

/** Whole requests, on average as many as expected. */
function drawCount(expected: number, random: Random): number {
  return Math.floor(expected * 2 * random() + random())
}

function drawFlavour(plan: TapePlan, incident: Incident | undefined, random: Random): Flavour {
  if (incident !== undefined && random() < incident.ratio) return incident.flavour
  if (random() >= plan.oddRatio) return 'fast'
  return FLAVOUR_NAMES[Math.floor(random() * FLAVOUR_NAMES.length)] ?? 'fast'
}

export interface PlanBounds {
  readonly minutes: number
  readonly gateways: number
  readonly mostPerMinute: number
}

/** Plans with anything that service levels should survive. */
export function arbitraryPlan({ minutes, gateways, mostPerMinute }: PlanBounds): fc.Arbitrary<TapePlan> {
  const from = fc.integer({ min: 1, max: minutes - 2 })
  const spanOf = (most: number): fc.Arbitrary<Span> =>
    fc.record({ from, minutes: fc.integer({ min: 1, max: most }) })
  return fc.record({
    seed: fc.integer({ min: 0, max: 2 ** 31 }),
    minutes: fc.constant(minutes),
    fromHour: fc.constantFrom(0, 4, 8, 20),
    gateways: fc.constant(gateways),
    requestsPerMinute: fc.constantFrom(0.2, 1, 3, 6, mostPerMinute),
    oddRatio: fc.constantFrom(0, 0.002, 0.01, 0.05),
    incidents: fc.array(
      fc.record({
        from,
        minutes: fc.integer({ min: 3, max: Math.ceil(minutes / 4) }),
        flavour: fc.constantFrom(...INCIDENT_FLAVOURS),
        ratio: fc.constantFrom(0.02, 0.15, 0.3, 0.6, 1),
      }),
      { minLength: 2, maxLength: 5 },
    ),
    silences: fc.array(spanOf(Math.ceil(minutes / 6)), { maxLength: 3 }),
    backendOutages: fc.array(spanOf(20), { maxLength: 2 }),
    restarts: fc
      .array(
        fc.record({
          gateway: fc.integer({ min: 0, max: gateways - 1 }),
          from,
          minutes: fc.constantFrom(1, 1, 2, 12),
        }),
        { maxLength: 4 },
      )
      .map(apart),
  })
}

/** One restart of a gateway is over before the next begins. */
function apart(restarts: readonly Restart[]): readonly Restart[] {
  const kept: Restart[] = []
  for (const restart of restarts.toSorted((a, b) => a.from - b.from)) {
    const last = kept.findLast(({ gateway }) => gateway === restart.gateway)
    if (last === undefined || restart.from > last.from + last.minutes) kept.push(restart)
  }
  return kept
}
