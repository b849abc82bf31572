// What increase() of a Prometheus 2 makes of samples, one a minute: written down from its documentation and source
// (promql/functions.go, extrapolatedRate), to tell where the engine and any PromQL must differ, and by how much.
import type { Samples } from './count.ts'

const MINUTE_S = 60
/** An edge nearer to the first or last sample than this many average distances is reached by extending the line. */
const NEAR_DISTANCES = 1.1

/** Over the range that ends with the sample at `end`, both ends included; undefined with fewer than two samples. */
export function increaseOf(samples: Samples, end: number, minutes: number): number | undefined {
  const start = end - minutes
  const range = rangeOf(samples, Math.max(0, start), end)
  if (range === undefined) return undefined
  const { first, last, count, firstValue, seen } = range
  const sampledS = (last - first) * MINUTE_S
  const distanceS = sampledS / (count - 1)
  const reach = (toEdgeS: number): number => (toEdgeS < distanceS * NEAR_DISTANCES ? toEdgeS : distanceS / 2)
  // A counter cannot have been below zero: the line is not extended to before it was there.
  const toZeroS = seen > 0 ? sampledS * (firstValue / seen) : Infinity
  const toStartS = Math.min((first - start) * MINUTE_S, toZeroS)
  const extendedS = sampledS + reach(toStartS) + reach((end - last) * MINUTE_S)
  return seen * (extendedS / sampledS)
}

interface Range {
  readonly first: number
  readonly last: number
  readonly count: number
  readonly firstValue: number
  /** What was added between the first sample and the last; a counter that fell began anew. */
  readonly seen: number
}

function rangeOf(samples: Samples, from: number, to: number): Range | undefined {
  const present: (readonly [number, number])[] = []
  for (let at = from; at <= to; at += 1) {
    const value = samples[at]
    if (value !== undefined) present.push([at, value])
  }
  const [first] = present
  const last = present.at(-1)
  if (first === undefined || last === undefined || present.length < 2) return undefined
  let lost = 0
  for (const [at, [, value]] of present.entries()) {
    const before = present[at - 1]?.[1] ?? 0
    if (value < before) lost += before
  }
  return {
    ...{ first: first[0], last: last[0], count: present.length, firstValue: first[1] },
    seen: last[1] - first[1] + lost,
  }
}
