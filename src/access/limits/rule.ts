// One limit of one owner, made ready to be counted: what a list of settings comes to. Pure; counting is the ledger's work.
import { MICROS_PER_UNIT, PERIOD_MS, PERIOD_WORDS, printAmount, type Period } from '../../core/rates.ts'
import type { FailureMode, LimitSettings, RateLimit } from './config.ts'

export type RuleKind = 'requests' | 'tokens' | 'concurrent' | 'budget'
export type RuleScope = 'key' | 'tenant' | 'model'

/** One shape for every kind: the engine then reads all of them the same fast way. */
export interface Rule {
  /** Where it is counted. Without the amounts: when those change, what was counted stays. */
  readonly id: string
  readonly kind: RuleKind
  readonly scope: RuleScope
  /** The name of the key, tenant or model. */
  readonly owner: string
  /** The amount that was written, for headers and messages; micro-units for a budget. */
  readonly amount: number
  /** What may be used at once: requests, tokens, slots, or micro-units in the period. */
  readonly capacity: number
  /** What comes back in a millisecond; 0 where nothing does. */
  readonly perMs: number
  /** Undefined for slots. */
  readonly period: Period | undefined
  readonly onStateFailure: FailureMode
}

/** Money is gone when it is spent twice; a request too many costs a little time. */
const DEFAULT_MODES: Readonly<Record<RuleKind, FailureMode>> = {
  requests: 'open',
  tokens: 'open',
  concurrent: 'open',
  budget: 'closed',
}

export interface Owner {
  readonly scope: RuleScope
  readonly name: string
}

/** The rules of one owner, in the order in which a refusal names them: first what is over soonest. */
export function toRules(owner: Owner, limits: LimitSettings | undefined): readonly Rule[] {
  if (limits === undefined) return []
  const { requests = [], tokens = [], concurrent, budget = [] } = limits
  return [
    ...requests.map((limit) => toBucket(owner, 'requests', limit)),
    ...tokens.map((limit) => toBucket(owner, 'tokens', limit)),
    ...(concurrent === undefined
      ? []
      : [
          {
            id: toId(owner, 'concurrent', 'now'),
            kind: 'concurrent' as const,
            scope: owner.scope,
            owner: owner.name,
            amount: concurrent.max,
            capacity: concurrent.max,
            perMs: 0,
            period: undefined,
            onStateFailure: concurrent.onStateFailure ?? DEFAULT_MODES.concurrent,
          },
        ]),
    ...budget.map((limit) => toBudget(owner, limit)),
  ]
}

function toId(owner: Owner, kind: RuleKind, period: string): string {
  return `${owner.scope}:${owner.name}:${kind}:${period}`
}

function toBucket(owner: Owner, kind: 'requests' | 'tokens', limit: RateLimit): Rule {
  const { amount, period } = limit
  return {
    id: toId(owner, kind, period),
    kind,
    scope: owner.scope,
    owner: owner.name,
    amount,
    capacity: limit.burst ?? amount,
    perMs: amount / PERIOD_MS[period],
    period,
    onStateFailure: limit.onStateFailure ?? DEFAULT_MODES[kind],
  }
}

function toBudget(owner: Owner, { amount, period, onStateFailure }: RateLimit): Rule {
  const micros = Math.round(amount * MICROS_PER_UNIT)
  return {
    id: toId(owner, 'budget', period),
    kind: 'budget',
    scope: owner.scope,
    owner: owner.name,
    amount: micros,
    capacity: micros,
    perMs: 0,
    period,
    onStateFailure: onStateFailure ?? DEFAULT_MODES.budget,
  }
}

/** The part of a rule that one of several gateways may allow alone. At least one of whatever it is, or nothing would pass. */
export function toShare(rule: Rule, replicas: number): Rule {
  return {
    ...rule,
    amount: Math.max(1, Math.floor(rule.amount / replicas)),
    capacity: Math.max(1, Math.floor(rule.capacity / replicas)),
    perMs: rule.perMs / replicas,
  }
}

/** `60 requests per minute`, `4 requests at a time`: money is left to those who know its currency. */
export function describeRule({ kind, amount, period }: Rule): string {
  if (period === undefined) return `${amount} requests at a time`
  return `${printAmount(amount)} ${kind} per ${PERIOD_WORDS[period]}`
}
