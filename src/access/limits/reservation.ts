// What was set aside for one request in flight, and the refusal where it was not. Made by Limits, settled once by it.
import { WeirError } from '../../core/errors.ts'
import { PERIOD_WORDS, printMicros } from '../../core/rates.ts'
import { printDuration } from '../../core/units.ts'
import type { Decision } from './ledger/ledger.ts'
import { describeRule, type Rule } from './rule.ts'

export class Reservation {
  readonly decision: Decision
  /** The prompt in tokens, as it was estimated; 0 where nothing depends on it. */
  readonly input: number
  /** Why the request may not go on. */
  readonly refusal: WeirError | undefined
  /** By the wall clock. */
  readonly decidedAtMs: number
  settled = false
  /** Its place among those whose slots are renewed; -1 for none. */
  liveIndex = -1
  /** By the monotonic clock: when they were renewed last. */
  renewedMs = 0

  constructor(init: {
    decision: Decision
    input: number
    refusal: WeirError | undefined
    decidedAtMs: number
  }) {
    this.decision = init.decision
    this.input = init.input
    this.refusal = init.refusal
    this.decidedAtMs = init.decidedAtMs
  }
}

const MS_PER_SECOND = 1_000
const OWNERS = { key: 'key', tenant: 'tenant', model: 'model' } as const

function nameOwner({ scope, owner }: Rule): string {
  return `the ${OWNERS[scope]} ${owner}`
}

export function toRefusal(
  { rules, refused, retryAfterMs }: Decision,
  currency: string,
): WeirError | undefined {
  const rule = rules[refused]
  if (rule === undefined) return undefined
  const retryAfterSeconds = Math.max(1, Math.ceil(retryAfterMs / MS_PER_SECOND))
  if (rule.kind !== 'budget') {
    const message = `The limit of ${nameOwner(rule)} is reached: ${describeRule(rule)}. Try again in ${printDuration(retryAfterSeconds * MS_PER_SECOND)}.`
    return new WeirError('rate_limited', { message, retryAfterSeconds })
  }
  const budget = describeBudget(rule, currency)
  const message = `The budget of ${nameOwner(rule)} is spent, or too little of it is left for this request: ${budget}. The next ${PERIOD_WORDS[rule.period ?? 'month']} begins in ${printDuration(retryAfterSeconds * MS_PER_SECOND)}.`
  return new WeirError('budget_exhausted', { message, retryAfterSeconds })
}

function describeBudget({ capacity, period = 'month' }: Rule, currency: string): string {
  return `${printMicros(capacity)} ${currency} per ${PERIOD_WORDS[period]}`
}

export interface Size {
  readonly input: number
  readonly output: number
  /** What the prompt and the answer may cost together. */
  readonly micros: number
}

/** A request that would be refused for ever is told why, and what would help. */
export function toNeverFits(rule: Rule, size: Size, currency: string): WeirError {
  const { input, output, micros } = size
  const total = (input + output).toLocaleString('en')
  const parts = `about ${input.toLocaleString('en')} of the prompt and up to ${output.toLocaleString('en')} of the answer`
  const message =
    rule.kind === 'budget'
      ? `This request may cost ${printMicros(micros)} ${currency} (${parts} in tokens), more than all of the budget of ${nameOwner(rule)}: ${describeBudget(rule, currency)}.`
      : `This request may take ${total} tokens (${parts}), more than ${nameOwner(rule)} may ever use at once: ${rule.capacity.toLocaleString('en')}.`
  return new WeirError('invalid_request', {
    message: `${message} Ask for a shorter answer (max_tokens) or send a shorter prompt.`,
    param: 'max_tokens',
  })
}

/**
 * A limit that must not be guessed could not be asked for. The code is that of a check which policy demands and which cannot
 * be made (docs/decisions/0018-limits-without-their-state.md).
 */
export function toUnavailable(rule: Rule, retryAfterMs: number): WeirError {
  return new WeirError('guard_unavailable', {
    message: `The ${rule.kind === 'budget' ? 'budget' : 'limit'} of ${nameOwner(rule)} cannot be checked right now, and the request may not go on unchecked.`,
    retryAfterSeconds: Math.max(1, Math.ceil(retryAfterMs / MS_PER_SECOND)),
    cause: 'the shared state of limits does not answer',
  })
}
