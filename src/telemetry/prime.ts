// Starts series at 0 before anything happens. A counter that is born at 1 hides its first event from rate() and increase(),
// so the first error of a backend would be invisible. It creates label sets and counts nothing.
import { ERROR_TABLE, errorEntry } from '../core/errors.ts'
import type { ErrorCode } from '../core/errors.ts'
import type { DialectName, Outcome, PhaseName } from '../core/record.ts'
import type { LabelValues, StoredDefinition } from './catalogue/definition.ts'
import { NONE, OTHER } from './labels.ts'
import { REFUSAL_LABELS } from './observe.ts'
import type { RequestFamilies } from './request-families.ts'
import type { GenAiLabels } from './request-plan.ts'
import type { SeriesIndex } from './series-index.ts'
import { linesOf } from './series-store.ts'
import type { SeriesStore } from './series-store.ts'

export interface PrimeRoute {
  readonly method: string
  readonly endpoint: string
  readonly dialect: DialectName
}

export interface PrimeBackend {
  readonly name: string
  /** The backend's kind, as records give it in `provider`. */
  readonly provider: string
  readonly models: readonly string[]
}

export interface PrimeTargets {
  readonly routes: readonly PrimeRoute[]
  /** Every name that can be routed to. */
  readonly models: readonly string[]
  readonly backends: readonly PrimeBackend[]
  readonly fallbacks: readonly { readonly from: string; readonly to: string }[]
}

export interface PrimeResult {
  readonly started: number
  /** Label sets for which there was no room: they start when they are first seen. */
  readonly left: number
}

// What is configured may take half of the room; the rest is for what happens.
const PRIMED_SHARE_RATIO = 0.5

const CODES = Object.keys(ERROR_TABLE) as ErrorCode[]
/** What a backend can do to a request that reached it, and the two ends that are nobody's answer. */
const PAIR_CODES = CODES.filter((code) => errorEntry(code).blame === 'backend' && code !== 'no_backend')
/** What ends a request before it has a model. */
const UNROUTED_CODES = CODES.filter((code) => errorEntry(code).blame === 'caller' && code !== 'client_closed')
/** What makes a model be left for another: whatever is tried again, and that nobody could be asked or waited for. */
const FALLBACK_REASONS = CODES.filter(
  (code) => errorEntry(code).retryable || code === 'no_backend' || code === 'queue_timeout',
)
const STATUSES = [...new Set([200, ...CODES.map((code) => errorEntry(code).status)])].map(String)

/** The phases that every forwarded request can have. */
const BACKEND_PHASES = [
  'queue',
  'connect',
  'load',
  'prefill',
  'decode',
  'client-stall',
  'gateway',
] as const satisfies readonly PhaseName[]

type Start = <D extends StoredDefinition>(
  family: { readonly index: SeriesIndex<D> },
  values: LabelValues<D>,
) => void

interface Pair {
  readonly model: string
  readonly backend: PrimeBackend
}

/**
 * In the order of what would be missed most: counters of errors, then histograms whose count is a denominator, then the rest.
 * Left out on purpose, to be born when seen: gen_ai_* with an error_type, operations other than chat, answers under another
 * model name, tenants, and codes of policies per model.
 */
export function primeSeries(
  families: RequestFamilies,
  store: SeriesStore,
  targets: PrimeTargets,
): PrimeResult {
  const mostLines = store.usage.most * PRIMED_SHARE_RATIO
  let started = 0
  let left = 0
  const start: Start = (family, values) => {
    if (family.index.has(values)) return
    if (store.usage.lines + linesOf(family.index.definition) > mostLines) {
      left += 1
      return
    }
    family.index.resolve(values)
    started += 1
  }
  const pairs: readonly Pair[] = targets.backends.flatMap((backend) =>
    backend.models.map((model) => ({ model, backend })),
  )
  const dialects = [...new Set(targets.routes.map(({ dialect }) => dialect))]
  startGateway(families, start, dialects)
  startRoutes(families, start, targets.routes)
  for (const { from, to } of targets.fallbacks) {
    for (const reason of FALLBACK_REASONS) start(families.fallbacks, [from, to, reason])
  }
  startBackends(families, start, targets.backends)
  startOutcomes({ families, start, dialects }, pairs, targets.models)
  startModels(families, start, { pairs, models: targets.models })
  for (const { name } of targets.backends) {
    for (const phase of BACKEND_PHASES) start(families.phase, [phase, name])
  }
  return { started, left }
}

function startGateway(families: RequestFamilies, start: Start, dialects: readonly DialectName[]): void {
  for (const by of ['caller', 'gateway', 'backend']) start(families.streamInterrupted, [by])
  for (const reason of REFUSAL_LABELS) start(families.rejected, [reason])
  for (const dialect of dialects) {
    start(families.overhead, [dialect])
    for (const code of UNROUTED_CODES) start(families.requests, [OTHER, NONE, dialect, 'caller_error', code])
  }
}

function startRoutes(families: RequestFamilies, start: Start, routes: readonly PrimeRoute[]): void {
  for (const { method, endpoint } of routes) {
    // A listing that fails is read from the total; what generates is watched per status.
    const statuses = method === 'POST' ? STATUSES : ['200']
    for (const status of statuses) start(families.httpRequests, [method, endpoint, status])
    if (method === 'POST') start(families.httpRequestDuration, [method, endpoint])
  }
}

function startBackends(families: RequestFamilies, start: Start, backends: readonly PrimeBackend[]): void {
  for (const { name } of backends) {
    start(families.retries, [name])
    start(families.queueWait, [name])
    start(families.backendCallDuration, [name, 'success'])
    start(families.backendCallDuration, [name, 'error'])
  }
}

interface OutcomeStart {
  readonly families: RequestFamilies
  readonly start: Start
  readonly dialects: readonly DialectName[]
}

function startOutcomes(
  { families, start, dialects }: OutcomeStart,
  pairs: readonly Pair[],
  models: readonly string[],
): void {
  const outcomes: readonly (readonly [Outcome, string])[] = [
    ['ok', ''],
    ...PAIR_CODES.map((code) => ['backend_error', code] as const),
    ['abandoned', 'client_closed'],
    ['gateway_error', 'internal'],
  ]
  for (const [outcome, code] of outcomes) {
    for (const { model, backend } of pairs) {
      for (const dialect of dialects) start(families.requests, [model, backend.name, dialect, outcome, code])
    }
  }
  for (const model of models) {
    for (const dialect of dialects)
      start(families.requests, [model, NONE, dialect, 'backend_error', 'no_backend'])
  }
}

function startModels(
  families: RequestFamilies,
  start: Start,
  { pairs, models }: { readonly pairs: readonly Pair[]; readonly models: readonly string[] },
): void {
  const labelled = pairs.map((pair) => {
    const genAi: GenAiLabels = ['chat', pair.backend.provider, pair.model, pair.model]
    return { ...pair, genAi }
  })
  for (const { model, backend, genAi } of labelled) {
    start(families.genAiInputTokens, genAi)
    start(families.genAiOutputTokens, genAi)
    start(families.streamStalls, [model, backend.name])
  }
  // Seldom, so the first one counts most. Others than Ollama load what they serve before they serve anything.
  for (const { model, backend } of labelled)
    if (backend.provider === 'ollama') start(families.modelLoad, [backend.name, model])
  for (const { genAi } of labelled) start(families.genAiServerDuration, [...genAi, ''])
  for (const { genAi } of labelled) start(families.genAiTimeToFirstToken, genAi)
  for (const { genAi } of labelled) start(families.genAiTimePerOutputToken, genAi)
  for (const { genAi } of labelled) start(families.genAiClientDuration, [...genAi, ''])
  for (const model of models) start(families.modelInferenceDuration, [model])
  for (const { genAi } of labelled) {
    start(families.genAiTokenUsage, [...genAi, 'input'])
    start(families.genAiTokenUsage, [...genAi, 'output'])
  }
  for (const { model, backend } of labelled) start(families.interToken, [model, backend.name])
  for (const model of models) start(families.promptTokens, [model])
}
