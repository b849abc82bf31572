// Which conditions hold, since when, and which have held long enough to tell somebody. What began before a restart, or before
// another gateway took over, goes on: it is kept as a document of the store.
import type { Alert } from '../core/alert.ts'
import type { Clock } from '../core/clock.ts'
import type { Documents } from '../core/documents.ts'
import type { Within } from './engine/patience.ts'

export interface Condition {
  readonly alert: Omit<Alert, 'startedAtMs'>
  /** How long it must hold without a break. */
  readonly forMs: number
}

export interface Conditions {
  /** Takes up what was kept, once; whoever begins to lead does this first. Rejects when the store does not answer. */
  restore(): Promise<void>
  /** Whether this one held when it was looked at last. */
  readonly held: (alert: Condition['alert']) => boolean
  /** What holds now: those of them that have held long enough. */
  note(holding: readonly Condition[]): Promise<readonly Alert[]>
  /** Somebody else leads: what is known here is old. */
  forget(): void
}

export interface ConditionsOptions {
  readonly clock: Clock
  readonly within: Within
  readonly documents: Documents
  readonly onFailure: (cause: unknown) => void
}

const ANSWER_LIMIT_MS = 10_000
const DOCUMENT = 'slo/conditions'
/** After a gap of this length nobody knows whether a condition held all the time. */
const STALE_MS = 10 * 60_000
/** How old what is kept may be when the process ends without a word. */
const KEEP_EVERY_MS = 60_000
/** Timers come late; this much is no step of the wall clock and no sleep of the machine. */
const DRIFT_MS = 30_000

export function keyOf({ severity, name, labels }: Condition['alert']): string {
  return JSON.stringify([severity, name, ...Object.entries(labels).toSorted()])
}

export function createConditions({ clock, within, documents, onFailure }: ConditionsOptions): Conditions {
  /** By key, on the wall clock. */
  let since = new Map<string, number>()
  let lastSeen = { wallMs: clock.wall(), nowMs: clock.now() }
  let kept = { text: '', wallMs: 0 }

  /** A wall clock that was set, or a machine that slept, makes nothing hold longer. */
  const followClock = (): void => {
    const seen = { wallMs: clock.wall(), nowMs: clock.now() }
    const driftMs = seen.wallMs - lastSeen.wallMs - (seen.nowMs - lastSeen.nowMs)
    lastSeen = seen
    if (Math.abs(driftMs) < DRIFT_MS) return
    since = new Map([...since].map(([key, sinceMs]) => [key, sinceMs + driftMs]))
  }
  const keep = async (): Promise<void> => {
    const text = JSON.stringify([...since])
    const isFresh = text === kept.text && (since.size === 0 || clock.wall() - kept.wallMs < KEEP_EVERY_MS)
    if (isFresh && clock.wall() >= kept.wallMs) return
    try {
      await within(
        ANSWER_LIMIT_MS,
        documents.write(DOCUMENT, JSON.stringify({ atMs: clock.wall(), since: [...since] })),
      )
      kept = { text, wallMs: clock.wall() }
    } catch (cause) {
      onFailure(cause)
    }
  }

  return {
    async restore() {
      const text = await within(ANSWER_LIMIT_MS, documents.read(DOCUMENT))
      const { atMs, entries } = readKept(text)
      lastSeen = { wallMs: clock.wall(), nowMs: clock.now() }
      const ageMs = clock.wall() - atMs
      since = ageMs >= 0 && ageMs < STALE_MS ? new Map<string, number>(entries) : new Map<string, number>()
      kept = { text: JSON.stringify(entries), wallMs: atMs }
    },
    held: (alert) => since.has(keyOf(alert)),
    async note(holding) {
      followClock()
      const nowMs = clock.wall()
      const next = new Map<string, number>()
      const alerts: Alert[] = []
      for (const { alert, forMs } of holding) {
        const key = keyOf(alert)
        const sinceMs = Math.min(since.get(key) ?? nowMs, nowMs)
        if (next.has(key)) continue
        next.set(key, sinceMs)
        if (nowMs - sinceMs >= forMs) alerts.push({ ...alert, startedAtMs: sinceMs })
      }
      since = next
      await keep()
      return alerts
    },
    forget() {
      since = new Map()
    },
  }
}

interface Kept {
  readonly atMs: number
  readonly entries: readonly (readonly [string, number])[]
}

/** What another version wrote, or half a document, is nothing. */
function readKept(text: string | undefined): Kept {
  try {
    const value: unknown = JSON.parse(text ?? '{}')
    if (typeof value !== 'object' || value === null) return NOTHING
    const { atMs, since } = value as { readonly atMs?: unknown; readonly since?: unknown }
    if (typeof atMs !== 'number' || !Array.isArray(since)) return NOTHING
    const entries: readonly unknown[] = since
    return { atMs, entries: entries.filter(isEntry) }
  } catch {
    return NOTHING
  }
}

const NOTHING: Kept = { atMs: 0, entries: [] }

function isEntry(value: unknown): value is readonly [string, number] {
  return Array.isArray(value) && typeof value[0] === 'string' && typeof value[1] === 'number'
}
