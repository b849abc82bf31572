// What is remembered of a time that has not come: the wall clock was set back. Nothing waits for that time to come again. Pure but
// for the memory it is given.
import type { GroupMemory, Memory } from './memory.ts'
import { TRY_AGAIN_MS } from './owe.ts'

export function forgetFuture(memory: Memory, nowMs: number): void {
  const past = (ms: number | undefined): number | undefined => (ms === undefined ? ms : Math.min(ms, nowMs))
  if (memory.evaluatedAtMs !== undefined) memory.evaluatedAtMs = Math.min(memory.evaluatedAtMs, nowMs)
  for (const tracked of memory.alerts.values()) {
    tracked.lastSeenMs = Math.min(tracked.lastSeenMs, nowMs)
    tracked.endedAtMs = past(tracked.endedAtMs)
  }
  for (const group of memory.groups.values()) {
    group.audibleSinceMs = past(group.audibleSinceMs)
    group.quietSinceMs = past(group.quietSinceMs)
    group.resolvedAtMs = past(group.resolvedAtMs)
    forgetFutureOf(group, nowMs)
  }
}

function forgetFutureOf(group: GroupMemory, nowMs: number): void {
  const { told, owed } = group
  if (told !== undefined) {
    told.atMs = Math.min(told.atMs, nowMs)
    told.firstAtMs = Math.min(told.firstAtMs, nowMs)
  }
  if (owed === undefined) return
  // Nothing is put off for longer, and what is owed since a time to come is owed now.
  const latestMs = owed.sinceMs > nowMs ? nowMs : nowMs + TRY_AGAIN_MS
  const notBeforeMs = Math.min(owed.notBeforeMs, latestMs)
  group.owed = { ...owed, sinceMs: Math.min(owed.sinceMs, nowMs), notBeforeMs }
}
