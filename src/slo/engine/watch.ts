// For how long each objective has been watched without a break: only who watched can say that nothing came.
import type { Clock } from '../../core/clock.ts'
import { MINUTE_MS } from '../windows/config.ts'

export interface Watch {
  /** At every evaluation, with the names that are evaluated; `isBlind` while nothing would be counted anyway. */
  look(names: readonly string[], isBlind: boolean): void
  /** Whole minutes. */
  minutesOf(name: string): number
}

/** Several evaluations missed, a machine that slept, a wall clock that was set: what came meanwhile is not known. */
const BREAK_MS = 2 * 60_000

export function createWatch(clock: Clock): Watch {
  let sinceMs = new Map<string, number>()
  let last: { readonly nowMs: number; readonly wallMs: number } | undefined
  return {
    look(names, isBlind) {
      const now = { nowMs: clock.now(), wallMs: clock.wall() }
      const isBroken =
        isBlind ||
        (last !== undefined &&
          (now.nowMs - last.nowMs > BREAK_MS || Math.abs(now.wallMs - last.wallMs) > BREAK_MS))
      last = now
      const before: ReadonlyMap<string, number> = isBroken ? new Map() : sinceMs
      sinceMs = new Map(names.map((name) => [name, before.get(name) ?? now.nowMs]))
    },
    minutesOf: (name) => Math.floor((clock.now() - (sinceMs.get(name) ?? clock.now())) / MINUTE_MS),
  }
}
