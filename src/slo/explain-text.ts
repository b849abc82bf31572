// The sentences of verdicts. Pure; figures are rounded as people say them.
import type { RequestRecord } from '../core/record.ts'
import type { SlowCause } from '../core/verdict.ts'
import { endsWait, worstAttempt } from './explain-spent.ts'
import type { Scales } from './explain-scales.ts'
import { isWhole } from './explain-whole.ts'

const MS_PER_SECOND = 1_000

interface Said {
  readonly record: RequestRecord
  readonly scales: Scales
  readonly shareRatio: number
}

export function toSentence(cause: SlowCause, said: Said): string {
  return `${SENTENCES[cause](said)}${toEnding(cause, said)}`
}

const SENTENCES: Readonly<Record<SlowCause, (said: Said) => string>> = {
  load: (said) => `model load ${percentOf(said)}`,
  queue: (said) => `queue ${percentOf(said)} ${behindOf(said)}`,
  prefill: prefillOf,
  decode: decodeOf,
  guard: (said) => `guard ${percentOf(said)}`,
  retry: (said) => `retry ${percentOf(said)}${afterOf(said)}`,
  connect: (said) => `connect ${percentOf(said)}${isUnreachable(said) ? afterOf(said) : ''}`,
  client: ({ scales: { spent } }) =>
    spent.receive > spent['client-stall'] ? 'client sends slowly' : 'client reads slowly',
  gateway: gatewayOf,
  length: lengthOf,
  nothing: () => 'nothing unusual',
}

/** What was still waited for when it was given up. */
function toEnding(cause: SlowCause, { record: { code } }: Said): string {
  if (cause === 'nothing' || code === undefined || !endsWait(code)) return ''
  return code === 'client_closed' ? ', then the caller left' : `, then ${code}`
}

function percentOf({ shareRatio, scales, record }: Said): string {
  const isAbout = scales.isAbout || record.estimated.phases
  return `${isAbout ? 'about ' : ''}${toPercent(shareRatio)}`
}

function toPercent(ratio: number): string {
  return `${Math.max(1, Math.round(ratio * 100))} %`
}

function behindOf({ record: { queued, backend }, scales: { spent } }: Said): string {
  const ownMs = Math.min(queued?.waitMs ?? 0, spent.queue)
  if (queued === undefined || ownMs * 2 < spent.queue) return 'inside the backend'
  const count = `behind ${queued.position} request${queued.position === 1 ? '' : 's'}`
  // Where it was served elsewhere in the end, the record does not show at whose queue it stood.
  return queued.backend === backend ? count : `${count} at ${queued.backend}`
}

function prefillOf(said: Said): string {
  const { scales, record } = said
  const { promptTokens, prefillLook, pace } = scales
  const ms = scales.spent.prefill
  if (prefillLook === 'long-prompt') return `prefill of ${toCount(promptTokens)} tokens ${percentOf(said)}`
  const about = isWhole(record) ? 'about ' : ''
  if (about === '' && ms > 0 && record.firstTokenMs === undefined && endsWait(record.code))
    return `no first token${atOf(record.backend)} for ${toSeconds(ms)}`
  const perTokenMs = pace?.perPromptToken.value
  if (prefillLook === 'slow-rate' && perTokenMs !== undefined) {
    const read = Math.max(1, promptTokens - (record.usage.cachedTokens ?? 0))
    return `slow prefill ${about}${toRate((read / ms) * MS_PER_SECOND)} tok/s, usual ${toRate(MS_PER_SECOND / perTokenMs)}`
  }
  const usualMs = scales.usualFirstTokenMs
  return `slow first token ${about}${toSeconds(ms)}${usualMs === undefined ? '' : `, usual ${toSeconds(usualMs)}`}`
}

function decodeOf(said: Said): string {
  const { scales, record } = said
  const { decodeLook, silenceMs, outputTokens, usualPerTokenMs, isAbout } = scales
  const ms = scales.spent.decode
  if (decodeLook === 'silence') return `decode stood still for ${toSeconds(silenceMs > 0 ? silenceMs : ms)}`
  if (decodeLook === 'in-one-piece') return inOnePieceOf(said)
  const usual = usualPerTokenMs === undefined ? '' : `, usual ${toRate(MS_PER_SECOND / usualPerTokenMs)}`
  const rate = toRate((outputTokens / ms) * MS_PER_SECOND)
  return `slow decode ${isAbout ? 'about ' : ''}${rate} tok/s${usual}${offloadOf(record)}`
}

/** No rate: much of it may have been reading. Where streams tell what it was, part of its time stands in `prefill`. */
function inOnePieceOf({ scales: { spent, usualAnswerMs }, record }: Said): string {
  const times = `slow answer ${toSeconds(spent.prefill + spent.decode)}, usual about ${toSeconds(usualAnswerMs)}`
  return `${times}${offloadOf(record)}, in one piece: reading and generating cannot be told apart`
}

function lengthOf({ scales, record }: Said): string {
  const { outputTokens, usualPerTokenMs, isAbout } = scales
  const rate =
    usualPerTokenMs === undefined ? '' : ` at the usual ${toRate(MS_PER_SECOND / usualPerTokenMs)} tok/s`
  const isCounted = record.usage.outputTokens !== undefined
  const count = `${isAbout && !isCounted ? 'about ' : ''}${toCount(isCounted ? outputTokens + 1 : outputTokens)}`
  return `${count} tokens to generate${rate}${offloadOf(record)}`
}

function offloadOf({ offloadRatio = 0 }: RequestRecord): string {
  return offloadRatio > 0 ? `, ${toPercent(offloadRatio)} of the model on the CPU` : ''
}

function gatewayOf(said: Said): string {
  const { spent, excess } = said.scales
  const limitMs = spent.limit
  const text = `gateway itself ${toPercent(said.shareRatio)}`
  return limitMs * 2 > excess.gateway ? `${text}, counting limits` : text
}

function isUnreachable({ record }: Said): boolean {
  return record.outcome !== 'ok' && worstAttempt(record.attempts)?.connectedMs === undefined
}

/** What failed, where; of several the one that cost most. */
function afterOf({ record: { attempts } }: Said): string {
  const worst = worstAttempt(attempts)
  if (worst === undefined) return ''
  let others = -1
  for (const { result } of attempts) if (result !== 'success') others += 1
  const more = others < 1 ? '' : ` and ${others} more`
  return ` after ${worst.code ?? 'a failure'}${atOf(worst.backend)}${more}`
}

function atOf(backend: string | undefined): string {
  return backend === undefined ? '' : ` at ${backend}`
}

/** `31k`, `4.2k`, `310`. */
function toCount(tokens: number): string {
  if (tokens < 1_000) return String(Math.round(tokens))
  const thousands = tokens / 1_000
  return `${thousands < 9.95 ? thousands.toFixed(1) : String(Math.round(thousands))}k`
}

/** `38`, `4.1`. */
function toRate(perSecond: number): string {
  if (!(perSecond > 0) || perSecond === Infinity) return '0'
  return perSecond < 9.95 ? perSecond.toFixed(1) : String(Math.round(perSecond))
}

function toSeconds(ms: number): string {
  const seconds = ms / MS_PER_SECOND
  return `${seconds < 0.995 ? seconds.toFixed(2) : seconds < 9.95 ? seconds.toFixed(1) : String(Math.round(seconds))} s`
}
