// Which limits hold for a request, what it is charged at first and what in the end. One for each configuration; what was
// counted lives in the state behind it, which stays when the configuration changes.
import type { LimitsLive } from '../../core/live.ts'
import type { Principal } from '../principal.ts'
import type { LimitSettings, LimitsSettings } from './config.ts'
import { estimateInput } from './estimate.ts'
import type { Decision, Ledger } from './ledger/ledger.ts'
import type { LimitState } from './limit-state.ts'
import type { PriceSettings } from './prices/config.ts'
import { costOf, toPrice, type Price } from './prices/price.ts'
import { Reservation, toNeverFits, toRefusal, toUnavailable, type Size } from './reservation.ts'
import { toRules, type Rule } from './rule.ts'
import { LedgerUnavailable } from './shared-ledger.ts'

export interface LimitedModel {
  readonly name: string
  readonly limits?: LimitSettings | undefined
  readonly price?: PriceSettings | undefined
}

export interface LimitsOptions {
  readonly settings: LimitsSettings
  readonly models: readonly LimitedModel[]
  /** The name of the entry that a model's name leads to; undefined for a model without one. */
  readonly entryOf: (model: string) => string | undefined
  readonly state: LimitState
}

/** What a request is about to do. */
export interface Question {
  readonly principal: Principal
  readonly model: string
  readonly body: Buffer
  /** Tokens the caller allows for each answer; undefined where it names no limit. */
  readonly maxOutput: number | undefined
  /** How many answers it wants. */
  readonly choices: number
  /** `free` generates nothing and costs nothing, `input` costs its prompt alone. */
  readonly costs: 'free' | 'input' | 'both'
}

/** What a request used, as it is charged. */
export interface Charge {
  readonly input: number
  readonly output: number
  readonly micros: number
}

interface RuleSet {
  readonly rules: readonly Rule[]
  /** Whether what a request costs matters at all. */
  readonly isSized: boolean
  readonly price: Price | undefined
}

export class Limits {
  readonly #options: LimitsOptions
  readonly #modelRules: ReadonlyMap<string, readonly Rule[]>
  readonly #tenantRules: ReadonlyMap<string, readonly Rule[]>
  readonly #prices: ReadonlyMap<string, Price>
  readonly #currency: string
  /** Whether tenants or models have limits. */
  readonly #limitsOthers: boolean
  /** By caller, then by the entry of the model: found once, then looked up. */
  readonly #sets = new WeakMap<Principal, Map<string | undefined, RuleSet | undefined>>()

  constructor(options: LimitsOptions) {
    this.#options = options
    const { models, settings } = options
    this.#modelRules = new Map(
      models.map(({ name, limits }) => [name, toRules({ scope: 'model', name }, limits)]),
    )
    this.#tenantRules = new Map(
      settings.tenants.map(({ name, limits }) => [name, toRules({ scope: 'tenant', name }, limits)]),
    )
    this.#prices = new Map(
      models.flatMap(({ name, price }) => (price === undefined ? [] : [[name, toPrice(price)] as const])),
    )
    this.#limitsOthers = [...this.#modelRules.values(), ...this.#tenantRules.values()].some(
      (rules) => rules.length > 0,
    )
    this.#currency = [...this.#prices.values()][0]?.currency ?? ''
  }

  /** Whether it can be that a limit holds: for most callers of most gateways none does, and they pay nothing. */
  holdsFor({ limits }: Principal): boolean {
    return this.#limitsOthers || limits !== undefined
  }

  /** Undefined where no limit holds. A promise only where limits are shared between gateways. */
  reserve(question: Question): Reservation | undefined | Promise<Reservation> {
    const set = this.#setFor(question)
    if (set === undefined) return undefined
    const { state } = this.#options
    const input = set.isSized && question.costs !== 'free' ? estimateInput(question.body) : 0
    const size = this.#sizeOf(question, { set, input })
    if ('misfit' in size)
      return this.#refuse(set, { size, refusal: toNeverFits(size.misfit, size, this.#currency) })
    const ask = {
      id: state.nextId(),
      rules: set.rules,
      tokens: size.input + size.output,
      micros: size.micros,
    }
    try {
      const decision = state.ledger.reserve(ask)
      if (!(decision instanceof Promise)) return this.#conclude(decision, input)
      return decision.then(
        (answer) => this.#conclude(answer, input),
        (thrown: unknown) => this.#refuseUnasked(set, { size, thrown }),
      )
    } catch (thrown) {
      return this.#refuseUnasked(set, { size, thrown })
    }
  }

  /** Charges what was used instead of what was set aside, and frees what is held. Once. */
  settle(reservation: Reservation, { input, output, micros }: Charge): void {
    if (reservation.settled || reservation.refusal !== undefined) return
    reservation.settled = true
    this.#options.state.settle(reservation, { tokens: input + output, micros })
  }

  /** How long an answer was, so that the next one of this model can be guessed. */
  noteOutput(model: string, tokens: number): void {
    this.#options.state.lengths.add(this.#entryOf(model) ?? model, tokens)
  }

  /** Undefined for a model without a price. */
  costOf(model: string, tokens: { input: number; output: number; cached: number }): number | undefined {
    const price = this.#priceOf(model)
    return price === undefined ? undefined : costOf(price, tokens)
  }

  get live(): LimitsLive {
    return this.#options.state.live
  }

  /** Where it is all counted, through its port: for whoever checks the books. */
  get ledger(): Ledger {
    return this.#options.state.ledger
  }

  get currency(): string {
    return this.#currency
  }

  get hasPrices(): boolean {
    return this.#prices.size > 0
  }

  #entryOf(model: string): string | undefined {
    return this.#options.entryOf(model)
  }

  #priceOf(model: string): Price | undefined {
    if (this.#prices.size === 0) return undefined
    return this.#prices.get(this.#entryOf(model) ?? model)
  }

  #setFor({ principal, model }: Question): RuleSet | undefined {
    let sets = this.#sets.get(principal)
    if (sets === undefined) {
      sets = new Map()
      this.#sets.set(principal, sets)
    }
    const entry = this.#entryOf(model)
    const known = sets.get(entry)
    if (known !== undefined || sets.has(entry)) return known
    const set = this.#toSet(principal, entry)
    sets.set(entry, set)
    return set
  }

  #toSet({ name, tenant, limits }: Principal, entry: string | undefined): RuleSet | undefined {
    const rules = [
      ...(name === undefined ? [] : toRules({ scope: 'key', name }, limits)),
      ...(tenant === undefined ? [] : (this.#tenantRules.get(tenant) ?? [])),
      ...(entry === undefined ? [] : (this.#modelRules.get(entry) ?? [])),
    ]
    if (rules.length === 0) return undefined
    const isSized = rules.some(({ kind }) => kind === 'tokens' || kind === 'budget')
    return { rules, isSized, price: entry === undefined ? undefined : this.#prices.get(entry) }
  }

  /** What is set aside; or the rule into which it would never fit. What nobody asked for is cut to what fits. */
  #sizeOf(
    question: Question,
    { set, input }: { set: RuleSet; input: number },
  ): Size | (Size & { misfit: Rule }) {
    const { costs, maxOutput, choices } = question
    if (!set.isSized || costs === 'free') return FREE
    const { price } = set
    const toMicros = (output: number): number =>
      price === undefined ? 0 : costOf(price, { input, output, cached: 0 })
    let output = costs === 'input' ? 0 : this.#expectedOutput(question)
    for (const rule of set.rules) {
      const isOver =
        (rule.kind === 'tokens' && input + output > rule.capacity) ||
        (rule.kind === 'budget' && toMicros(output) > rule.capacity)
      if (!isOver) continue
      const least = maxOutput === undefined ? 0 : output
      const isMisfit =
        rule.kind === 'tokens' ? input + least > rule.capacity : toMicros(least) > rule.capacity
      if (isMisfit) return { input, output: least, micros: toMicros(least), misfit: rule }
      output = rule.kind === 'tokens' ? rule.capacity - input : Math.min(output, choices)
    }
    return { input, output, micros: toMicros(output) }
  }

  #expectedOutput({ model, maxOutput, choices }: Question): number {
    const { estimates } = this.#options.settings
    const { lengths } = this.#options.state
    const each = maxOutput ?? lengths.typical(this.#entryOf(model) ?? model) ?? estimates.output
    return Math.min(each * choices, estimates.maxOutput)
  }

  #conclude(decision: Decision, input: number): Reservation {
    const { state } = this.#options
    const refusal = toRefusal(decision, this.#currency)
    const reservation = new Reservation({ decision, input, refusal, decidedAtMs: state.wall() })
    if (refusal === undefined) state.hold(reservation)
    return reservation
  }

  #refuseUnasked({ rules }: RuleSet, { size, thrown }: { size: Size; thrown: unknown }): Reservation {
    if (!(thrown instanceof LedgerUnavailable)) throw thrown
    return this.#refuse({ rules }, { size, refusal: toUnavailable(thrown.rule, thrown.retryAfterMs) })
  }

  /** Nothing was counted: nothing is known of what remains. */
  #refuse(
    { rules }: Pick<RuleSet, 'rules'>,
    { size, refusal }: { size: Size; refusal: Reservation['refusal'] },
  ): Reservation {
    const { input, output, micros } = size
    const nothing = { id: '', refused: -1, retryAfterMs: 0, remaining: [], resetMs: [] }
    const decision: Decision = { ...nothing, rules, tokens: input + output, micros }
    return new Reservation({ decision, input, refusal, decidedAtMs: this.#options.state.wall() })
  }
}

const FREE: Size = { input: 0, output: 0, micros: 0 }
