// What the configuration says of model names: entries, aliases, patterns, and which of them holds for a name. Pure.
import { parseGlob, type Glob } from '../../core/glob.ts'
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
  /** Every name and pattern that leads here. */
  readonly names: readonly string[]
  /** The one model that every one of its names means; undefined where each stands for itself. */
  readonly label: string | undefined

  constructor(settings: ModelSettings) {
    this.name = settings.name
    this.names = [settings.name, ...settings.aliases]
    this.strategy = settings.strategy
    this.fallback = settings.fallback
    this.label = settings.model ?? (isPattern(settings.name) ? undefined : settings.name)
    this.backends = settings.backends?.map((backend, index) => ({
      name: backend.name,
      model: backend.model,
      weight: backend.weight ?? 1,
      // Without any priority the order of the list counts; a mixture is refused when the file is read.
      priority: backend.priority ?? index + 1,
    }))
  }

  /** What backends are asked for when a caller asks for `asked`. */
  target(asked: string): string {
    return this.label ?? asked
  }
}

export function isPattern(name: string): boolean {
  return name.includes('*')
}

function labelOf(rule: ModelRule): string {
  return rule.label ?? rule.name
}

interface PatternRule {
  readonly rule: ModelRule
  readonly matches: Glob
  /** How much of a name it fixes. */
  readonly length: number
}

/** Finds the rule of a name: an exact one before a pattern, a longer pattern before a shorter, else the first of the file. */
export class RuleBook {
  /** Names that mean one model each. */
  readonly labels: readonly string[]
  /** Every name and pattern that can be asked for. */
  readonly names: readonly string[]
  readonly fallbacks: readonly { readonly from: string; readonly to: string }[]
  readonly #exact = new Map<string, ModelRule>()
  readonly #patterns: PatternRule[] = []

  constructor(models: readonly ModelSettings[]) {
    const rules = models.map((settings) => new ModelRule(settings))
    for (const rule of rules) for (const name of rule.names) this.#add(name, rule)
    this.#patterns.sort((a, b) => b.length - a.length)
    this.fallbacks = rules.flatMap((rule) =>
      rule.fallback.map((name) => ({ from: labelOf(rule), to: this.find(name)?.label ?? name })),
    )
    this.labels = rules.map(labelOf)
    this.names = rules.flatMap((rule) => rule.names)
  }

  find(model: string): ModelRule | undefined {
    return this.#exact.get(model) ?? this.#patterns.find(({ matches }) => matches(model))?.rule
  }

  #add(name: string, rule: ModelRule): void {
    if (isPattern(name)) {
      const length = name.replaceAll('*', '').length
      this.#patterns.push({ matches: parseGlob(name), rule, length })
    } else if (!this.#exact.has(name)) this.#exact.set(name, rule)
  }
}
