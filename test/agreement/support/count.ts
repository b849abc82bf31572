// Counts a tape twice with the gateway's own code: into the minutes that the engine adds up, and into the counters that
// Prometheus would have scraped at the end of each minute.
import { createManualClock, type Clock } from '../../../src/core/clock.ts'
import type { ObjectiveMinute } from '../../../src/core/minutes.ts'
import { createMinuteCounter, type MinuteCounter } from '../../../src/slo/minutes.ts'
import type { Counted } from '../../../src/slo/objective.ts'
import type { Tape } from './tape.ts'

export const MINUTE_MS = 60_000

/** By minute from the beginning of the tape, all gateways together. */
export interface MinuteRows {
  readonly good: readonly number[]
  readonly total: readonly number[]
}

/** One scrape more than there are minutes: the first is at the very beginning. */
export type Samples = readonly (number | undefined)[]

export interface GatewaySamples {
  readonly good: Samples
  readonly events: Samples
}

export interface CountedTape {
  readonly startMs: number
  readonly minutes: number
  readonly rows: ReadonlyMap<string, MinuteRows>
  /** By gateway. */
  readonly scraped: readonly ReadonlyMap<string, GatewaySamples>[]
  /** By gateway: whether it answered the scrape. */
  readonly up: readonly (readonly boolean[])[]
}

interface Written {
  readonly good: (number | undefined)[]
  readonly events: (number | undefined)[]
}

export function countTape(tape: Tape, counted: readonly Counted[]): CountedTape {
  const { minutes } = tape.plan
  const zeros = (): number[] => Array.from({ length: minutes }, () => 0)
  const rows = new Map(counted.map(({ name }) => [name, { good: zeros(), total: zeros() }]))
  const write = ({ objective, minute, good, total }: ObjectiveMinute): void => {
    const row = rows.get(objective)
    const at = minute - tape.startMs / MINUTE_MS
    if (row === undefined) return
    row.good[at] = (row.good[at] ?? 0) + good
    row.total[at] = (row.total[at] ?? 0) + total
  }
  const scraped = tape.gateways.map((_, gateway) => countGateway({ tape, gateway, counted, write }))
  const [first] = counted
  const up = scraped.map((samples) =>
    (samples.get(first?.name ?? '')?.events ?? []).map((value) => value !== undefined),
  )
  return { startMs: tape.startMs, minutes, rows, scraped, up }
}

interface GatewayInput {
  readonly tape: Tape
  readonly gateway: number
  readonly counted: readonly Counted[]
  readonly write: (minute: ObjectiveMinute) => void
}

function countGateway({ tape, gateway, counted, write }: GatewayInput): ReadonlyMap<string, GatewaySamples> {
  const clock = createManualClock(tape.startMs)
  const samples = new Map(counted.map(({ name }): [string, Written] => [name, { good: [], events: [] }]))
  let process: MinuteCounter | undefined = startProcess(clock, counted)
  scrape(process, samples)
  for (const [minute, records] of (tape.gateways[gateway] ?? []).entries()) {
    // The last scrape of a process that ends was made before; one that begins is scraped before its first request.
    if (records === undefined) process = undefined
    if (tape.starts[gateway]?.has(minute + 1) === true) process = startProcess(clock, counted)
    clock.advance(MINUTE_MS - 1)
    for (const record of records ?? []) process?.count(record)
    clock.advance(1)
    for (const row of process?.takeMinutes() ?? []) write(row)
    scrape(process, samples)
  }
  return samples
}

function startProcess(clock: Clock, counted: readonly Counted[]): MinuteCounter {
  const process = createMinuteCounter(clock)
  process.replace(counted, { at: () => undefined })
  return process
}

function scrape(process: MinuteCounter | undefined, samples: ReadonlyMap<string, Written>): void {
  const tallies = new Map(process?.tallies().map((tally) => [tally.name, tally]))
  for (const [name, { good, events }] of samples) {
    good.push(tallies.get(name)?.good)
    events.push(tallies.get(name)?.events)
  }
}
