// What each cause adds to a request beyond what is usual, in milliseconds. Where nothing is known to be usual, only what is never
// usual counts: a queue, a load, another try. Fills what its caller keeps; nothing is made per record.
import { STALL_THRESHOLD_MS } from '../core/buckets.ts'
import type { RequestRecord } from '../core/record.ts'
import { promptTokensOf, toBand } from './bands.ts'
import {
  lengthOf,
  LONG_PROMPT_TOKENS,
  RATE_VARIES_BY,
  toSlowLook,
  VARIES_BY,
  type Excess,
  type Scales,
} from './explain-scales.ts'
import { endsWait, readSpent, toAmount } from './explain-spent.ts'
import { isWhole, weighWhole } from './explain-whole.ts'
import type { Usual, UsualPace } from './usual.ts'

export function weigh(record: RequestRecord, usual: Usual, scales: Scales): void {
  const { spent, excess } = scales
  readSpent(record, spent)
  scales.pace = usual.find(record.backend, record.modelRouted)
  scales.isNew = false
  scales.isAbout = false
  scales.silenceMs = 0
  scales.usualPerTokenMs = undefined
  scales.usualFirstTokenMs = undefined
  scales.promptTokens = promptTokensOf(record)
  excess.load = spent.load
  excess.queue = spent.queue
  excess.guard = spent.guard
  excess.retry = spent.retry
  excess.connect = overUsual(spent.connect, scales.pace?.connect.value)
  excess.client = spent['client-stall'] + spent.receive
  excess.gateway = spent.gateway + spent.authenticate + spent.limit
  excess.prefill = 0
  excess.decode = 0
  excess.length = 0
  countTokens(record, scales)
  if (isWhole(record)) weighWhole(record, scales)
  else {
    weighPrefill(record, scales)
    weighDecode(record, scales)
  }
  takeStall(record, excess)
}

function overUsual(ms: number, usualMs: number | undefined): number {
  if (usualMs === undefined) return ms
  return ms > usualMs * VARIES_BY ? ms - usualMs : 0
}

function countTokens({ usage, gaps }: RequestRecord, scales: Scales): void {
  const { pace } = scales
  if (usage.outputTokens !== undefined) {
    scales.outputTokens = Math.max(0, toAmount(usage.outputTokens) - 1)
    scales.usualPerTokenMs = pace?.perToken.value
  } else {
    scales.outputTokens = toAmount(gaps?.count)
    scales.usualPerTokenMs = pace?.perEvent.value
    scales.isAbout = scales.outputTokens > 0
  }
}

function weighPrefill(record: RequestRecord, scales: Scales): void {
  const { pace, spent, promptTokens, excess } = scales
  const ms = spent.prefill
  scales.prefillLook = 'long-prompt'
  if (ms > 0 && record.firstTokenMs === undefined && endsWait(record.code)) {
    // It never came: however long that usually takes, this was waited for.
    excess.prefill = ms
    if (!isBigger(scales)) scales.prefillLook = 'slow-start'
  } else if (pace?.prefill.value !== undefined) comparePrefill(scales, pace, ms)
  else {
    scales.isNew = ms > 0
    if (promptTokens >= LONG_PROMPT_TOKENS) excess.prefill = ms
  }
}

function comparePrefill(scales: Scales, pace: UsualPace, ms: number): void {
  const { promptTokens, excess } = scales
  const usualMs = pace.prefill.value ?? 0
  const bandMs = pace.firstToken[toBand(promptTokens)]?.value
  const readingMs = pace.readingMs(promptTokens)
  const forSizeMs = bandMs ?? Math.max(usualMs, readingMs ?? 0)
  scales.usualFirstTokenMs = bandMs ?? usualMs
  // Without any prompt of this size to compare with, a long one is the likelier reason.
  const isComparable = bandMs !== undefined || readingMs !== undefined || !isBigger(scales)
  if (isComparable && ms > forSizeMs * VARIES_BY) {
    scales.prefillLook = toSlowLook(scales)
    excess.prefill = ms - forSizeMs
  } else excess.prefill = overUsual(ms, usualMs)
}

function isBigger({ pace, promptTokens }: Scales): boolean {
  const usualTokens = pace?.promptTokens.value
  return promptTokens >= LONG_PROMPT_TOKENS || promptTokens > (usualTokens ?? Infinity) * VARIES_BY
}

function weighDecode(record: RequestRecord, scales: Scales): void {
  const { spent, excess, outputTokens, usualPerTokenMs } = scales
  const ms = spent.decode
  scales.silenceMs = Math.min(ms, silenceOf(record, ms))
  scales.decodeLook = 'slow-rate'
  if (usualPerTokenMs === undefined) {
    if (ms > 0) scales.isNew = true
    scales.decodeLook = 'silence'
    excess.decode = scales.silenceMs >= STALL_THRESHOLD_MS ? scales.silenceMs : 0
    return
  }
  const expectedMs = Math.min(ms, outputTokens * usualPerTokenMs)
  if (ms > expectedMs * RATE_VARIES_BY) {
    excess.decode = ms - expectedMs
    const isLong = scales.silenceMs >= STALL_THRESHOLD_MS || record.code === 'idle_timeout'
    const isSilence = isLong && scales.silenceMs > excess.decode / 2
    if (isSilence || outputTokens === 0) scales.decodeLook = 'silence'
  }
  excess.length = lengthOf(scales, expectedMs)
}

/** Between two tokens, or after the last one. */
function silenceOf({ gaps, phases }: RequestRecord, decodeMs: number): number {
  if (gaps === undefined) return 0
  const afterLastMs = decodeMs + toAmount(phases['client-stall']) - toAmount(gaps.sumMs)
  return Math.max(toAmount(gaps.maxMs), afterLastMs, 0)
}

/**
 * While the thread stood still, whatever came was seen too late: that was the gateway, and looks like somebody else. A load or a
 * queue goes on meanwhile, and takes no longer for it.
 */
function takeStall({ loopStallMs }: RequestRecord, excess: Excess): void {
  const hiddenMs = toAmount(loopStallMs) - excess.gateway
  if (!(hiddenMs > 0)) return
  let from: keyof Excess = 'prefill'
  if (excess.decode > excess[from]) from = 'decode'
  if (excess.connect > excess[from]) from = 'connect'
  const takenMs = Math.min(hiddenMs, excess[from])
  excess[from] -= takenMs
  excess.gateway += takenMs
}
