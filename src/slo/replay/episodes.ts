// From the conditions of each minute to alerts with a beginning and an end, as people would have been told of them.
import type { Alert } from '../../core/alert.ts'
import { keyOf, type Condition } from '../conditions.ts'
import { MINUTE_MS } from '../windows/config.ts'

export interface Episode {
  readonly alert: Condition['alert']
  /** When somebody would have been told. */
  readonly fromMinute: number
  /** When it held last; exclusive. */
  readonly toMinute: number
  /** It still held at the end. */
  readonly isOpen: boolean
  readonly isInMaintenance: boolean
}

export interface Episodes {
  /** What holds at a minute; each minute once, ascending. */
  note(minute: number, holding: readonly Condition[], isInMaintenance: boolean): void
  readonly held: (alert: Omit<Alert, 'startedAtMs'>) => boolean
  /** In the order in which they began. */
  list(endMinute: number): readonly Episode[]
}

interface Open {
  /** As it was when somebody would have been told. */
  alert: Condition['alert']
  sinceMinute: number
  firedMinute: number | undefined
  lastMinute: number
  isInMaintenance: boolean
}

/** `resolveAfterMs`: what comes back sooner is not over. */
export function createEpisodes(resolveAfterMs: number): Episodes {
  const open = new Map<string, Open>()
  const over: Episode[] = []
  const close = (key: string, each: Open, isOpen: boolean): void => {
    open.delete(key)
    const { firedMinute, alert, lastMinute, isInMaintenance } = each
    if (firedMinute === undefined) return
    over.push({ alert, fromMinute: firedMinute, toMinute: lastMinute + 1, isOpen, isInMaintenance })
  }
  const begin = (minute: number, { alert }: Condition, isInMaintenance: boolean): Open => ({
    ...{ alert, sinceMinute: minute, firedMinute: undefined, lastMinute: minute, isInMaintenance },
  })

  return {
    note(minute, holding, isInMaintenance) {
      const now = new Set<string>()
      for (const condition of holding) {
        const key = keyOf(condition.alert)
        now.add(key)
        const known = open.get(key)
        const each = known ?? begin(minute, condition, isInMaintenance)
        open.set(key, each)
        each.lastMinute = minute
        if (each.firedMinute !== undefined || (minute - each.sinceMinute) * MINUTE_MS < condition.forMs)
          continue
        each.firedMinute = minute
        each.alert = condition.alert
        each.isInMaintenance = isInMaintenance
      }
      for (const [key, each] of open) {
        const isQuiet = (minute - each.lastMinute) * MINUTE_MS > resolveAfterMs
        // What has not been told yet must hold without a break.
        if (!now.has(key) && (isQuiet || each.firedMinute === undefined)) close(key, each, false)
      }
    },
    held: (alert) => open.has(keyOf(alert)),
    list(endMinute) {
      for (const [key, each] of open) close(key, each, each.lastMinute >= endMinute - 1)
      return over.toSorted((left, right) => left.fromMinute - right.fromMinute)
    },
  }
}
