// Which backends may answer a request, in which order, and why. Pure: the same question has the same answer.
import type { BackendKind } from '../config.ts'
import type { DialectName } from '../../core/record.ts'
import { byLeastBusy } from './strategies/least-busy.ts'
import type { BackendView } from './view.ts'

export interface ModelRule {
  readonly name: string
  readonly backends: readonly string[] | undefined
}

export interface PlanQuestion {
  readonly model: string
  readonly dialect: DialectName
  readonly backends: readonly BackendView[]
  readonly rules: readonly ModelRule[]
  /** Rises with each request: whose turn it is among equals. */
  readonly turn: number
}

const HEALTH: Readonly<Record<string, string>> = {
  true: 'up',
  false: 'down at the last probe, kept as a last resort',
  undefined: 'not probed yet',
}

/** One backend that may answer. Its reason is put into words only when somebody asks: a request does not. */
export class Candidate {
  readonly backend: string
  /** The model as the backend lists it, or as a rule names it: a name that is known, unlike the caller's. */
  readonly model: string
  readonly #up: boolean | undefined
  readonly #inflight: number

  constructor(view: BackendView, model: string) {
    this.backend = view.name
    this.model = model
    this.#up = view.up
    this.#inflight = view.inflight
  }

  get reason(): string {
    return `${HEALTH[String(this.#up)] ?? ''}, ${this.#inflight} in flight`
  }
}

export interface Plan {
  readonly candidates: readonly Candidate[]
  readonly excluded: readonly { readonly backend: string; readonly reason: string }[]
}

/** Which dialects each kind of backend speaks itself: bytes pass through, so it must speak the caller's. */
const SPEAKS: Readonly<Record<BackendKind, readonly DialectName[]>> = {
  ollama: ['openai', 'ollama', 'anthropic'],
  vllm: ['openai', 'anthropic'],
  llamacpp: ['openai', 'anthropic'],
  openai: ['openai'],
  anthropic: ['anthropic'],
  simulator: ['openai', 'ollama', 'anthropic'],
}

export function planRoute(question: PlanQuestion): Plan {
  const rule = question.rules.find((each) => each.name === question.model)
  const fit: { view: BackendView; model: string }[] = []
  const excluded: { backend: string; reason: string }[] = []
  for (const view of question.backends) {
    const model = servedAs(view, question.model, rule)
    if (model === undefined) excluded.push({ backend: view.name, reason: 'does not serve this model' })
    else if (!SPEAKS[view.kind].includes(question.dialect)) {
      excluded.push({
        backend: view.name,
        reason: `kind ${view.kind} does not speak the ${question.dialect} API`,
      })
    } else fit.push({ view, model })
  }
  const ordered = byLeastBusy(fit, question.turn)
  return {
    candidates: ordered.map(({ view, model }) => new Candidate(view, model)),
    excluded,
  }
}

/** Ollama lists `qwen3:latest` where people write `qwen3`. */
const OLLAMA_DEFAULT_TAG = ':latest'

function servedAs(view: BackendView, model: string, rule: ModelRule | undefined): string | undefined {
  if (rule?.backends !== undefined) return rule.backends.includes(view.name) ? model : undefined
  if (view.models?.has(model) === true) return model
  const tagged = model + OLLAMA_DEFAULT_TAG
  if (!model.includes(':') && view.models?.has(tagged) === true) return tagged
  return view.patterns.find((pattern) => pattern.matches(model))?.text
}
