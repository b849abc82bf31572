// One pass of alerts through the pipeline: what the stages hand to each other. Types, and questions about a group.
import type { Alert } from '../core/alert.ts'
import type { GroupMemory, Memory, TrackedAlert } from './memory.ts'
import type { Policy, Route } from './policy.ts'
import type { Silence } from './silence.ts'

/** For the log: one line for each. */
export interface AlertChange {
  readonly change: 'began' | 'ended' | 'muted' | 'unmuted'
  readonly tracked: TrackedAlert
}

export interface Round {
  readonly nowMs: number
  /** What holds now; undefined when that is not known, and then nothing begins or ends. */
  readonly alerts: readonly Alert[] | undefined
  /** Whether `alerts` were found just now; else they are those of an evaluation some seconds ago. */
  readonly isFresh: boolean
  /** What is wrong with alerting itself: always known. */
  readonly own: readonly Alert[]
  readonly policy: Policy
  readonly silences: readonly Silence[]
  readonly memory: Memory
  /** By the key of a group: the route by which alerts reach it now. Those without one are only seen to their end. */
  readonly routed: Map<string, Route>
  readonly changes: AlertChange[]
  /** Keys of the groups that something is to be told of now. */
  readonly due: string[]
}

export function isFiring({ endedAtMs }: TrackedAlert): boolean {
  return endedAtMs === undefined
}

/** Whether it can be told in this round if such an alert holds. */
export function isKnown({ alerts }: Pick<Round, 'alerts'>, { facts }: Pick<Alert, 'facts'>): boolean {
  return alerts !== undefined || facts.kind === 'watchdog'
}

/** Whether it can be told in this round what of the group holds. */
export function isGroupKnown(round: Round, group: GroupMemory): boolean {
  return membersOf(group, round.memory).every(([, { alert }]) => isKnown(round, alert))
}

export function membersOf(group: GroupMemory, memory: Memory): readonly (readonly [string, TrackedAlert])[] {
  return group.members.flatMap((fingerprint) => {
    const tracked = memory.alerts.get(fingerprint)
    return tracked === undefined ? [] : [[fingerprint, tracked] as const]
  })
}

/** Fingerprints of what holds and may be told. */
export function audibleOf(group: GroupMemory, memory: Memory): readonly string[] {
  return membersOf(group, memory)
    .filter(([, tracked]) => isFiring(tracked) && tracked.mutedBy === undefined)
    .map(([fingerprint]) => fingerprint)
}
