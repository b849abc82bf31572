// Samples as promtool reads them: values in short notation, one a minute. `undefined` is a minute without a scrape.

/**
 * Runs of samples in short notation: `0+3x60` is 0, 3, … 180; `stale _x29` is what a Prometheus keeps of a target that does not
 * answer for thirty minutes.
 */
export function toNotation(values: readonly (number | undefined)[]): string {
  const parts: string[] = []
  for (let at = 0; at < values.length;) {
    const length = runLength(values, at)
    parts.push(printRun(values[at], (values[at + 1] ?? 0) - (values[at] ?? 0), length))
    at += length
  }
  return parts.join(' ')
}

/** How many samples from `at` on are missing, or rise by the same amount. */
function runLength(values: readonly (number | undefined)[], at: number): number {
  const first = values[at]
  let end = at + 1
  if (first === undefined) {
    while (end < values.length && values[end] === undefined) end += 1
    return end - at
  }
  const second = values[end]
  if (end >= values.length || second === undefined) return 1
  const step = second - first
  // A step that is no whole number would add up to something else than the values.
  if (!Number.isSafeInteger(step)) return 1
  while (end < values.length && values[end] === first + step * (end - at)) end += 1
  return end - at
}

function printRun(first: number | undefined, step: number, length: number): string {
  if (first === undefined) return length === 1 ? 'stale' : `stale _x${length - 1}`
  if (length === 1) return String(first)
  const sign = step < 0 ? '-' : '+'
  return `${first}${sign}${Math.abs(step)}x${length - 1}`
}
