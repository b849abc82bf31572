// The embedded engine itself over a counted tape: looked at in the last moment of every minute, with a store that holds the
// minutes which the gateways wrote.
import type { Alert } from '../../../src/core/alert.ts'
import { createManualClock } from '../../../src/core/clock.ts'
import type { ObjectiveSum } from '../../../src/core/minutes.ts'
import { createEngine } from '../../../src/slo/engine/engine.ts'
import type { ServiceLevels } from '../../../src/slo/resolve.ts'
import type { BackendSeen } from '../../../src/slo/thresholds/rule-conditions.ts'
import { MINUTE_MS, type CountedTape } from './count.ts'
import { createStates, toAlertKey, type States } from './states.ts'

/** What is known of backends at the end of a minute; none where no gateway stands. */
export type BackendsAt = (end: number) => readonly BackendSeen[]

export interface Scene {
  readonly levels: ServiceLevels
  readonly tape: CountedTape
  readonly backendsAt: BackendsAt
}

export async function runEngine({ levels, tape, backendsAt }: Scene): Promise<States> {
  // One moment before the first minute begins.
  const clock = createManualClock(tape.startMs - 1)
  let end = 0
  let found: readonly Alert[] | undefined
  const failures: unknown[] = []
  const engine = createEngine({
    clock,
    store: { sumMinutes: createSummer(tape), documents: createDocuments(), election: ALONE },
    counter: { hold: async () => () => undefined, unwritten: () => [] },
    surroundings: { backends: () => backendsAt(end), read: async () => [] },
    onAlerts: (alerts) => void (found = alerts),
    onStanding: (standing, cause) => void (standing === 'leading' || failures.push(standing, cause)),
    onFailure: (what, cause) => void failures.push(what, cause),
  })
  engine.replace(levels)
  const states = createStates(levels, tape.minutes)
  for (; end <= tape.minutes; end += 1) {
    await engine.tick()
    if (found === undefined || failures.length > 0)
      throw new Error(`the engine does not know at minute ${end}`, { cause: failures })
    for (const { name, labels, severity } of found) states.set(toAlertKey(name, severity, labels), end)
    clock.advance(MINUTE_MS)
  }
  await engine.stop()
  return states.read()
}

const ALONE = { lead: async () => true, resign: async () => undefined }

function createDocuments() {
  const texts = new Map<string, string>()
  return {
    read: async (name: string) => texts.get(name),
    write: async (name: string, text: string) => void texts.set(name, text),
    remove: async (name: string) => texts.delete(name),
    list: async () => [],
  }
}

function createSummer({ rows, startMs }: CountedTape) {
  const first = startMs / MINUTE_MS
  const prefixes = [...rows].map(([name, { good, total }]) => [name, addUp(good), addUp(total)] as const)
  const last = (sums: readonly number[]): number => sums.length - 1
  const between = (sums: readonly number[], from: number, to: number): number => {
    const clamp = (minute: number): number => Math.max(0, Math.min(last(sums), minute - first))
    return (sums[clamp(to)] ?? 0) - (sums[clamp(from)] ?? 0)
  }
  return async (from: number, to: number): Promise<ReadonlyMap<string, ObjectiveSum>> =>
    new Map(
      prefixes.map(([name, good, total]) => [
        name,
        { good: between(good, from, to), total: between(total, from, to), excluded: 0, minutes: 1 },
      ]),
    )
}

function addUp(values: readonly number[]): number[] {
  const sums = [0]
  for (const value of values) sums.push((sums.at(-1) ?? 0) + value)
  return sums
}
