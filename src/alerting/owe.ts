// From what is to be told to what was told: the steps that a group goes through. Each changes one group and nothing else.
import type { GroupMemory } from './memory.ts'

/** What could not be told at all is tried again after this. */
export const TRY_AGAIN_MS = 15 * 60_000

/** It is to be told; how often that was tried already stays known. */
export function owe(group: GroupMemory, kind: 'firing' | 'resolved', nowMs: number): void {
  if (group.owed?.kind === kind) return
  const { attempts = 0, reason, notBeforeMs = nowMs } = group.owed ?? {}
  group.owed = { kind, sinceMs: nowMs, attempts, reason, notBeforeMs }
}

/** What a message said when it left: the group may be further by the time it arrives. */
export interface Notice {
  readonly key: string
  readonly kind: 'firing' | 'resolved'
  /** Fingerprints. */
  readonly firing: readonly string[]
}

export interface Arrival {
  readonly notice: Notice
  readonly via: string
  readonly nowMs: number
}

export function noteArrival(group: GroupMemory, { notice, via, nowMs }: Arrival): void {
  if (notice.kind === 'resolved') return noteEnd(group, nowMs)
  const { told } = group
  // Whoever was told of a member once need not hear of it again when it comes and goes within the group.
  const firing = [...new Set([...(told?.firing ?? []), ...notice.firing])]
  group.told = { atMs: nowMs, firstAtMs: told?.firstAtMs ?? nowMs, firing, via }
  if (group.owed?.kind === 'firing') group.owed = undefined
}

/** It is over for the receiver. What fires again by now begins anew. */
export function noteEnd(group: GroupMemory, nowMs: number): void {
  group.told = undefined
  group.owed = undefined
  group.audibleSinceMs = undefined
  group.resolvedAtMs = nowMs
  if (group.quietSinceMs !== undefined) group.members = []
}

export function noteAttempt(group: GroupMemory, reason: string): void {
  if (group.owed === undefined) return
  group.owed.attempts += 1
  group.owed.reason = reason
}

/** Given up for now; the next try is not before then. */
export function postpone(group: GroupMemory, untilMs: number): void {
  if (group.owed !== undefined) group.owed.notBeforeMs = untilMs
}
