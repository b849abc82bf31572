// Which backends may answer a request for one model, in which order, and why. Pure: the same question has the same answer.
import type { DialectName } from '../../core/record.ts'
import type { BackendKind } from '../config.ts'
import { Candidate } from './candidate.ts'
import type { ModelRule } from './rules.ts'
import { STANDING, standingOf } from './standing.ts'
import { ORDERS } from './strategies/index.ts'
import type { BackendView } from './view.ts'

export interface PlanQuestion {
  readonly model: string
  readonly dialect: DialectName
  readonly backends: readonly BackendView[]
  /** What the configuration says of this name, if anything. */
  readonly rule: ModelRule | undefined
  /** Rises with each request: whose turn it is. */
  readonly turn: number
}

export interface Exclusion {
  readonly backend: string
  readonly reason: string
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

/** The candidates in the order in which they are preferred. */
export function planRoute(question: PlanQuestion): readonly Candidate[] {
  return orderCandidates(findCandidates(question), question.rule, question.turn)
}

type FitQuestion = Omit<PlanQuestion, 'turn'>

/** Who may answer at all, in the order of the configuration. Changes only with the configuration and the listings. */
export function findCandidates(question: FitQuestion): readonly Candidate[] {
  const candidates: Candidate[] = []
  for (const view of question.backends) {
    const model = servedAs(view, question)
    if (model === undefined || !SPEAKS[view.kind].includes(question.dialect)) continue
    const own = question.rule?.backends?.find(({ name }) => name === view.name)
    candidates.push(
      new Candidate({
        view,
        model,
        target: own?.model ?? question.rule?.target(question.model) ?? question.model,
        weight: own?.weight ?? 1,
        priority: own?.priority ?? 1,
      }),
    )
  }
  return candidates
}

/** Who may not, and why. */
export function findExclusions(question: FitQuestion): readonly Exclusion[] {
  const excluded: Exclusion[] = []
  for (const view of question.backends) {
    const { name: backend, kind } = view
    if (servedAs(view, question) === undefined) {
      const isNamed = question.rule?.backends === undefined
      excluded.push({
        backend,
        reason: isNamed ? 'does not serve this model' : `is not among the backends of ${question.rule.name}`,
      })
    } else if (!SPEAKS[kind].includes(question.dialect)) {
      excluded.push({ backend, reason: `kind ${kind} does not speak the ${question.dialect} API` })
    }
  }
  return excluded
}

/** By standing first; within one, by the strategy of the rule. */
export function orderCandidates(
  candidates: readonly Candidate[],
  rule: ModelRule | undefined,
  turn: number,
): readonly Candidate[] {
  if (candidates.length < 2) return candidates
  const order = ORDERS[rule?.strategy ?? 'least-busy']
  if (candidates.every(isPlainlyReady)) return order(candidates, turn)
  const ready: Candidate[] = []
  const later: Candidate[] = []
  const reluctant: Candidate[] = []
  const last: Candidate[] = []
  const cycle = Math.floor(turn / candidates.reduce((sum, { weight }) => sum + weight, 0))
  for (const candidate of candidates) {
    const standing = standingOf(candidate.view)
    if (standing === STANDING.lastResort) last.push(candidate)
    else if (standing === STANDING.reluctant) reluctant.push(candidate)
    else (takesPart(candidate.view.health.rampRatio, cycle) ? ready : later).push(candidate)
  }
  return [ready, later, reluctant, last].flatMap((group) => (group.length < 2 ? group : order(group, turn)))
}

function isPlainlyReady({ view }: Candidate): boolean {
  return view.health.state === 'available' && view.health.rampRatio >= 1
}

/**
 * A backend that comes back sits most cycles out: of every hundred it takes part in `ratio` times a hundred, evenly spread. By cycle and
 * not by turn, because a share of the turns could fall on turns that were never its own.
 */
function takesPart(ratio: number, cycle: number): boolean {
  return Math.floor((cycle + 1) * ratio) > Math.floor(cycle * ratio)
}

/** Ollama lists `qwen3:latest` where people write `qwen3`. */
const OLLAMA_DEFAULT_TAG = ':latest'

/** The name under which a backend serves what was asked for, as the record may show it; undefined when it does not. */
function servedAs(view: BackendView, { model, rule }: FitQuestion): string | undefined {
  const wanted = rule?.target(model) ?? model
  if (rule?.backends !== undefined) {
    if (!rule.backends.some(({ name }) => name === view.name)) return undefined
    return rule.label ?? listedAs(view, wanted) ?? rule.name
  }
  const listed = listedAs(view, wanted) ?? view.patterns.find((pattern) => pattern.matches(wanted))?.text
  return listed === undefined ? undefined : (rule?.label ?? listed)
}

function listedAs(view: BackendView, model: string): string | undefined {
  if (view.models?.has(model) === true) return model
  const tagged = model + OLLAMA_DEFAULT_TAG
  return !model.includes(':') && view.models?.has(tagged) === true ? tagged : undefined
}
