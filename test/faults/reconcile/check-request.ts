// What must be true of one request alone: what its caller saw, what its record says, what the backends heard and what it was
// charged fit together. Each check gives what is wrong, or undefined.
import type { Attempt, RequestRecord } from '../../../src/core/record.ts'
import type { Verdict } from '../callers.ts'
import { compareBytes } from '../same-bytes.ts'
import type { Mistake, Step } from '../schedule.ts'
import type { Heard } from '../tap.ts'
import { checkCharge } from './charges.ts'
import type { Conversed } from './converse.ts'
import { BACKENDS, type BackendName } from './fleet.ts'

export interface Seen {
  readonly step: Step
  readonly conversation: Conversed
  readonly verdict: Verdict | { readonly kind: 'left' }
  readonly record: RequestRecord
  readonly wasGranted: boolean
  readonly heard: Readonly<Record<BackendName, readonly Heard[]>>
  /** The test itself stood still meanwhile. */
  readonly isBlurred: boolean
}

export interface Checked {
  readonly problems: Readonly<Record<string, string>>
  readonly isCompared: boolean
  readonly comments: number
  readonly isBlurred: boolean
}

const MOST_ATTEMPTS = 3
const ROUNDING_MS = 0.01
const COMMENT = /^: [^\n]*\n\n/

export const CHECKS: Readonly<Record<string, (seen: Seen) => string | undefined>> = {
  'every answer ends in one of three ways': checkEnd,
  'what a caller saw is what its record says': checkAgreement,
  'a mistake of the caller gets its status': checkMistake,
  'no request has more than three attempts': ({ record: { attempts } }) =>
    attempts.length > MOST_ATTEMPTS ? `${attempts.length} attempts` : undefined,
  'attempts are what the backends heard': checkHeard,
  'nothing is asked again once the answer has begun': checkCommit,
  'a caller gets the bytes its backend wrote, or their beginning': (seen) => checkBytes(seen).problem,
  'phases add up to the duration': checkPhases,
  'each request is charged what it used': checkCharged,
}

export function checkRequest(seen: Seen): Checked {
  const problems: Record<string, string> = {}
  for (const [name, check] of Object.entries(CHECKS)) {
    const problem = check(seen)
    if (problem !== undefined) problems[name] = problem
  }
  const { comments, isCompared } = checkBytes(seen)
  return { problems, isCompared, comments, isBlurred: seen.isBlurred }
}

function checkEnd({ verdict }: Seen): string | undefined {
  return verdict.kind === 'silent truncation' ? verdict.why : undefined
}

function checkAgreement({ verdict, record, step }: Seen): string | undefined {
  return agrees(verdict, record, step)
    ? undefined
    : `${JSON.stringify(verdict)} seen, ${record.outcome} ${record.code} ${record.status} recorded`
}

function agrees(
  verdict: Seen['verdict'],
  { outcome, code, status }: RequestRecord,
  { caller }: Step,
): boolean {
  switch (verdict.kind) {
    case 'complete':
      return outcome === 'ok' && status === 200
    case 'error': {
      const sameCode = !caller.name.startsWith('openai') || verdict.code === code
      return outcome !== 'ok' && outcome !== 'abandoned' && verdict.status === status && sameCode
    }
    case 'reset':
      return outcome === 'backend_error'
    case 'silent truncation':
    case 'left':
      return true
  }
}

const STATUS_OF: Readonly<Record<Mistake, readonly number[]>> = {
  'no-key': [401],
  'not-json': [400],
  'never-fits': [400],
  // Limits are asked first.
  'no-such-model': [404, 429],
}

function checkMistake({ step: { mistake }, verdict, record }: Seen): string | undefined {
  if (mistake === undefined || verdict.kind !== 'error') return undefined
  if (record.attempts.length > 0) return `a backend was asked in spite of ${mistake}`
  return STATUS_OF[mistake].includes(record.status) ? undefined : `${mistake}: ${record.status}`
}

function checkHeard({ record: { attempts }, heard, isBlurred }: Seen): string | undefined {
  for (const backend of BACKENDS) {
    const tried = attempts.filter((attempt) => attempt.backend === backend)
    const certain = isBlurred ? 0 : tried.filter(isCertain).length
    const possible = tried.filter(isPossible).length
    const started = heard[backend].length
    if (started < certain || started > possible)
      return `${backend}: ${started} of ${certain}-${possible} heard; ${JSON.stringify(attempts)}`
  }
  return undefined
}

/**
 * A backend that answered, or was waited for in vain, was asked. Not so where what came was no answer: it may be the rest of one
 * before, longer than it said it was, that came after the connection was taken and before the request reached the backend.
 */
function isCertain({ firstByteMs, connectedMs, code }: Attempt): boolean {
  const waited = code === 'first_token_timeout' || code === 'deadline_exceeded' || code === 'idle_timeout'
  if (code === 'backend_protocol_error') return false
  return firstByteMs !== undefined || (waited && connectedMs !== undefined)
}

/** Refused connections never are; a request can be lost on one that was just closed, or cut off on its way by a leaver. */
function isPossible({ connectedMs }: Attempt): boolean {
  return connectedMs !== undefined
}

function checkCommit({ conversation, heard, record, isBlurred }: Seen): string | undefined {
  const { firstEventAtMs, final } = conversation
  if (final?.status !== 200 || firstEventAtMs === undefined || isBlurred) return undefined
  const late = Object.entries(heard).flatMap(([backend, times]) =>
    times.flatMap(({ startedAtMs }) =>
      startedAtMs > firstEventAtMs ? [`${backend} after ${startedAtMs - firstEventAtMs} ms`] : [],
    ),
  )
  const told = JSON.stringify([record.outcome, record.code, record.attempts])
  return late.length === 0 ? undefined : `asked again: ${late.join(', ')}; ${told}`
}

function checkBytes({ step, conversation, verdict, record, heard }: Seen): {
  readonly problem: string | undefined
  readonly isCompared: boolean
  readonly comments: number
} {
  const { final: answer } = conversation
  const { body: got, comments } = withoutComments(answer?.body ?? Buffer.alloc(0))
  const written = answerOf({ record, heard })
  // The end of an answer that nobody waited for may be an error event, cut anywhere.
  const isCut = verdict.kind === 'left' && record.outcome === 'backend_error'
  if (answer?.status !== 200 || isCut) return { problem: undefined, isCompared: false, comments }
  if (written === undefined) {
    // Held by comments, or failed: then there is nothing of a backend in it, which compareBytes is told.
    const problem = verdict.kind === 'complete' ? 'complete without a backend' : undefined
    return { problem, isCompared: false, comments }
  }
  const known: Verdict = verdict.kind === 'left' ? { kind: 'reset' } : verdict
  const problem = compareBytes({ caller: step.caller, verdict: known, got, written })
  return { problem, isCompared: true, comments }
}

/** What the backend that was asked last wrote. */
function answerOf({ record, heard }: Pick<Seen, 'record' | 'heard'>): Buffer | undefined {
  const backend = BACKENDS.find((name) => name === record.attempts.at(-1)?.backend)
  return backend === undefined ? undefined : heard[backend].at(-1)?.answer?.body
}

function withoutComments(body: Buffer): { body: Buffer; comments: number } {
  let rest = body
  let comments = 0
  for (;;) {
    const comment = COMMENT.exec(rest.toString('latin1', 0, 200))?.[0]
    if (comment === undefined) return { body: rest, comments }
    rest = rest.subarray(comment.length)
    comments += 1
  }
}

function checkPhases({ record: { phases, durationMs } }: Seen): string | undefined {
  const sum = Object.values(phases).reduce((total, ms) => total + ms, 0)
  return Math.abs(sum - durationMs) < ROUNDING_MS
    ? undefined
    : `${sum} of ${durationMs} ms: ${JSON.stringify(phases)}`
}

function checkCharged({ record, step, wasGranted, heard }: Seen): string | undefined {
  if (record.attempts.length > 0 && step.key !== undefined && !wasGranted) return 'sent without being granted'
  return checkCharge(record, step.body, answerOf({ record, heard })?.length ?? 0)
}
