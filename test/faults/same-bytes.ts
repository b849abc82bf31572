// The rule for bytes: what a caller got is what the backend wrote, or the beginning of it, but for three known edits.
// The edits: the usage event that only the gateway asked for is gone, a missing `[DONE]` is there, an error event ends it.
import type { Caller, Verdict } from './callers.ts'

const DONE = 'data: [DONE]\n\n'

export interface Compared {
  readonly caller: Caller
  readonly verdict: Verdict
  /** The body the caller got. */
  readonly got: Buffer
  /** The body the backend wrote. */
  readonly written: Buffer
}

/** Says what is wrong; undefined when nothing is. */
export function compareBytes({ caller, verdict, got, written }: Compared): string | undefined {
  const isSse = caller.stream && !caller.path.startsWith('/api/')
  const separator = isSse ? '\n\n' : '\n'
  const expected = isSse ? withoutUsageEvent(written) : written
  let rest = got
  if (verdict.kind === 'error') rest = withoutLastEvent(got, separator)
  // Also who left may have had all of it by then.
  if (verdict.kind !== 'error' && !expected.includes(DONE) && endsWith(rest, DONE)) {
    rest = rest.subarray(0, rest.length - DONE.length)
  }
  const same = expected.subarray(0, rest.length).equals(rest)
  if (!same) return describeDifference(expected, rest)
  if (verdict.kind !== 'complete' || rest.length === expected.length) return undefined
  return `complete with ${rest.length} of ${expected.length} bytes`
}

function withoutLastEvent(bytes: Buffer, separator: string): Buffer {
  const before = bytes.lastIndexOf(separator, bytes.length - separator.length - 1)
  return bytes.subarray(0, before === -1 ? 0 : before + separator.length)
}

function withoutUsageEvent(written: Buffer): Buffer {
  const text = written.toString('latin1')
  return Buffer.from(text.replace(/data: \{[^\n]*"choices":\[\][^\n]*"usage":\{[^\n]*\n\n/, ''), 'latin1')
}

function endsWith(bytes: Buffer, end: string): boolean {
  return bytes.length >= end.length && bytes.toString('latin1', bytes.length - end.length) === end
}

const SHOWN_BYTES = 60

function describeDifference(expected: Buffer, got: Buffer): string {
  const at = firstDifference(expected, got)
  const show = (bytes: Buffer): string =>
    JSON.stringify(bytes.toString('latin1', Math.max(0, at - SHOWN_BYTES), at + SHOWN_BYTES))
  return `byte ${at} of ${got.length} is not what the backend wrote: ${show(got)} instead of ${show(expected)}`
}

function firstDifference(a: Buffer, b: Buffer): number {
  for (let at = 0; at < b.length; at += 1) if (a[at] !== b[at]) return at
  return b.length
}
