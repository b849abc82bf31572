// Reads every sum that an evaluation needs: what is in the store and what is not written yet, each event once. While it reads,
// nothing is on its way from here to there.
import type { ObjectiveMinute, ObjectiveSum } from '../../core/minutes.ts'
import { EMPTY_SUM, addSums } from '../burn-rate.ts'
import { windowsOf, type WindowSums } from '../evaluate.ts'
import type { MinuteCounter } from '../minutes.ts'
import type { Objective } from '../objective.ts'
import type { ServiceLevels } from '../resolve.ts'
import { SETTLED_MINUTES, createRolling, type SumSource, type SumsByName } from '../rolling.ts'
import type { RequestRule } from '../threshold-rule.ts'
import { createOwnWindows } from '../windows/own-window.ts'
import type { Within } from './patience.ts'

export interface ReadSums {
  windows(objective: Objective, watchedMinutes: number): WindowSums
  readonly ofRule: (rule: RequestRule) => ObjectiveSum
}

export interface SumsReader {
  /** Up to `endMinute`, exclusive. Rejects when the store does not answer. */
  read(levels: ServiceLevels, endMinute: number): Promise<ReadSums>
}

export interface SumsReaderOptions {
  readonly source: SumSource
  readonly counter: Pick<MinuteCounter, 'hold' | 'unwritten'>
  readonly within: Within
}

/** A batch on its way to the store takes milliseconds; a store that is locked gives it up after seconds. */
const HOLD_LIMIT_MS = 15_000
const READ_LIMIT_MS = 30_000

export function createSumsReader({ source, counter, within }: SumsReaderOptions): SumsReader {
  const rolling = createRolling(source)
  const ownWindows = createOwnWindows()
  /** Whether minutes that were taken to be settled were still to be written at the last reading: by now they may be. */
  let wasLate = false

  const readOnce = async (endMinute: number, beginnings: Iterable<number>): Promise<Snapshot> => {
    const hold = counter.hold()
    try {
      await within(HOLD_LIMIT_MS, hold)
      if (wasLate) rolling.forget()
      const unwritten = counter.unwritten()
      wasLate = unwritten.some(({ minute }) => minute < endMinute - SETTLED_MINUTES)
      const written = await within(READ_LIMIT_MS, rolling.sumsTo(endMinute, beginnings))
      return { endMinute, written, unwritten: groupByName(unwritten) }
    } finally {
      // Also of a hold that comes after nobody waits for it any more.
      void hold.then((release) => void release())
    }
  }

  return {
    async read({ objectives, rules }, endMinute) {
      const beginnings = new Set<number>()
      for (const objective of objectives) {
        beginnings.add(ownWindows.at(objective.window, endMinute).fromMinute)
        for (const minutes of windowsOf(objective)) beginnings.add(endMinute - minutes)
      }
      for (const rule of rules) if (rule.kind === 'requests') beginnings.add(endMinute - rule.overMinutes)
      // Where nothing is counted, nothing need be asked.
      const isEmpty = beginnings.size === 0
      const snapshot = isEmpty ? EMPTY_SNAPSHOT : await readOnce(endMinute, beginnings)
      return {
        windows(objective, watchedMinutes) {
          const own = ownWindows.at(objective.window, endMinute)
          const { name } = objective
          return {
            last: new Map(
              windowsOf(objective).map((minutes) => [minutes, sumOf(snapshot, name, endMinute - minutes)]),
            ),
            own: sumOf(snapshot, name, own.fromMinute),
            ownLengthMinutes: own.lengthMinutes,
            watchedMinutes,
          }
        },
        ofRule: ({ counted, overMinutes }) => sumOf(snapshot, counted.name, endMinute - overMinutes),
      }
    },
  }
}

interface Snapshot {
  readonly endMinute: number
  /** By the beginning of the window. */
  readonly written: ReadonlyMap<number, SumsByName>
  readonly unwritten: ReadonlyMap<string, readonly ObjectiveMinute[]>
}

const EMPTY_SNAPSHOT: Snapshot = { endMinute: 0, written: new Map(), unwritten: new Map() }

function sumOf({ endMinute, written, unwritten }: Snapshot, name: string, fromMinute: number): ObjectiveSum {
  let sum = written.get(fromMinute)?.get(name) ?? EMPTY_SUM
  for (const { minute, good, total, excluded } of unwritten.get(name) ?? []) {
    if (minute < fromMinute || minute >= endMinute) continue
    // Whether the minute has a row in the store already is not known here; the events are what counts.
    sum = addSums(sum, { good, total, excluded, minutes: 0 })
  }
  return sum
}

function groupByName(rows: readonly ObjectiveMinute[]): ReadonlyMap<string, readonly ObjectiveMinute[]> {
  return Map.groupBy(rows, ({ objective }) => objective)
}
