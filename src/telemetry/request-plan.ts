// Which series a record belongs to: from its words to the offsets of its label sets, resolved when first needed and
// remembered per distinct tuple. It reads names, never measurements.
import { PHASES } from '../core/record.ts'
import type { Attempt, RequestRecord } from '../core/record.ts'
import { isGenerative, NONE, OTHER, toMethodLabel } from './labels.ts'
import type { RequestFamilies } from './request-families.ts'
import type { Offset } from './series-index.ts'
import { createTupleCache } from './tuple-cache.ts'

export type GenAiLabels = readonly [operation: string, provider: string, asked: string, answered: string]

/** The offsets of one kind of request. What not every such request needs is resolved when the first one does. */
export interface RequestPlan {
  readonly model: string
  readonly backend: string
  readonly genAi: GenAiLabels
  readonly httpRequests: Offset
  readonly httpRequestDuration: Offset
  readonly requests: Offset
  readonly overhead: Offset
  /** Undefined where OpenTelemetry's metrics do not speak of the operation. */
  readonly serverDuration: Offset | undefined
  /** By place in PHASES. */
  readonly phases: (Offset | undefined)[]
  inference: Offset | undefined
  firstToken: Offset | undefined
  perOutputToken: Offset | undefined
  inputUsage: Offset | undefined
  outputUsage: Offset | undefined
  inputTokens: Offset | undefined
  outputTokens: Offset | undefined
  promptTokens: Offset | undefined
  interToken: Offset | undefined
  stalls: Offset | undefined
}

/** The offsets of one kind of attempt. */
export interface AttemptPlan {
  /** Undefined for an attempt that was abandoned: neither a success nor the backend's error. */
  readonly backendCall: Offset | undefined
  readonly clientDuration: Offset | undefined
  retry: Offset | undefined
}

export interface PlanOptions {
  readonly families: RequestFamilies
  /** Whether a backend's word for a model is a name of our configuration or discovery. */
  readonly knownModel: (name: string) => boolean
}

export interface Planner {
  planRequest(record: RequestRecord): RequestPlan
  planAttempt(record: RequestRecord, attempt: Attempt): AttemptPlan
}

/** A plan is about 400 bytes; a process that meets more kinds of requests than this forgets and starts over. */
const MOST_PLANS = 10_000

export function createPlanner(options: PlanOptions): Planner {
  const requests = createTupleCache<RequestPlan>(MOST_PLANS)
  const attempts = createTupleCache<AttemptPlan>(MOST_PLANS)
  // Empty where the backend named none: OpenTelemetry leaves the attribute out, and PromQL reads both as the same.
  const toAnsweredLabel = (name: string | undefined): string =>
    name === undefined ? '' : options.knownModel(name) ? name : OTHER

  return {
    planRequest(record) {
      const answered = toAnsweredLabel(record.modelAnswered)
      const node = requests
        .root()
        .at(record.endpoint)
        .at(record.modelRouted)
        .at(answered)
        .at(record.backend)
        .at(record.provider)
        .at(record.operation)
        .at(record.dialect)
        .at(record.outcome)
        .at(record.code)
        .at(record.status)
        .at(toMethodLabel(record.method))
      return node.value ?? requests.keep(node, createRequestPlan(record, answered, options.families))
    },
    planAttempt(record, attempt) {
      // Only the last attempt can have brought the answer and so the name in it.
      const isLast = attempt === record.attempts.at(-1)
      const answered = isLast ? toAnsweredLabel(record.modelAnswered) : ''
      const node = attempts
        .root()
        .at(record.modelRouted)
        .at(answered)
        .at(attempt.backend)
        .at(attempt.provider)
        .at(record.operation)
        .at(attempt.result)
        .at(attempt.code)
      return (
        node.value ?? attempts.keep(node, createAttemptPlan({ record, attempt, answered }, options.families))
      )
    },
  }
}

function createRequestPlan(record: RequestRecord, answered: string, families: RequestFamilies): RequestPlan {
  const model = record.modelRouted ?? OTHER
  const backend = record.backend ?? NONE
  const method = toMethodLabel(record.method)
  const genAi: GenAiLabels = [record.operation, record.provider ?? NONE, model, answered]
  const code = record.code ?? ''
  return {
    model,
    backend,
    genAi,
    httpRequests: families.httpRequests.index.resolve([method, record.endpoint, String(record.status)]),
    httpRequestDuration: families.httpRequestDuration.index.resolve([method, record.endpoint]),
    requests: families.requests.index.resolve([model, backend, record.dialect, record.outcome, code]),
    overhead: families.overhead.index.resolve([record.dialect]),
    serverDuration: isGenerative(record.operation)
      ? families.genAiServerDuration.index.resolve([...genAi, code])
      : undefined,
    phases: PHASES.map(() => undefined),
    inference: undefined,
    firstToken: undefined,
    perOutputToken: undefined,
    inputUsage: undefined,
    outputUsage: undefined,
    inputTokens: undefined,
    outputTokens: undefined,
    promptTokens: undefined,
    interToken: undefined,
    stalls: undefined,
  }
}

// What an attempt ended with when its record gives no code.
const UNCODED = { success: '', error: '_OTHER', abandoned: 'client_closed' } as const

function createAttemptPlan(
  { record, attempt, answered }: { record: RequestRecord; attempt: Attempt; answered: string },
  families: RequestFamilies,
): AttemptPlan {
  const { operation } = record
  const errorType = attempt.code ?? UNCODED[attempt.result]
  return {
    backendCall:
      attempt.result === 'abandoned'
        ? undefined
        : families.backendCallDuration.index.resolve([attempt.backend, attempt.result]),
    clientDuration: isGenerative(operation)
      ? families.genAiClientDuration.index.resolve([
          operation,
          attempt.provider,
          record.modelRouted ?? OTHER,
          answered,
          errorType,
        ])
      : undefined,
    retry: undefined,
  }
}
