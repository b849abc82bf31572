// What one request means to an objective: good, bad, in scope but out of the count, or none of its business. Pure.
import { parseGlob, type Glob } from '../core/glob.ts'
import type { RecordOutline } from '../core/outline.ts'
import type { GapSketch, Operation } from '../core/record.ts'
import type { Counted, Indicator, Scope } from './objective.ts'

/** Undefined: out of scope. */
export type Judgement = 'good' | 'bad' | 'excluded' | undefined

export type Judge = (record: RecordOutline) => Judgement

/** What a model does for somebody. Lists of models, health pages and what has no route promise nothing. */
export function isCountedOperation(operation: Operation): boolean {
  switch (operation) {
    case 'chat':
    case 'text_completion':
    case 'generate_content':
    case 'embeddings':
    case 'moderation':
      return true
    default:
      return false
  }
}

/** Made once, asked for each record. */
export function createJudge({ scope, indicator, excludeCold }: Counted): Judge {
  const isInScope = createScopeTest(scope)
  const judge = indicator.kind === 'availability' ? judgeAvailability : createLatencyJudge(indicator)
  return (record) => {
    if (!isCountedOperation(record.operation) || !isInScope(record)) return undefined
    if (excludeCold && record.cold) return 'excluded'
    return judge(record)
  }
}

/** Gaps are many numbers: read where somebody judges by them. */
export function judgesGaps({ indicator }: Counted): boolean {
  return indicator.kind === 'interToken'
}

/** What the caller did wrong, and what a policy forbade, says nothing of the service. */
function judgeAvailability({ outcome, firstTokenMs }: RecordOutline): Judgement {
  switch (outcome) {
    case 'ok':
      return 'good'
    case 'backend_error':
    case 'gateway_error':
      return 'bad'
    case 'abandoned':
      // Who left in the middle of an answer was being served.
      return firstTokenMs === undefined ? 'excluded' : 'good'
    case 'caller_error':
    case 'rejected':
      return 'excluded'
  }
}

type LatencyIndicator = Extract<Indicator, { readonly thresholdMs: number }>

/** Of successful requests alone: failures are fast, and belong to availability. */
function createLatencyJudge({ kind, thresholdMs }: LatencyIndicator): Judge {
  const within = (ms: number | undefined): Judgement =>
    ms === undefined ? 'excluded' : ms <= thresholdMs ? 'good' : 'bad'
  const judge: Judge =
    kind === 'duration'
      ? ({ durationMs }) => within(durationMs)
      : kind === 'firstToken'
        ? ({ firstTokenMs }) => within(firstTokenMs)
        : kind === 'perToken'
          ? (record) => within(perTokenMsOf(record))
          : kind === 'guard'
            ? ({ phases: { guard } }) => within(guard > 0 ? guard : undefined)
            : ({ gaps }) => judgeGaps(gaps, thresholdMs)
  return (record) => (record.outcome === 'ok' ? judge(record) : 'excluded')
}

/** (duration - first token) / (output tokens - 1), of streams whose backend counted its tokens. */
function perTokenMsOf(record: RecordOutline): number | undefined {
  const { stream, estimated, usage, firstTokenMs, durationMs } = record
  const tokens = usage.outputTokens ?? 0
  if (!stream || estimated.usage || firstTokenMs === undefined || tokens <= 1) return undefined
  return (durationMs - firstTokenMs) / (tokens - 1)
}

/** Of twenty gaps, nineteen must be within the threshold: 95 %, in whole numbers. */
const GAPS = 20
const GAPS_WITHIN = 19

/** Bounds go from seconds to milliseconds by a multiplication, thresholds come as they are written. */
const BOUND_TOLERANCE_MS = 1e-6

/**
 * An answer is good when 95 % of its gaps were within the threshold. Gaps are counted in buckets, so this is exact where the
 * threshold is a bound of them; where it lies inside a bucket, the gaps of that bucket count as too long.
 */
function judgeGaps(gaps: GapSketch | undefined, thresholdMs: number): Judgement {
  if (gaps === undefined || gaps.count === 0) return 'excluded'
  if (gaps.maxMs <= thresholdMs) return 'good'
  const { boundsMs, counts } = gaps
  let within = 0
  for (let at = 0; at < boundsMs.length; at += 1) {
    if ((boundsMs[at] ?? Infinity) > thresholdMs + BOUND_TOLERANCE_MS) break
    within += counts[at] ?? 0
  }
  return within * GAPS >= gaps.count * GAPS_WITHIN ? 'good' : 'bad'
}

function createScopeTest({ model, route, tenant, backend }: Scope): (record: RecordOutline) => boolean {
  const tests: ((record: RecordOutline) => boolean)[] = []
  const add = (pattern: string | undefined, read: (record: RecordOutline) => string | undefined): void => {
    if (pattern === undefined) return
    const matches: Glob = parseGlob(pattern)
    tests.push((record) => {
      const text = read(record)
      return text !== undefined && matches(text)
    })
  }
  // Whoever asked for one model and got another was promised the first.
  add(model, (record) => record.fallbackFrom ?? record.modelRouted ?? record.modelAsked)
  add(route, ({ endpoint }) => endpoint)
  add(tenant, (record) => record.tenant)
  add(backend, (record) => record.backend)
  const [only] = tests
  if (only === undefined) return () => true
  return tests.length === 1 ? only : (record) => tests.every((test) => test(record))
}
