// Limits counted in Redis, for gateways that share them: one script a decision, by the server's clock. What becomes of a
// request when the server does not answer is decided in ../shared-ledger.ts.
import type { Clock } from '../../../core/clock.ts'
import type { Calendar } from '../../../core/calendar.ts'
import { amountFor, LEASE_MS, type Ask, type Decision, type Ledger, type Used } from '../ledger/ledger.ts'
import { remainingOf } from '../ledger/counter.ts'
import type { Rule, RuleKind } from '../rule.ts'
import type { KnownUse } from '../usage/use.ts'
import { LOOK, PROBE, RENEW, RESERVE, SETTLE, type Script } from './scripts.ts'

/** Whatever runs scripts. Rejects when there is no answer in time. */
export interface ScriptRunner {
  run(script: Script, keys: readonly string[], args: readonly string[]): Promise<unknown>
  /** Gives up a connection on which nothing comes any more. */
  reconnect(): void
  close(): void
}

export interface RedisLedgerOptions {
  readonly runner: ScriptRunner
  readonly clock: Clock
  readonly calendar: Calendar
  readonly prefix: string
  readonly leaseMs?: number
  /** Stands in for the server's clock; for tests. */
  readonly nowMs?: () => number
}

/** The names of keys change with the meaning of what they hold: two versions side by side do not read each other's. */
const KEY_VERSION = 'v1'

/** Longer than two renewals may fail to come; after it what was reserved stays charged as it was estimated. */
const REMEMBERED_MS = 600_000
/** How long a late copy of a settlement may still arrive. */
const OVER_REMEMBERED_MS = 3_600_000

const KIND_LETTERS: Readonly<Record<RuleKind, string>> = {
  requests: 'b',
  tokens: 'b',
  concurrent: 's',
  budget: 'm',
}

export class RedisLedger implements Ledger {
  readonly #options: RedisLedgerOptions
  readonly #leaseMs: string
  readonly #base: string

  constructor(options: RedisLedgerOptions) {
    this.#options = options
    this.#leaseMs = String(options.leaseMs ?? LEASE_MS)
    // One tag for all keys: in a cluster they then lie on one node, and a script can see them together.
    this.#base = `{${options.prefix}}:${KEY_VERSION}:`
  }

  async reserve(ask: Ask): Promise<Decision> {
    const { rules } = ask
    const keys = [this.#reservationKey(ask.id)]
    const remembered = isRemembered(rules) ? String(REMEMBERED_MS) : '0'
    const args = [this.#now(), ask.id, this.#leaseMs, remembered]
    for (const rule of rules) {
      keys.push(this.#base + rule.id)
      args.push(
        KIND_LETTERS[rule.kind],
        String(rule.capacity),
        String(rule.perMs),
        String(amountFor(rule, ask)),
      )
      this.#addPeriod(args, rule)
    }
    return toDecision(ask, await this.#options.runner.run(RESERVE, keys, args))
  }

  async settle(decision: Decision, used: Used): Promise<void> {
    if (decision.refused !== -1 || !isRemembered(decision.rules)) return
    const changes = decision.rules.map((rule) =>
      rule.kind === 'requests' ? 0 : toUsed(rule, used) - amountFor(rule, decision),
    )
    await this.#change('settle', decision, { changes, atMs: this.#options.clock.wall() })
  }

  /** Takes back a question that was never answered, whether the server has read it, is about to, or never will. */
  async cancel(ask: Ask): Promise<void> {
    if (!isRemembered(ask.rules)) return
    const changes = ask.rules.map((rule) => -amountFor(rule, ask))
    await this.#change('cancel', ask, { changes, atMs: this.#options.clock.wall() })
  }

  /** Counts money that was spent while the server was away. What refills by itself has done so meanwhile. */
  async charge(ask: Ask, micros: number, spentAtMs: number): Promise<void> {
    const rules = ask.rules.filter(({ kind }) => kind === 'budget')
    if (rules.length === 0 || micros === 0) return
    const late = { ...ask, id: `${ask.id}+`, rules }
    await this.#change('charge', late, { changes: rules.map(() => micros), atMs: spentAtMs })
  }

  async renew(decision: Decision): Promise<void> {
    const slots = decision.rules.filter(({ kind }) => kind === 'concurrent').map(({ id }) => this.#base + id)
    const keys = [this.#reservationKey(decision.id), ...slots]
    await this.#options.runner.run(RENEW, keys, [
      this.#now(),
      decision.id,
      this.#leaseMs,
      String(REMEMBERED_MS),
    ])
  }

  /** What is used of each rule, in their order; counts nothing. */
  async look(rules: readonly Rule[]): Promise<readonly KnownUse[]> {
    const args = [this.#now()]
    for (const rule of rules) {
      args.push(KIND_LETTERS[rule.kind], String(rule.perMs))
      this.#addPeriod(args, rule)
    }
    const keys = rules.map(({ id }) => this.#base + id)
    const numbers = toNumbers(await this.#options.runner.run(LOOK, keys, args), rules.length * 2)
    return rules.map(({ capacity }, index) => {
      const used = numbers[index * 2] ?? 0
      return { used, left: remainingOf(capacity, used), resetMs: numbers[index * 2 + 1] ?? 0 }
    })
  }

  /** A machine that vanished leaves a connection on which everything is sent and nothing comes: another one is tried then. */
  async probe(): Promise<void> {
    const { runner } = this.#options
    try {
      await runner.run(PROBE, [`${this.#base}probe`], [])
    } catch (thrown) {
      runner.reconnect()
      throw thrown
    }
  }

  close(): void {
    this.#options.runner.close()
  }

  async #change(mode: Mode, ask: Ask, { changes, atMs }: Change): Promise<void> {
    const keys = [this.#reservationKey(ask.id)]
    const args = [this.#now(), ask.id, mode, String(OVER_REMEMBERED_MS)]
    for (const [index, rule] of ask.rules.entries()) {
      const change = changes[index] ?? 0
      if (change === 0 && rule.kind !== 'concurrent') continue
      keys.push(this.#base + rule.id)
      args.push(KIND_LETTERS[rule.kind], String(rule.perMs), String(change), String(index + 1))
      const period = this.#periodOf(rule, atMs)
      args.push(String(period?.startMs ?? 0), String(period?.endMs ?? 0))
    }
    await this.#options.runner.run(SETTLE, keys, args)
  }

  #addPeriod(args: string[], rule: Rule): void {
    const period = this.#periodOf(rule, this.#options.clock.wall())
    if (period === undefined) args.push('0', '0', '0')
    else args.push(String(period.startMs), String(period.endMs), String(period.nextEndMs))
  }

  /** By our own clock, since the server knows no time zones; it decides by its own which of two neighbours it is. */
  #periodOf({ kind, period }: Rule, wallMs: number): ReturnType<Calendar['at']> | undefined {
    if (kind !== 'budget') return undefined
    return this.#options.calendar.at(period, wallMs)
  }

  #reservationKey(id: string): string {
    return `${this.#base}r:${id}`
  }

  #now(): string {
    const { nowMs } = this.#options
    return nowMs === undefined ? '' : String(nowMs())
  }
}

type Mode = 'settle' | 'cancel' | 'charge'

interface Change {
  /** By rule. */
  readonly changes: readonly number[]
  /** When the money was spent; of a reservation the server knows it better. */
  readonly atMs: number
}

/** Requests alone are counted and never settled: nothing has to be remembered of them. */
function isRemembered(rules: readonly Rule[]): boolean {
  return rules.some(({ kind }) => kind !== 'requests')
}

function toUsed(rule: Rule, used: Used): number {
  if (rule.kind === 'tokens') return used.tokens
  return rule.kind === 'budget' ? used.micros : 1
}

function toNumbers(answer: unknown, count: number): readonly number[] {
  const numbers = Array.isArray(answer) ? answer.map(Number) : []
  const isWhole = numbers.length === count && numbers.every((each) => Number.isFinite(each))
  if (!isWhole) throw new TypeError('the script answered something else than what was asked')
  return numbers
}

function toDecision(ask: Ask, answer: unknown): Decision {
  const [refused = -1, retryAfterMs = 0, ...states] = toNumbers(answer, 2 + ask.rules.length * 2)
  return {
    ...ask,
    refused,
    retryAfterMs,
    remaining: states.filter((_, index) => index % 2 === 0),
    resetMs: states.filter((_, index) => index % 2 === 1),
  }
}
