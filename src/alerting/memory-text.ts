// The memory of the pipeline as text and back. Whatever cannot be read is refused whole: half a memory tells people twice.
import { z } from 'zod'
import type { Alert } from '../core/alert.ts'
import type { GroupMemory, Memory, TrackedAlert } from './memory.ts'

export const MEMORY_DOCUMENT = 'alerting/memory'

/** Raised when older text would be misread; what does not fit is started anew. */
const VERSION = 1

const severity = z.enum(['page', 'ticket'])
const labels = z.record(z.string(), z.string())

const models = z.array(z.string())

/** Only what texts cannot do without is asked for: facts may gain keys. */
const objectiveFacts = z.looseObject({
  objective: z.string(),
  promise: z.string(),
  targetRatio: z.number(),
  windowText: z.string(),
  blamed: z.array(z.looseObject({ phase: z.string(), shareRatio: z.number() })),
  down: z.array(z.looseObject({ backend: z.string(), models })).optional(),
})

const facts = z.discriminatedUnion('kind', [
  z.looseObject({
    kind: z.literal('burn'),
    slo: objectiveFacts,
    longWindow: z.string(),
    shortWindow: z.string(),
    burnRate: z.number(),
    factor: z.number(),
    badEvents: z.number(),
    events: z.number(),
    isEasing: z.boolean().optional(),
    isPartial: z.boolean().optional(),
  }),
  z.looseObject({
    kind: z.literal('exhausted'),
    slo: objectiveFacts,
    spending: z
      .looseObject({
        burnRate: z.number(),
        longWindow: z.string(),
        recentBurnRate: z.number().optional(),
        recentWindow: z.string(),
      })
      .optional(),
  }),
  z.looseObject({ kind: z.literal('no-data'), slo: objectiveFacts, sinceMs: z.number() }),
  z.looseObject({
    kind: z.literal('threshold'),
    rule: z.string(),
    measure: z.string(),
    value: z.number(),
    threshold: z.number(),
    unit: z.string(),
    forMs: z.number(),
  }),
  z.looseObject({
    ...{ kind: z.literal('backend-down'), backend: z.string(), reason: z.string() },
    // Not written down by versions that did not know them.
    models: models.default([]),
  }),
  z.looseObject({ kind: z.literal('gateway-down') }),
  z.looseObject({ kind: z.literal('watchdog'), broken: z.string() }),
])

const alert = z.looseObject({ name: z.string(), labels, severity, startedAtMs: z.number(), facts })

const mute = z.discriminatedUnion('by', [
  z.strictObject({ by: z.literal('silence'), id: z.string(), author: z.string(), untilMs: z.number() }),
  z.strictObject({ by: z.literal('maintenance'), window: z.string() }),
  z.strictObject({ by: z.literal('inhibition'), alert: z.string() }),
])

const tracked = z.strictObject({
  alert,
  lastSeenMs: z.number(),
  endedAtMs: z.number().optional(),
  mutedBy: mute.optional(),
})

const group = z.strictObject({
  key: z.string(),
  receiver: z.string(),
  id: z.string(),
  severity,
  name: z.string(),
  labels,
  members: z.array(z.string()),
  audibleSinceMs: z.number().optional(),
  quietSinceMs: z.number().optional(),
  told: z
    .strictObject({
      atMs: z.number(),
      firstAtMs: z.number(),
      firing: z.array(z.string()),
      via: z.string(),
    })
    .optional(),
  owed: z
    .strictObject({
      kind: z.enum(['firing', 'resolved']),
      sinceMs: z.number(),
      attempts: z.int(),
      reason: z.string().optional(),
      notBeforeMs: z.number(),
    })
    .optional(),
  resolvedAtMs: z.number().optional(),
  relapses: z.int(),
})

const memoryText = z.strictObject({
  version: z.literal(VERSION),
  writtenAtMs: z.number(),
  evaluatedAtMs: z.number().optional(),
  alerts: z.record(z.string(), tracked),
  groups: z.array(group),
})

export function printMemory(memory: Memory, writtenAtMs: number): string {
  return JSON.stringify({
    version: VERSION,
    writtenAtMs,
    evaluatedAtMs: memory.evaluatedAtMs,
    alerts: Object.fromEntries(memory.alerts),
    groups: [...memory.groups.values()],
  })
}

export interface WrittenMemory {
  readonly memory: Memory
  readonly writtenAtMs: number
}

export function parseMemory(text: string): WrittenMemory | undefined {
  const parsed = parseJson(text)
  const read = memoryText.safeParse(parsed).data
  if (read === undefined) return undefined
  const { writtenAtMs, evaluatedAtMs, alerts, groups } = read
  const toTracked = (entry: z.output<typeof tracked>): TrackedAlert => ({
    // JSON leaves out what is undefined; apart from that, the schema above has seen everything that is read.
    alert: entry.alert as unknown as Alert,
    lastSeenMs: entry.lastSeenMs,
    endedAtMs: entry.endedAtMs,
    mutedBy: entry.mutedBy,
  })
  const memory: Memory = {
    alerts: new Map(Object.entries(alerts).map(([key, entry]) => [key, toTracked(entry)])),
    groups: new Map(groups.map((entry) => [entry.key, toGroup(entry)])),
    evaluatedAtMs,
  }
  return { memory, writtenAtMs }
}

function toGroup(entry: z.output<typeof group>): GroupMemory {
  const { audibleSinceMs, quietSinceMs, told, owed, resolvedAtMs, ...rest } = entry
  return {
    ...rest,
    ...{ audibleSinceMs, quietSinceMs, told, resolvedAtMs },
    owed: owed === undefined ? undefined : { ...owed, reason: owed.reason },
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/**
 * What was remembered before, brought into a memory that had to begin without it: nobody is told again what they were told
 * before, and everybody is told the end of it.
 */
export function mergeMemory(memory: Memory, before: Memory): void {
  for (const [fingerprint, entry] of before.alerts) {
    if (!memory.alerts.has(fingerprint)) memory.alerts.set(fingerprint, entry)
  }
  for (const [key, entry] of before.groups) {
    const now = memory.groups.get(key)
    if (now === undefined) memory.groups.set(key, entry)
    // What has begun and ended since then is newer than what was kept.
    else if (now.told === undefined && now.resolvedAtMs === undefined && entry.told !== undefined) {
      now.told = entry.told
      now.members = [...new Set([...now.members, ...entry.members])]
      now.relapses = Math.max(now.relapses, entry.relapses)
      if (now.owed?.kind === 'firing') now.owed = undefined
    }
  }
}
