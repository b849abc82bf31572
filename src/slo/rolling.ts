// Sums over windows that move with the clock, by few and small questions to the store: windows share their ends, so what lies
// between two beginnings is asked for once, and what is long past once in a while. It knows no objective and no clock.
import type { ObjectiveSum } from '../core/minutes.ts'
import { addSums } from './burn-rate.ts'

export interface SumSource {
  /** Sums over minutes `from` (inclusive) to `to` (exclusive), by objective; those without a row are absent. */
  sumMinutes(fromMinute: number, toMinute: number): Promise<ReadonlyMap<string, ObjectiveSum>>
}

export type SumsByName = ReadonlyMap<string, ObjectiveSum>

export interface Rolling {
  /** The sums from each of these minutes to the end, exclusive, by its beginning. */
  sumsTo(endMinute: number, fromMinutes: Iterable<number>): Promise<ReadonlyMap<number, SumsByName>>
  /** Asks for everything again: something was written for minutes that were taken to be settled. */
  forget(): void
}

/** What is older is not written any more, but for what could not be written for as long; younger than this is asked for each time. */
export const SETTLED_MINUTES = 360
/** How long an old sum may lack what another process wrote late, or still hold what was removed. */
const REFRESH_MINUTES = 10
const GRID_MINUTES = 60

interface Block {
  readonly sums: SumsByName
  /** The end of the windows when it was asked for. */
  readonly atMinute: number
}

export function createRolling(source: SumSource): Rolling {
  let blocks = new Map<string, Block>()

  return {
    async sumsTo(endMinute, fromMinutes) {
      const kept = new Map<string, Block>()
      const askBlock = async (fromMinute: number, toMinute: number): Promise<SumsByName> => {
        const key = `${fromMinute}-${toMinute}`
        const known = blocks.get(key)
        const age = known === undefined ? Infinity : endMinute - known.atMinute
        const block =
          known !== undefined && age >= 0 && age < REFRESH_MINUTES
            ? known
            : { sums: await source.sumMinutes(fromMinute, toMinute), atMinute: endMinute }
        kept.set(key, block)
        return block.sums
      }
      /** A long piece of the past: its middle, cut by the hour, stays the same for an hour. */
      const ask = async (fromMinute: number, toMinute: number): Promise<readonly SumsByName[]> => {
        if (toMinute - fromMinute <= SETTLED_MINUTES) return [await source.sumMinutes(fromMinute, toMinute)]
        const middleFrom = Math.ceil(fromMinute / GRID_MINUTES) * GRID_MINUTES
        const middleTo = Math.floor(toMinute / GRID_MINUTES) * GRID_MINUTES
        const edges = [
          [fromMinute, middleFrom],
          [middleTo, toMinute],
        ] as const
        const parts = [await askBlock(middleFrom, middleTo)]
        for (const [from, to] of edges) if (to > from) parts.push(await source.sumMinutes(from, to))
        return parts
      }

      const beginnings = [...new Set([...fromMinutes, endMinute - SETTLED_MINUTES])]
        .filter((minute) => minute < endMinute)
        .toSorted((left, right) => right - left)
      const sums = new Map<number, SumsByName>()
      let soFar: SumsByName = new Map()
      let toMinute = endMinute
      for (const fromMinute of beginnings) {
        for (const part of await ask(fromMinute, toMinute)) soFar = merge(soFar, part)
        sums.set(fromMinute, soFar)
        toMinute = fromMinute
      }
      blocks = kept
      return sums
    },
    forget: () => blocks.clear(),
  }
}

function merge(left: SumsByName, right: SumsByName): SumsByName {
  const merged = new Map(left)
  for (const [name, sum] of right) {
    const known = merged.get(name)
    merged.set(name, known === undefined ? sum : addSums(known, sum))
  }
  return merged
}
