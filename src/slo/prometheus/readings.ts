// The sums of objectives as a Prometheus has them, in the shape that evaluate.ts takes. What cannot be known is said with a
// reason and never stands as a zero: a question that failed must not look like a promise that is kept.
import type { ObjectiveSum } from '../../core/minutes.ts'
import { CATALOGUE } from '../../telemetry/catalogue.ts'
import { printDuration } from '../../core/units.ts'
import { windowsOf, type WindowSums } from '../evaluate.ts'
import type { Objective } from '../objective.ts'
import { equals, toSelector } from '../promql.ts'
import { createOwnWindows } from '../windows/own-window.ts'
import type { PrometheusClient } from './client.ts'
import { askRetention } from './retention.ts'

export type Reading =
  | { readonly known: true; readonly sums: WindowSums }
  /** One reason or several, each a sentence without its full stop. */
  | { readonly known: false; readonly reasons: readonly string[] }

export interface ReadingsInput {
  readonly client: PrometheusClient
  readonly objectives: readonly Objective[]
  /** Where several installations are scraped by one Prometheus: what tells this one apart. */
  readonly matchers?: Readonly<Record<string, string>> | undefined
}

/** By objective. Windows end at the Prometheus' own time, which is told beside them, in milliseconds since the epoch. */
export interface Readings {
  readonly atMs: number | undefined
  readonly byObjective: ReadonlyMap<string, Reading>
}

const SECOND_MS = 1_000
const MINUTE_S = 60
const EVENTS = CATALOGUE.sloEvents.name
const GOOD = CATALOGUE.sloGood.name

export async function readObjectives(input: ReadingsInput): Promise<Readings> {
  // Its clock, not ours: by one that goes ahead, the latest minutes would be missing.
  const time = await input.client.query('time()')
  if (!time.ok) return allUnknown(input.objectives, time.reason)
  const atSeconds = time.samples[0]?.value
  if (atSeconds === undefined || !Number.isFinite(atSeconds))
    return allUnknown(input.objectives, `${input.client.shownUrl} does not know what time it is`)
  const source = await openSource(input, atSeconds)
  const read = async (objective: Objective): Promise<[string, Reading]> => [
    objective.name,
    await readObjective(objective, source),
  ]
  return {
    atMs: atSeconds * SECOND_MS,
    byObjective: new Map(await Promise.all(input.objectives.map(read))),
  }
}

function allUnknown(objectives: readonly Objective[], reason: string): Readings {
  const unknown: Reading = { known: false, reasons: [reason] }
  return { atMs: undefined, byObjective: new Map(objectives.map(({ name }) => [name, unknown])) }
}

/** By objective, or why there is none. */
type Values = ReadonlyMap<string, number> | string

interface Source {
  readonly atSeconds: number
  readonly retentionMs: number | undefined
  /** The counter of all gateways together, now. */
  readonly exposed: Values
  /** Asks for each expression once, for all objectives together. */
  sumOf(expression: string): Promise<Values>
  selectorOf(metric: string): string
}

async function openSource({ client, matchers = {} }: ReadingsInput, atSeconds: number): Promise<Source> {
  const asked = new Map<string, Promise<Values>>()
  const scope = Object.entries(matchers).map(([label, value]) => equals(label, value))
  const sumOf = (expression: string): Promise<Values> => {
    const known = asked.get(expression)
    if (known !== undefined) return known
    const values = askSum(client, expression, atSeconds)
    asked.set(expression, values)
    return values
  }
  const selectorOf = (metric: string): string => toSelector(metric, scope)
  const [retentionMs, exposed] = await Promise.all([askRetention(client), sumOf(selectorOf(EVENTS))])
  return { atSeconds, retentionMs, exposed, sumOf, selectorOf }
}

async function askSum(client: PrometheusClient, expression: string, atSeconds: number): Promise<Values> {
  const answer = await client.query(`sum by (slo) (${expression})`, atSeconds)
  if (!answer.ok) return answer.reason
  return new Map(answer.samples.map(({ labels, value }) => [labels['slo'] ?? '', value]))
}

async function readObjective(objective: Objective, source: Source): Promise<Reading> {
  const { exposed } = source
  if (typeof exposed === 'string') return { known: false, reasons: [exposed] }
  if (!exposed.has(objective.name))
    return { known: false, reasons: [`no gateway that is scraped now has ${EVENTS} of ${objective.name}`] }
  const own = toOwnRange(objective, source.atSeconds)
  const lengths = windowsOf(objective)
  const [ownSum, watchedMinutes, ...sums] = await Promise.all([
    readWindow(objective, own.seconds, source),
    readWatched(objective, source),
    ...lengths.map((minutes) => readWindow(objective, minutes * MINUTE_S, source)),
  ])
  const reasons = [ownSum, watchedMinutes, ...sums].filter((each) => typeof each === 'string')
  if (reasons.length > 0 || typeof ownSum === 'string' || typeof watchedMinutes === 'string')
    return { known: false, reasons: [...new Set(reasons)] }
  const known = sums.flatMap((sum, at) => (typeof sum === 'string' ? [] : [[lengths[at] ?? 0, sum] as const]))
  return {
    known: true,
    sums: { last: new Map(known), own: ownSum, ownLengthMinutes: own.lengthMinutes, watchedMinutes },
  }
}

/** How far back the objective's own window reaches, and how long it will have been: a month has begun on its first. */
function toOwnRange(objective: Objective, atSeconds: number): { seconds: number; lengthMinutes: number } {
  const minute = Math.floor(atSeconds / MINUTE_S)
  const { fromMinute, lengthMinutes } = createOwnWindows().at(objective.window, minute + 1)
  if (objective.window.kind === 'rolling') return { seconds: lengthMinutes * MINUTE_S, lengthMinutes }
  return { seconds: Math.max(MINUTE_S, Math.floor(atSeconds) - fromMinute * MINUTE_S), lengthMinutes }
}

async function readWindow(
  objective: Objective,
  seconds: number,
  source: Source,
): Promise<ObjectiveSum | string> {
  const { retentionMs } = source
  const window = printDuration(seconds * SECOND_MS)
  if (retentionMs !== undefined && retentionMs < seconds * SECOND_MS)
    return `the window is ${window}, but Prometheus keeps only ${printDuration(retentionMs)}`
  const increaseOf = (metric: string): Promise<Values> =>
    source.sumOf(`increase(${source.selectorOf(metric)}[${seconds}s])`)
  const [good, events] = await Promise.all([increaseOf(GOOD), increaseOf(EVENTS)])
  if (typeof good === 'string') return good
  if (typeof events === 'string') return events
  const goodEvents = good.get(objective.name)
  const allEvents = events.get(objective.name)
  if (goodEvents === undefined || allEvents === undefined)
    return `${objective.name} has fewer than two samples in the last ${window}: is it scraped often enough?`
  if (!Number.isFinite(goodEvents) || !Number.isFinite(allEvents))
    return `${objective.name} has no number over the last ${window}`
  return toSum(goodEvents, allEvents)
}

/** increase() extends what it saw to the whole window; requests are whole. */
function toSum(good: number, events: number): ObjectiveSum {
  const total = Math.round(events)
  const bad = Math.min(total, Math.max(0, Math.round(events - good)))
  return { good: total - bad, total, excluded: 0, minutes: total === 0 ? 0 : 1 }
}

/** No longer than it matters: whether somebody counted already when the silence would have begun. */
async function readWatched({ name, noDataMinutes }: Objective, source: Source): Promise<number | string> {
  if (noDataMinutes === undefined) return 0
  const before = await source.sumOf(`${source.selectorOf(EVENTS)} offset ${noDataMinutes * MINUTE_S}s`)
  if (typeof before === 'string') return before
  return before.has(name) ? noDataMinutes : 0
}
