// What each cause adds to an answer that came in one piece, of which nobody says what took how long: all of it stands in `decode`,
// and what is usual for its tokens is taken off. Streams of the same moment say what the rest was. Everything said of it is "about".
import type { RequestRecord } from '../core/record.ts'
import { toBand } from './bands.ts'
import { lengthOf, RATE_VARIES_BY, toSlowLook, VARIES_BY, type Scales } from './explain-scales.ts'
import type { Lately } from './usual-lately.ts'

export function isWhole({ estimated, firstTokenMs }: RequestRecord): boolean {
  return estimated.phases && firstTokenMs === undefined
}

/** What is usual for a prompt and an answer of this size; milliseconds. */
interface Expected {
  readMs: number
  writeMs: number
}

const expected: Expected = { readMs: 0, writeMs: 0 }

const lately: Lately = { prefillMs: 0, perTokenMs: 0 }

/** Streams that were late by less than this part of the rest do not explain it. */
const TELLING_RATIO = 0.25

export function weighWhole(record: RequestRecord, scales: Scales): void {
  const { pace, spent, excess } = scales
  const ms = spent.decode
  scales.isAbout = true
  scales.decodeLook = 'in-one-piece'
  scales.prefillLook = 'long-prompt'
  expect(scales, ms)
  const { readMs, writeMs } = expected
  scales.usualAnswerMs = readMs + writeMs
  const usualReadMs = pace?.prefill.value ?? 0
  excess.length = lengthOf(scales, Math.min(ms, writeMs))
  const restMs = ms - readMs - writeMs
  const isFarOver = restMs > (readMs + writeMs) * (RATE_VARIES_BY - 1)
  const isLong = readMs > usualReadMs * VARIES_BY
  if (isLong) excess.prefill = Math.max(0, Math.min(ms - writeMs, readMs - usualReadMs))
  // How long it loaded is not known, only that it did: what nothing else explains is the load.
  if (record.cold) excess.load += Math.max(0, restMs)
  else if (isFarOver) blame(record, scales, restMs)
  else if (isLong) excess.prefill += Math.max(0, restMs)
}

/** Whatever nothing else explains: as streams that began when it did show it, else by what is likelier. */
function blame(record: RequestRecord, scales: Scales, restMs: number): void {
  const { pace, excess, outputTokens } = scales
  if (pace?.lately.read(record.startedAtMs, lately) === true) {
    const tokens = outputTokens > 0 ? outputTokens : (pace.outputTokens.value ?? 0)
    const toldMs = lately.prefillMs + lately.perTokenMs * tokens
    if (toldMs > restMs * TELLING_RATIO) {
      divide(scales, restMs, lately.prefillMs / toldMs)
      return
    }
  }
  if (expected.readMs === 0 && isFarBigger(scales)) excess.prefill = restMs
  else excess.decode = restMs
}

function divide(scales: Scales, restMs: number, prefillRatio: number): void {
  const { pace, spent, excess, promptTokens } = scales
  const lateMs = restMs * prefillRatio
  if (lateMs > excess.prefill) {
    scales.prefillLook = toSlowLook(scales)
    scales.usualFirstTokenMs = pace?.firstToken[toBand(promptTokens)]?.value ?? pace?.prefill.value
  }
  excess.prefill += lateMs
  excess.decode = restMs - lateMs
  if (scales.usualPerTokenMs !== undefined && scales.outputTokens > 0) scales.decodeLook = 'slow-rate'
  spent.prefill = Math.min(spent.decode, readingOf(scales) + lateMs)
  spent.decode -= spent.prefill
}

/** By the rates of streams where there are any, else by what whole answers usually take. */
function expect(scales: Scales, ms: number): void {
  const { pace, outputTokens } = scales
  expected.readMs = 0
  scales.isNew = false
  const perTokenMs = pace?.perToken.value
  scales.usualPerTokenMs = perTokenMs ?? pace?.wholePerToken.value
  if (outputTokens > 0 && scales.usualPerTokenMs !== undefined) {
    expected.writeMs = outputTokens * scales.usualPerTokenMs
    if (perTokenMs !== undefined) expected.readMs = readingOf(scales)
    return
  }
  const wholeMs = pace?.whole.value
  scales.isNew = wholeMs === undefined
  expected.writeMs = wholeMs ?? ms
}

function readingOf({ pace, promptTokens }: Scales): number {
  return Math.max(pace?.prefill.value ?? 0, pace?.readingMs(promptTokens) ?? 0)
}

/** Where no rate tells, a prompt must be far larger than usual to be the reason. */
function isFarBigger({ pace, promptTokens }: Scales): boolean {
  const usualTokens = pace?.promptTokens.value
  return usualTokens !== undefined && promptTokens > usualTokens * VARIES_BY * VARIES_BY
}
