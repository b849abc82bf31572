// What is to be said of a group now, from what is remembered of it; undefined when there is nothing to say any more. Pure.
import { notificationIdOf } from './identity.ts'
import type { GroupMemory, Memory, TrackedAlert } from './memory.ts'
import type { Notice } from './owe.ts'
import type { Policy } from './policy.ts'
import { audibleOf, membersOf } from './round.ts'
import { quietNeeded } from './stages/resolve.ts'
import type { GroupStory } from './texts/describe.ts'

export interface Telltale {
  readonly notice: Notice
  readonly story: GroupStory
}

interface StoryContext {
  readonly memory: Memory
  readonly policy: Policy
}

export function toStory(group: GroupMemory, { memory, policy }: StoryContext): Telltale | undefined {
  const { owed, told, key } = group
  if (owed === undefined) return undefined
  const members = membersOf(group, memory)
  const audible = new Set(audibleOf(group, memory))
  const isOver = owed.kind === 'resolved'
  const shown = isOver ? toldOf(members, told) : members.filter(([fingerprint]) => audible.has(fingerprint))
  const [first] = shown
  if (first === undefined) return undefined
  const alerts = shown.map(([, { alert, endedAtMs }]) => ({ alert, endedAtMs }))
  const over = isOver ? [] : members.flatMap(([, tracked]) => toOver(tracked))
  const { id, name, severity, labels, relapses } = group
  const startedAtMs = Math.min(...alerts.map(({ alert }) => alert.startedAtMs))
  const { kind } = owed
  const notificationId = notificationIdOf({
    ...{ groupId: id, kind, startedAtMs, toldAtMs: told?.atMs },
    alerts: shown.map(([fingerprint]) => fingerprint),
  })
  const story: GroupStory = {
    ...{ id, notificationId, name, severity, labels, relapses, alerts, over, kind, startedAtMs },
    endedAtMs: isOver ? Math.max(...alerts.map(({ endedAtMs }) => endedAtMs ?? 0)) : undefined,
    quietNeededMs: quietNeeded(group, policy.resolveAfterMs),
    late: isOver && told === undefined ? { reason: owed.reason } : undefined,
    runbook: policy.runbookOf(first[1].alert),
  }
  return { notice: { key, kind, firing: [...audible] }, story }
}

type Member = ReturnType<typeof membersOf>[number]

/** What was hidden all the time is not told to be over; what could not be told at all is told then. */
function toldOf(members: readonly Member[], told: GroupMemory['told']): readonly Member[] {
  const known = members.filter(([fingerprint]) => told?.firing.includes(fingerprint) === true)
  return known.length === 0 ? members : known
}

function toOver({ alert, endedAtMs }: TrackedAlert): GroupStory['over'] {
  return endedAtMs === undefined ? [] : [{ alert, endedAtMs }]
}
