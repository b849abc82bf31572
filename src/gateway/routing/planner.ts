// Plans for a fleet: remembers who may answer for a name, and whose turn it is. The planning itself is pure (plan.ts).
// Turns are per process: gateways side by side each take their own.
import type { DialectName } from '../../core/record.ts'
import type { ModelSettings } from '../config.ts'
import type { Candidate } from './candidate.ts'
import { findCandidates, findExclusions, orderCandidates, type Exclusion } from './plan.ts'
import { RuleBook, type ModelRule } from './rules.ts'
import type { BackendView } from './view.ts'

/** Names that match a pattern are the caller's own: so many of them that they would fill memory start anew. */
const MAX_ROUTES = 1_000

interface Route {
  readonly rule: ModelRule | undefined
  candidates: readonly Candidate[]
  /** Which listings its candidates were found by. */
  edition: number
  turn: number
}

export interface Plan {
  readonly model: string
  readonly rule: ModelRule | undefined
  /** In the order in which they are preferred. */
  readonly candidates: readonly Candidate[]
}

export class Planner {
  readonly #backends: readonly BackendView[]
  readonly #book: RuleBook
  readonly #routes: Readonly<Record<DialectName, Map<string, Route>>> = {
    openai: new Map(),
    ollama: new Map(),
    anthropic: new Map(),
  }
  #edition = 0

  constructor(models: readonly ModelSettings[], backends: readonly BackendView[]) {
    this.#book = new RuleBook(models)
    this.#backends = backends
  }

  /** To be told whenever a backend may list other models than before. */
  forgetListings(): void {
    this.#edition += 1
  }

  plan(model: string, dialect: DialectName): Plan {
    const route = this.#routeOf(model, dialect)
    const { rule, candidates, turn } = route
    // A counter for each name: with one for all, models that are asked for in turns would each meet the same backend.
    if (candidates.length > 1) route.turn = turn + 1
    return { model, rule, candidates: orderCandidates(candidates, rule, turn) }
  }

  /** Who may answer, in no order. */
  servers(model: string, dialect: DialectName): readonly BackendView[] {
    const rule = this.#book.find(model)
    return findCandidates({ model, dialect, backends: this.#backends, rule }).map(({ view }) => view)
  }

  /** Who may not answer, and why. */
  exclusions(model: string, dialect: DialectName): readonly Exclusion[] {
    return findExclusions({ model, dialect, backends: this.#backends, rule: this.#book.find(model) })
  }

  /** Names, aliases and patterns that the configuration gives to models. */
  get names(): readonly string[] {
    return this.#book.names
  }

  get fallbacks(): readonly { readonly from: string; readonly to: string }[] {
    return this.#book.fallbacks
  }

  /** The models that these stand for. */
  get labels(): readonly string[] {
    return this.#book.labels
  }

  #routeOf(model: string, dialect: DialectName): Route {
    const routes = this.#routes[dialect]
    let route = routes.get(model)
    if (route === undefined) {
      if (routes.size >= MAX_ROUTES) routes.clear()
      route = { rule: this.#book.find(model), candidates: [], edition: -1, turn: 0 }
      routes.set(model, route)
    }
    if (route.edition !== this.#edition) {
      route.edition = this.#edition
      route.candidates = findCandidates({ model, dialect, backends: this.#backends, rule: route.rule })
    }
    return route
  }
}
