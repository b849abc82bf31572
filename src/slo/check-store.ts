// What the store of a gateway, running or not, has of objectives: their sums, or why those say nothing of now.
import type { Clock } from '../core/clock.ts'
import { printDuration } from '../core/units.ts'
import type { Reading } from './check.ts'
import { createWithin } from './engine/patience.ts'
import { createSumsReader } from './engine/sums-reader.ts'
import type { Objective } from './objective.ts'
import type { CountSource } from './report/tape.ts'
import { MINUTE_MS } from './windows/config.ts'

/** A gateway writes each minute, a quarter of a minute late at most. */
const STALE_MINUTES = 3
const HOUR_MINUTES = 60
/** Further back than counts are kept by default. */
const LOOK_BACK_MINUTES = 400 * 24 * HOUR_MINUTES

export interface StoreReadings {
  readonly source: CountSource
  readonly objectives: readonly Objective[]
  readonly clock: Clock
}

/** Rejects when the store does not answer. */
export async function readFromStore(input: StoreReadings): Promise<ReadonlyMap<string, Reading>> {
  const { source, objectives, clock } = input
  const endMinute = Math.floor(clock.wall() / MINUTE_MS) + 1
  const reader = createSumsReader({ source, counter: NOTHING_UNWRITTEN, within: createWithin(clock) })
  const sums = await reader.read({ objectives, rules: [], maintenance: [] }, endMinute)
  const readings = new Map<string, Reading>()
  for (const objective of objectives) {
    const reason = await findSilence(objective, endMinute, source)
    const reading: Reading =
      reason === undefined
        ? { known: true, sums: sums.windows(objective, 0) }
        : { known: false, reasons: [reason] }
    readings.set(objective.name, reading)
  }
  return readings
}

const NOTHING_UNWRITTEN = { hold: () => Promise.resolve(() => undefined), unwritten: () => [] }

/** Undefined while somebody is there to count. */
async function findSilence(
  { name: objective }: Objective,
  endMinute: number,
  source: CountSource,
): Promise<string | undefined> {
  const ask = async (fromMinute: number, toMinute: number, step: 'minute' | 'hour') =>
    (await source.minutes({ objective, fromMinute, toMinute, step })).at(-1)?.minute
  const recent = await ask(endMinute - STALE_MINUTES, endMinute, 'minute')
  if (recent !== undefined) return undefined
  const hour = await ask(endMinute - LOOK_BACK_MINUTES, endMinute, 'hour')
  if (hour === undefined) return 'no gateway has ever counted: has one been started with this configuration?'
  const minute = (await ask(hour, hour + HOUR_MINUTES, 'minute')) ?? hour
  const since = new Date(minute * MINUTE_MS)
    .toISOString()
    .slice(0, 'yyyy-mm-ddThh:mm'.length)
    .replace('T', ' ')
  const silence = printDuration((endMinute - 1 - minute) * MINUTE_MS)
  return `no gateway has counted for ${silence}, since ${since} UTC: is one running?`
}
