// Why a request took as long as it did: what it spent beyond the usual decides, not what took longest. Pure but for the scales it
// reuses: it runs for every record, outside the request's turn, and an ordinary one costs it no memory.
import type { RequestRecord } from '../core/record.ts'
import { SLOW_CAUSES, type SlowCause, type Verdict } from '../core/verdict.ts'
import { createScales, LONG_PROMPT_TOKENS, type Excess, type Scales } from './explain-scales.ts'
import { toSentence } from './explain-text.ts'
import { weigh } from './explain-weigh.ts'
import { isWhole } from './explain-whole.ts'
import { Usual, type UsualPace } from './usual.ts'

/** Shared by all that were as fast as usual. */
export const NOTHING_UNUSUAL: Verdict = Object.freeze({
  cause: 'nothing',
  shareRatio: 0,
  text: 'nothing unusual',
})

/** Slow perhaps, but of a model that is new here. */
export const NOTHING_KNOWN: Verdict = Object.freeze({
  cause: 'nothing',
  shareRatio: 0,
  text: 'nothing to compare with yet',
})

/** Less than this nobody notices. */
const LEAST_EXCESS_MS = 50
/** All causes together must account for so much of the duration, or it was as fast as usual. */
const LEAST_EXCESS_RATIO = 0.2
/** From so many tokens on an answer is long, whatever is usual. */
const LONG_ANSWER_TOKENS = 1_024
/** Shorter ones are explained by being new. */
const WORTH_KNOWING_MS = 1_000

const CAUSES = SLOW_CAUSES.filter((cause) => cause !== 'nothing')

const scales = createScales()

export function toVerdict(record: RequestRecord, usual: Usual): Verdict {
  const { durationMs } = record
  if (!(durationMs >= LEAST_EXCESS_MS) || durationMs === Infinity) return NOTHING_UNUSUAL
  weigh(record, usual, scales)
  const totalMs = sumOf(scales.excess)
  if (totalMs < LEAST_EXCESS_MS || totalMs < durationMs * LEAST_EXCESS_RATIO) return sayUsual(record)
  return say(worstOf(scales.excess), record)
}

/** Written out: for every record, and a loop over names looks each of them up. */
function sumOf(excess: Excess): number {
  const { load, queue, prefill, decode, guard, retry, connect, client, gateway, length } = excess
  return load + queue + prefill + decode + guard + retry + connect + client + gateway + length
}

/** Of several that are equal the first. */
function worstOf(excess: Excess): Exclude<SlowCause, 'nothing'> {
  let worst: Exclude<SlowCause, 'nothing'> = 'load'
  for (const cause of CAUSES) if (excess[cause] > excess[worst]) worst = cause
  return worst
}

/** Nothing took longer than usual. What is usual may still be much. */
function sayUsual(record: RequestRecord): Verdict {
  const half = record.durationMs / 2
  const { spent, promptTokens, outputTokens, isNew } = scales
  if (spent.prefill >= half && promptTokens >= LONG_PROMPT_TOKENS) {
    scales.prefillLook = 'long-prompt'
    return say('prefill', record)
  }
  if (isNew) return record.durationMs >= WORTH_KNOWING_MS ? NOTHING_KNOWN : NOTHING_UNUSUAL
  if (spent.decode >= half && outputTokens >= LONG_ANSWER_TOKENS) return say('length', record)
  return NOTHING_UNUSUAL
}

function say(cause: Exclude<SlowCause, 'nothing'>, record: RequestRecord): Verdict {
  const shareRatio = Math.min(1, accountedFor(cause, scales, record) / record.durationMs)
  return { cause, shareRatio, text: toSentence(cause, { record, scales, shareRatio }) }
}

/** Milliseconds that the cause accounts for: all of a phase that is the cause, of a slow one what it took too long. */
function accountedFor(
  cause: Exclude<SlowCause, 'nothing'>,
  { spent, excess, prefillLook }: Scales,
  record: RequestRecord,
): number {
  if (cause === 'length') return spent.decode
  if (cause === 'prefill' && prefillLook === 'long-prompt' && !isWhole(record)) return spent.prefill
  return excess[cause]
}

/** For answers in one piece: what this one, whose phases are known, took too long. Nothing is on the scales of what was over at once. */
function noteLately({ startedAtMs, durationMs }: RequestRecord, pace: UsualPace): void {
  if (!(durationMs >= LEAST_EXCESS_MS) || durationMs === Infinity) {
    pace.lately.note(startedAtMs, 0, 0)
    return
  }
  const { excess, prefillLook, outputTokens, isNew } = scales
  if (isNew) return
  const prefillMs = prefillLook === 'long-prompt' ? 0 : excess.prefill
  pace.lately.note(startedAtMs, prefillMs, outputTokens > 0 ? excess.decode / outputTokens : 0)
}

export interface Explainer {
  readonly usual: Usual
  /** Its verdict; what is usual is learnt from it afterwards, so that it is never compared with itself. */
  explain(record: RequestRecord): Verdict
}

export function createExplainer(usual: Usual = new Usual()): Explainer {
  return {
    usual,
    explain(record) {
      const verdict = toVerdict(record, usual)
      const pace = usual.note(record)
      if (pace !== undefined && !record.estimated.phases) noteLately(record, pace)
      return verdict
    },
  }
}
