// Limits counted in this process: no promise, no wait. Bounded: counters that say nothing fall out. It knows no configuration
// and no requests.
import type { Clock } from '../../../core/clock.ts'
import type { BudgetRow } from '../budgets/budget-store.ts'
import type { Calendar } from '../../../core/calendar.ts'
import type { Rule } from '../rule.ts'
import { bucketWait, Counter, endOf, isIdle, remainingOf, wholeMs } from './counter.ts'
import {
  amountFor,
  LEASE_MS,
  SLOT_WAIT_MS,
  type Ask,
  type Decision,
  type Ledger,
  type Used,
} from './ledger.ts'
import { MemoryDecision } from './memory-decision.ts'

export interface MemoryLedgerOptions {
  readonly clock: Clock
  readonly calendar: Calendar
  /** Without end where whoever holds a slot cannot die alone. */
  readonly leaseMs?: number
  readonly maxCounters?: number
}

/** A counter is about 150 bytes. */
const MAX_COUNTERS = 100_000
const SWEEP_EVERY_MS = 60_000
/** What is thrown out when all of them say something: those that were not asked for longest. */
const EVICTED_RATIO = 0.1

export class MemoryLedger implements Ledger {
  readonly #clock: Clock
  readonly #calendar: Calendar
  readonly #leaseMs: number
  readonly #maxCounters: number
  readonly #counters = new Map<string, Counter>()
  readonly #stopSweeping: () => void
  #changed: Counter[] = []

  constructor({ clock, calendar, leaseMs = LEASE_MS, maxCounters = MAX_COUNTERS }: MemoryLedgerOptions) {
    this.#clock = clock
    this.#calendar = calendar
    this.#leaseMs = leaseMs
    this.#maxCounters = maxCounters
    this.#stopSweeping = clock.every(SWEEP_EVERY_MS, () => this.#sweep())
  }

  get size(): number {
    return this.#counters.size
  }

  reserve(ask: Ask): Decision {
    const nowMs = this.#clock.now()
    const decision = new MemoryDecision(ask)
    const { rules } = ask
    for (let index = 0; index < rules.length; index += 1) {
      const rule = rules[index]
      if (rule === undefined) continue
      const counter = this.#counterOf(rule, nowMs)
      decision.counters[index] = counter
      const waitMs = this.#waitOf(rule, { counter, amount: amountFor(rule, ask) }, nowMs)
      if (waitMs <= decision.retryAfterMs) continue
      decision.refused = index
      decision.retryAfterMs = waitMs
    }
    for (let index = 0; index < rules.length; index += 1) {
      const rule = rules[index]
      if (rule === undefined) continue
      const counter = decision.counters[index]
      if (counter === undefined) continue
      if (decision.refused === -1) this.#take({ rule, counter, decision, index }, nowMs)
      this.#show({ rule, counter, decision, index }, nowMs)
    }
    return decision
  }

  settle(decision: Decision, used: Used): void {
    if (!(decision instanceof MemoryDecision) || decision.refused !== -1 || decision.settled) return
    decision.settled = true
    const { rules } = decision
    for (let index = 0; index < rules.length; index += 1) {
      const rule = rules[index]
      if (rule !== undefined && rule.kind !== 'requests') this.#settleRule(rule, { decision, index, used })
    }
  }

  renew(decision: Decision): void {
    if (!(decision instanceof MemoryDecision) || decision.settled) return
    const nowMs = this.#clock.now()
    for (const lease of decision.leases ?? []) {
      lease?.counter.expire(nowMs)
      if (lease !== undefined) lease.counter.extend(lease, nowMs + this.#leaseMs)
    }
  }

  /** What was spent before this process began. Rows of periods that are over are of no use and do no harm. */
  restore(rows: Iterable<BudgetRow>): void {
    for (const { id, startMs, endMs, micros } of rows) {
      const counter = this.#counters.get(id) ?? this.#add(id, startMs)
      if (counter.atMs > startMs) continue
      if (counter.atMs < startMs) counter.written = counter.used = 0
      counter.atMs = startMs
      counter.endMs = endMs
      counter.used += micros
      counter.written += micros
    }
  }

  /** By how much budgets changed since the last call. */
  takeChanges(): readonly BudgetRow[] {
    if (this.#changed.length === 0) return []
    const changed = this.#changed
    this.#changed = []
    return changed.map((counter) => {
      const micros = counter.used - counter.written
      counter.dirty = false
      counter.written = counter.used
      return { id: counter.id, startMs: counter.atMs, endMs: counter.endMs, micros }
    })
  }

  close(): void {
    this.#stopSweeping()
  }

  /** Lets time pass for the counter of a rule and returns how long the amount would have to wait. */
  #waitOf(rule: Rule, { counter, amount }: { counter: Counter; amount: number }, nowMs: number): number {
    counter.touchedMs = nowMs
    if (rule.kind === 'concurrent') {
      counter.expire(nowMs)
      return (counter.leases?.length ?? 0) < rule.capacity ? 0 : SLOT_WAIT_MS
    }
    if (rule.kind !== 'budget') {
      return bucketWait(rule, counter.levelAt(rule.perMs, nowMs), amount)
    }
    const wallMs = this.#clock.wall()
    const period = this.#calendar.at(rule.period, wallMs)
    const startMs = counter.startAt(period, wallMs)
    if (amount === 0 || counter.spentSince(startMs) + amount <= rule.capacity) return 0
    return Math.max(1, Math.ceil(endOf(period, startMs) - wallMs))
  }

  #take({ rule, counter, decision, index }: Place, nowMs: number): void {
    if (rule.kind === 'concurrent') {
      decision.leases ??= []
      decision.leases[index] = counter.lease(nowMs + this.#leaseMs)
      return
    }
    const amount = amountFor(rule, decision)
    if (rule.kind !== 'budget') {
      counter.setLevel(counter.levelAt(rule.perMs, nowMs) + amount, nowMs)
      return
    }
    const wallMs = this.#clock.wall()
    const period = this.#calendar.at(rule.period, wallMs)
    const startMs = counter.startAt(period, wallMs)
    counter.spend(amount, startMs, endOf(period, startMs))
    decision.startsMs ??= []
    decision.startsMs[index] = startMs
    this.#note(counter)
  }

  #show({ rule, counter, decision, index }: Place, nowMs: number): void {
    if (rule.kind === 'concurrent') {
      decision.remaining[index] = remainingOf(rule.capacity, counter.leases?.length ?? 0)
      decision.resetMs[index] = 0
      return
    }
    if (rule.kind === 'budget') {
      const wallMs = this.#clock.wall()
      const period = this.#calendar.at(rule.period, wallMs)
      const startMs = counter.startAt(period, wallMs)
      decision.remaining[index] = remainingOf(rule.capacity, counter.spentSince(startMs))
      decision.resetMs[index] = Math.max(1, Math.ceil(endOf(period, startMs) - wallMs))
      return
    }
    const level = counter.levelAt(rule.perMs, nowMs)
    const resetMs = wholeMs(level / rule.perMs)
    decision.remaining[index] = remainingOf(rule.capacity, level)
    decision.resetMs[index] = resetMs
    counter.idleAtMs = nowMs + resetMs
  }

  #settleRule(rule: Rule, { decision, index, used }: Settling): void {
    if (rule.kind === 'concurrent') {
      const lease = decision.leases?.[index]
      lease?.counter.free(lease)
      return
    }
    const nowMs = this.#clock.now()
    // Not that of the decision: it may have fallen out since because time had given everything back.
    const counter = this.#counterOf(rule, nowMs)
    const delta = (rule.kind === 'tokens' ? used.tokens : used.micros) - amountFor(rule, decision)
    if (rule.kind === 'budget') {
      // The period it was granted in may be over: then it is nobody's money any more.
      if (decision.startsMs?.[index] !== counter.atMs || delta === 0) return
      counter.used = Math.max(0, counter.used + delta)
      this.#note(counter)
      return
    }
    counter.setLevel(Math.max(0, counter.levelAt(rule.perMs, nowMs) + delta), nowMs)
    counter.idleAtMs = nowMs + wholeMs(counter.used / rule.perMs)
  }

  #note(counter: Counter): void {
    if (counter.dirty) return
    counter.dirty = true
    this.#changed.push(counter)
  }

  #counterOf(rule: Rule, nowMs: number): Counter {
    return this.#counters.get(rule.id) ?? this.#add(rule.id, rule.kind === 'budget' ? 0 : nowMs)
  }

  #add(id: string, atMs: number): Counter {
    if (this.#counters.size >= this.#maxCounters) this.#makeRoom()
    const counter = new Counter(id, atMs)
    this.#counters.set(id, counter)
    return counter
  }

  #sweep(): void {
    const now = { nowMs: this.#clock.now(), wallMs: this.#clock.wall() }
    for (const [id, counter] of this.#counters) if (isIdle(counter, now)) this.#counters.delete(id)
  }

  #makeRoom(): void {
    this.#sweep()
    if (this.#counters.size < this.#maxCounters) return
    const oldest = [...this.#counters.values()].sort((left, right) => left.touchedMs - right.touchedMs)
    oldest.length = Math.ceil(this.#maxCounters * EVICTED_RATIO)
    for (const { id } of oldest) this.#counters.delete(id)
  }
}

interface Place {
  readonly rule: Rule
  readonly counter: Counter
  readonly decision: MemoryDecision
  readonly index: number
}

interface Settling {
  readonly decision: MemoryDecision
  readonly index: number
  readonly used: Used
}
