// Counts each request into the minute in which it ended, for every objective: whole numbers that wait to be written. What
// was taken to be written stays known here until it is, so that a sum of the store and of what is not written counts each
// event once. Per process; gateways that share a store add up there.
import type { Clock } from '../core/clock.ts'
import type { MinuteSource, ObjectiveMinute } from '../core/minutes.ts'
import type { RequestRecord } from '../core/record.ts'
import { createJudge, isCountedOperation, type Judge } from './indicator.ts'
import type { Maintenance } from './maintenance/maintenance.ts'
import type { Counted } from './objective.ts'
import { MINUTE_MS } from './windows/config.ts'

export interface Tally {
  readonly name: string
  /** Since this process counts under this name. */
  readonly good: number
  readonly events: number
}

export interface MinuteCounter extends MinuteSource {
  /** What is in no store yet. */
  unwritten(): readonly ObjectiveMinute[]
  /** Resolves when nothing is on its way to the store, and keeps it so until it is released: no event is in both, or in neither. */
  hold(): Promise<Release>
  tallies(): readonly Tally[]
  /** Counts for others from now on. What was counted for those that are gone is still written. */
  replace(counted: readonly Counted[], maintenance: Maintenance): void
}

export type Release = () => void

interface Slot {
  readonly counted: Counted
  readonly judge: Judge
  /** By minute. */
  readonly minutes: Map<number, Waiting>
  good: number
  events: number
}

interface Waiting {
  good: number
  total: number
  excluded: number
}

/** Further back than this, the wall clock was set or the machine slept while the request was open. */
const FURTHEST_MINUTES = 2

export function createMinuteCounter(clock: Clock): MinuteCounter {
  let slots: readonly Slot[] = []
  let maintenance: Maintenance = { at: () => undefined }
  /** Of objectives that are gone. */
  let orphans: ObjectiveMinute[] = []
  const taken = new Set<readonly ObjectiveMinute[]>()
  let beatMinute: number | undefined
  let holders = 0
  let waiting: (() => void)[] = []

  const settle = (minutes: readonly ObjectiveMinute[]): boolean => {
    const wasTaken = taken.delete(minutes)
    if (taken.size === 0) {
      for (const resume of waiting) resume()
      waiting = []
    }
    return wasTaken
  }
  const pending = (): ObjectiveMinute[] => [...orphans, ...slots.flatMap(toRows)]

  return {
    count(record) {
      if (slots.length === 0 || !isCountedOperation(record.operation)) return
      const endedMs = record.startedAtMs + record.durationMs
      const minute = toMinute(endedMs, clock.wall())
      const isMaintained = maintenance.at(minute * MINUTE_MS) !== undefined
      for (let at = 0; at < slots.length; at += 1) {
        const slot = slots[at]
        if (slot !== undefined) countInto(slot, record, { minute, isMaintained })
      }
    },
    beat() {
      const minute = Math.floor(clock.wall() / MINUTE_MS)
      if (minute === beatMinute) return
      beatMinute = minute
      for (const slot of slots) waitingAt(slot, minute)
    },
    takeMinutes() {
      if (holders > 0) return NOTHING
      const rows = pending()
      if (rows.length === 0) return NOTHING
      orphans = []
      for (const { minutes } of slots) minutes.clear()
      taken.add(rows)
      return rows
    },
    noteWritten: (minutes) => void settle(minutes),
    giveBack(minutes) {
      if (!settle(minutes)) return
      const byName = new Map(slots.map((slot) => [slot.counted.name, slot]))
      for (const row of minutes) {
        const slot = byName.get(row.objective)
        if (slot === undefined) orphans.push(row)
        else add(slot, row)
      }
    },
    unwritten: () => [...pending(), ...[...taken].flat()],
    async hold() {
      holders += 1
      if (taken.size > 0) await new Promise<void>((resume) => void waiting.push(resume))
      let isHeld = true
      return () => {
        if (isHeld) holders -= 1
        isHeld = false
      }
    },
    tallies: () => slots.map(({ counted: { name }, good, events }) => ({ name, good, events })),
    replace(counted, next) {
      const before = new Map(slots.map((slot) => [slot.counted.name, slot]))
      slots = counted.map((each) => toSlot(each, before.get(each.name)))
      const kept = new Set(counted.map(({ name }) => name))
      for (const [name, slot] of before) if (!kept.has(name)) orphans.push(...toRows(slot))
      maintenance = next
      // What is counted for the first time is there from this minute on.
      beatMinute = undefined
    },
  }
}

const NOTHING: readonly ObjectiveMinute[] = []

/** Nothing has ended later than now, whatever the wall clock was when it began. */
function toMinute(endedMs: number, nowMs: number): number {
  const now = Math.floor(nowMs / MINUTE_MS)
  const ended = Math.floor(endedMs / MINUTE_MS)
  return ended > now || now - ended > FURTHEST_MINUTES ? now : ended
}

interface When {
  readonly minute: number
  readonly isMaintained: boolean
}

function countInto(slot: Slot, record: RequestRecord, { minute, isMaintained }: When): void {
  const judgement = slot.judge(record)
  if (judgement === undefined) return
  const row = waitingAt(slot, minute)
  if (isMaintained || judgement === 'excluded') {
    row.excluded += 1
    return
  }
  row.total += 1
  slot.events += 1
  if (judgement !== 'good') return
  row.good += 1
  slot.good += 1
}

function waitingAt({ minutes }: Slot, minute: number): Waiting {
  const known = minutes.get(minute)
  if (known !== undefined) return known
  const fresh = { good: 0, total: 0, excluded: 0 }
  minutes.set(minute, fresh)
  return fresh
}

function add(slot: Slot, { minute, good, total, excluded }: ObjectiveMinute): void {
  const row = waitingAt(slot, minute)
  row.good += good
  row.total += total
  row.excluded += excluded
}

function toRows({ counted: { name }, minutes }: Slot): readonly ObjectiveMinute[] {
  return [...minutes].map(([minute, { good, total, excluded }]) => ({
    objective: name,
    minute,
    good,
    total,
    excluded,
  }))
}

function toSlot(counted: Counted, before: Slot | undefined): Slot {
  const judge = createJudge(counted)
  if (before === undefined) return { counted, judge, minutes: new Map(), good: 0, events: 0 }
  return { counted, judge, minutes: before.minutes, good: before.good, events: before.events }
}
