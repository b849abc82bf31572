// What the configuration says of model names: entries, aliases, patterns, and which of them holds for a name. Pure.
import { parseGlob, type Glob } from '../../access/glob.ts'
import type { ModelSettings, Strategy } from '../config.ts'

export interface RuleBackend {
  readonly name: string
  /** What this backend calls the model, where that is another name. */
  readonly model: string | undefined
  readonly weight: number
  readonly priority: number
}

/** One entry of `models`. */
export class ModelRule {
  readonly name: string
  readonly strategy: Strategy
  readonly backends: readonly RuleBackend[] | undefined
  readonly fallback: readonly string[]
  /** The one model that every name of this entry means; undefined where each name stands for itself. */
  readonly label: string | undefined

  constructor(settings: ModelSettings) {
    this.name = settings.name
    this.strategy = settings.strategy
    this.backends = settings.backends?.map((name) => ({ name, model: undefined, weight: 1, priority: 1 }))
    this.fallback = []
    this.label = isPattern(settings.name) ? undefined : settings.name
  }

  /** What backends are asked for when a caller asks for `asked`. */
  target(asked: string): string {
    return this.label ?? asked
  }
}

export function isPattern(name: string): boolean {
  return name.includes('*')
}

/** Finds the rule of a name: an exact one before a pattern, a longer pattern before a shorter, else the first of the file. */
export class RuleBook {
  readonly rules: readonly ModelRule[]
  readonly #exact = new Map<string, ModelRule>()
  readonly #patterns: { readonly matches: Glob; readonly rule: ModelRule; readonly length: number }[] = []

  constructor(models: readonly ModelSettings[]) {
    this.rules = models.map((settings) => new ModelRule(settings))
    for (const rule of this.rules) this.#add(rule.name, rule)
    this.#patterns.sort((a, b) => b.length - a.length)
  }

  /** Every name and pattern that can be asked for by it. */
  get names(): readonly string[] {
    return this.rules.map(({ name }) => name)
  }

  find(model: string): ModelRule | undefined {
    return this.#exact.get(model) ?? this.#patterns.find(({ matches }) => matches(model))?.rule
  }

  #add(name: string, rule: ModelRule): void {
    if (isPattern(name)) this.#patterns.push({ matches: parseGlob(name), rule, length: name.length })
    else if (!this.#exact.has(name)) this.#exact.set(name, rule)
  }
}
