// THE ONLY WRITER OF REQUEST METRICS: a sealed record in, observations out. It works on batches, outside the turn of any
// request, and keeps nothing of a record but its id (as exemplar).
import { ERROR_TABLE, errorEntry } from '../core/errors.ts'
import type { ErrorCode } from '../core/errors.ts'
import { PHASES } from '../core/record.ts'
import type { Attempt, GapSketch, Queued, RequestRecord, ShedReason } from '../core/record.ts'
import { NONE } from './labels.ts'
import { createTenantObserver, type TenantOptions } from './observe-tenants.ts'
import type { RequestFamilies } from './request-families.ts'
import { createPlanner } from './request-plan.ts'
import type { Planner, RequestPlan } from './request-plan.ts'
import type { Origin } from './series-store.ts'

const MS_PER_SECOND = 1_000

/** Codes with which the gateway itself turns a request away, beside the outcome `rejected` of a policy. */
const REFUSALS: readonly ErrorCode[] = (Object.keys(ERROR_TABLE) as ErrorCode[]).filter((code) => {
  const { blame, status } = errorEntry(code)
  return blame === 'policy' || (blame === 'gateway' && status === 503)
})

/** A queue that is full is one thing, a gateway that has no room another. */
const toShedLabel = (reason: ShedReason): string => `overload_${reason}`

const SHED_REASONS: readonly ShedReason[] = ['loop', 'memory', 'connections']

/** Every value of the reason of a refusal. */
export const REFUSAL_LABELS: readonly string[] = [...REFUSALS, ...SHED_REASONS.map(toShedLabel)]

export interface ObserverOptions extends TenantOptions {
  /** Whether a backend's word for a model is a name of our configuration or discovery. */
  readonly knownModel: (name: string) => boolean
  /** Count requests and tokens by tenant as well. */
  readonly tenants: boolean
}

/** Observes one sealed record. */
export type RecordObserver = (record: RequestRecord) => void

/** What every part of the observation needs; made once, `origin` is set for each record. */
interface Context {
  readonly families: RequestFamilies
  readonly planner: Planner
  readonly refusals: ReadonlySet<string>
  /** By the bounds of a sketch; a configuration has one list of them for all requests. */
  readonly bucketMaps: WeakMap<readonly number[], readonly number[]>
  readonly origin: Origin
}

export function createRecordObserver(options: ObserverOptions): RecordObserver {
  const context: Context = {
    families: options.families,
    planner: createPlanner(options),
    refusals: new Set(REFUSALS),
    bucketMaps: new WeakMap(),
    origin: { id: '', timeSeconds: 0 },
  }
  const observeTenant = options.tenants ? createTenantObserver(options) : undefined
  return (record) => {
    const plan = context.planner.planRequest(record)
    context.origin.id = record.id
    context.origin.timeSeconds = (record.startedAtMs + record.durationMs) / MS_PER_SECOND
    observeEnd(context, record, plan)
    observePhases(context, record, plan)
    if (record.queued !== undefined) observeWait(context, record.queued)
    for (const [index, attempt] of record.attempts.entries())
      observeAttempt(context, { record, attempt, index })
    if (record.cold) observeLoad(context, record, plan)
    if (record.outcome === 'ok') observeSuccess(context, record, plan)
    if (!record.estimated.usage) observeTokens(context, record, plan)
    if (record.gaps !== undefined) observeGaps(context, record.gaps, plan)
    if (record.stalls > 0) {
      const { streamStalls } = context.families
      streamStalls.add(
        (plan.stalls ??= streamStalls.index.resolve([plan.model, plan.backend])),
        record.stalls,
      )
    }
    observeTenant?.(record, plan)
  }
}

function observeEnd({ families, origin, refusals }: Context, record: RequestRecord, plan: RequestPlan): void {
  const seconds = record.durationMs / MS_PER_SECOND
  families.httpRequests.add(plan.httpRequests, 1)
  families.httpRequestDuration.observe(plan.httpRequestDuration, seconds, origin)
  families.requests.add(plan.requests, 1)
  if (plan.serverDuration !== undefined)
    families.genAiServerDuration.observe(plan.serverDuration, seconds, origin)
  const { code, interruptedBy, fallbackFrom, fallbackReason } = record
  if (fallbackFrom !== undefined && fallbackReason !== undefined) {
    const labels = [fallbackFrom, record.modelRouted ?? NONE, fallbackReason] as const
    families.fallbacks.add(families.fallbacks.index.resolve(labels), 1)
  }
  if (code !== undefined && (record.outcome === 'rejected' || refusals.has(code))) {
    const reason = record.shed === undefined ? code : toShedLabel(record.shed)
    families.rejected.add(families.rejected.index.resolve([reason]), 1)
  }
  if (interruptedBy !== undefined) {
    families.streamInterrupted.add(families.streamInterrupted.index.resolve([interruptedBy]), 1)
  }
}

function observePhases({ families, origin }: Context, { phases }: RequestRecord, plan: RequestPlan): void {
  const oursMs = phases.authenticate + phases.limit + phases.gateway
  families.overhead.observe(plan.overhead, oursMs / MS_PER_SECOND, origin)
  for (let at = 0; at < PHASES.length; at += 1) {
    const phase = PHASES[at]
    if (phase === undefined) continue
    const ms = phases[phase]
    if (ms <= 0) continue
    const offset = (plan.phases[at] ??= families.phase.index.resolve([phase, plan.backend]))
    families.phase.observe(offset, ms / MS_PER_SECOND, origin)
  }
}

/** Loads are seldom: their series need no place in the plan. */
function observeLoad(
  { families: { modelLoad }, origin }: Context,
  record: RequestRecord,
  plan: RequestPlan,
): void {
  const { load } = record.phases
  if (load > 0)
    modelLoad.observe(modelLoad.index.resolve([plan.backend, plan.model]), load / MS_PER_SECOND, origin)
}

function observeWait({ families: { queueWait }, origin }: Context, { backend, waitMs }: Queued): void {
  queueWait.observe(queueWait.index.resolve([backend]), waitMs / MS_PER_SECOND, origin)
}

function observeAttempt(
  { families, planner, origin }: Context,
  {
    record,
    attempt,
    index,
  }: { readonly record: RequestRecord; readonly attempt: Attempt; readonly index: number },
): void {
  const plan = planner.planAttempt(record, attempt)
  const seconds = (attempt.endedMs - attempt.startedMs) / MS_PER_SECOND
  if (plan.backendCall !== undefined) families.backendCallDuration.observe(plan.backendCall, seconds, origin)
  if (plan.clientDuration !== undefined)
    families.genAiClientDuration.observe(plan.clientDuration, seconds, origin)
  if (index > 0) families.retries.add((plan.retry ??= families.retries.index.resolve([attempt.backend])), 1)
}

function observeSuccess({ families, origin }: Context, record: RequestRecord, plan: RequestPlan): void {
  const { load, prefill, decode } = record.phases
  const inferenceMs = load + prefill + decode
  if (inferenceMs > 0) {
    const offset = (plan.inference ??= families.modelInferenceDuration.index.resolve([plan.model]))
    families.modelInferenceDuration.observe(offset, inferenceMs / MS_PER_SECOND, origin)
  }
  const { firstTokenMs } = record
  if (firstTokenMs === undefined || plan.serverDuration === undefined) return
  const firstToken = (plan.firstToken ??= families.genAiTimeToFirstToken.index.resolve(plan.genAi))
  families.genAiTimeToFirstToken.observe(firstToken, firstTokenMs / MS_PER_SECOND, origin)
  const tokens = record.usage.outputTokens ?? 0
  if (!record.stream || record.estimated.usage || tokens <= 1) return
  const perToken = (plan.perOutputToken ??= families.genAiTimePerOutputToken.index.resolve(plan.genAi))
  const perTokenMs = (record.durationMs - firstTokenMs) / (tokens - 1)
  families.genAiTimePerOutputToken.observe(perToken, perTokenMs / MS_PER_SECOND, origin)
}

function observeTokens({ families, origin }: Context, { usage }: RequestRecord, plan: RequestPlan): void {
  const { promptTokens, outputTokens } = usage
  if (promptTokens !== undefined) {
    const prompts = (plan.promptTokens ??= families.promptTokens.index.resolve([plan.model]))
    families.promptTokens.observe(prompts, promptTokens, origin)
  }
  if (plan.serverDuration === undefined) return
  if (promptTokens !== undefined) {
    plan.inputUsage ??= families.genAiTokenUsage.index.resolve([...plan.genAi, 'input'])
    families.genAiTokenUsage.observe(plan.inputUsage, promptTokens, origin)
    plan.inputTokens ??= families.genAiInputTokens.index.resolve(plan.genAi)
    families.genAiInputTokens.add(plan.inputTokens, promptTokens)
  }
  if (outputTokens !== undefined) {
    plan.outputUsage ??= families.genAiTokenUsage.index.resolve([...plan.genAi, 'output'])
    families.genAiTokenUsage.observe(plan.outputUsage, outputTokens, origin)
    plan.outputTokens ??= families.genAiOutputTokens.index.resolve(plan.genAi)
    families.genAiOutputTokens.add(plan.outputTokens, outputTokens)
  }
}

/** A bound that went from seconds to milliseconds and back may be off by a rounding; no two bounds are this close. */
const BOUND_TOLERANCE_S = 1e-9

/** Which of our buckets each bucket of the sketch falls into: the same one while both count by the same bounds. */
function toBucketMap(boundsMs: readonly number[], oursS: Float64Array): readonly number[] {
  const bucketOf = (boundS: number): number => {
    const found = oursS.findIndex((ours) => boundS <= ours + BOUND_TOLERANCE_S)
    return found === -1 ? oursS.length : found
  }
  return [...boundsMs.map((boundMs) => bucketOf(boundMs / MS_PER_SECOND)), oursS.length]
}

function observeGaps({ families, bucketMaps }: Context, gaps: GapSketch, plan: RequestPlan): void {
  if (gaps.count === 0) return
  const { interToken } = families
  const offset = (plan.interToken ??= interToken.index.resolve([plan.model, plan.backend]))
  let buckets = bucketMaps.get(gaps.boundsMs)
  if (buckets === undefined) {
    buckets = toBucketMap(gaps.boundsMs, interToken.bounds)
    bucketMaps.set(gaps.boundsMs, buckets)
  }
  for (let at = 0; at < gaps.counts.length; at += 1) {
    const count = gaps.counts[at] ?? 0
    if (count > 0) interToken.addToBucket(offset, buckets[at] ?? interToken.bounds.length, count)
  }
  interToken.addToSum(offset, gaps.sumMs / MS_PER_SECOND)
}
