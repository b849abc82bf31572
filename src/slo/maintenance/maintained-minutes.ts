// Whether minutes of the past lie in maintenance, for whoever asks about the same ones a million times in no order. It knows no clock.
import { createMaintenance, type MaintenanceWindow } from './maintenance.ts'

/** By minutes since the epoch; each is remembered, so that it is for a period and not for ever. */
export type MaintainedMinutes = (minute: number) => boolean

const MINUTE_MS = 60_000

export function createMaintainedMinutes(windows: readonly MaintenanceWindow[]): MaintainedMinutes {
  if (windows.length === 0) return () => false
  const maintenance = createMaintenance(windows)
  const known = new Map<number, boolean>()
  return (minute) => {
    const before = known.get(minute)
    if (before !== undefined) return before
    const isMaintained = maintenance.at(minute * MINUTE_MS) !== undefined
    known.set(minute, isMaintained)
    return isMaintained
  }
}
