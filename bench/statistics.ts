// Medians, quantiles and spread of a handful of rounds. Pure; an empty list is a programmer's error, never a zero.

export interface Summary {
  readonly median: number
  readonly min: number
  readonly max: number
  /** Distance between the quartiles: the spread that one disturbed round does not decide. */
  readonly iqr: number
  readonly count: number
}

function toSorted(values: readonly number[]): Float64Array {
  if (values.length === 0) throw new Error('statistics of no values')
  const bad = values.find((value) => !Number.isFinite(value))
  if (bad !== undefined) throw new Error(`statistics of ${bad}`)
  return Float64Array.from(values).sort()
}

/** Hyndman and Fan's type 7 (what R and NumPy do unless told otherwise): linear between the two nearest values. */
function quantileOfSorted(sorted: Float64Array, share: number): number {
  if (!(share >= 0 && share <= 1)) throw new Error(`a quantile is a share from 0 to 1, not ${share}`)
  const place = (sorted.length - 1) * share
  const below = sorted[Math.floor(place)] ?? Number.NaN
  const above = sorted[Math.ceil(place)] ?? Number.NaN
  return below + (above - below) * (place - Math.floor(place))
}

export function quantile(values: readonly number[], share: number): number {
  return quantileOfSorted(toSorted(values), share)
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

export function summarise(values: readonly number[]): Summary {
  const sorted = toSorted(values)
  return {
    median: quantileOfSorted(sorted, 0.5),
    min: quantileOfSorted(sorted, 0),
    max: quantileOfSorted(sorted, 1),
    iqr: quantileOfSorted(sorted, 0.75) - quantileOfSorted(sorted, 0.25),
    count: sorted.length,
  }
}

/**
 * Value by value, because round i of one target ran next to round i of the other: what disturbed the machine then
 * disturbed both. Lists of different length were not measured alternately and are refused.
 */
export function pairwise(
  left: readonly number[],
  right: readonly number[],
  combine: (left: number, right: number) => number,
): number[] {
  if (left.length !== right.length) throw new Error(`cannot pair ${left.length} rounds with ${right.length}`)
  return left.map((value, index) => combine(value, right[index] ?? Number.NaN))
}

/** A start value that is never 0 and a good spread of bits: Marsaglia's xorshift32 (Journal of Statistical Software 8/14, 2003). */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0 || 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    state >>>= 0
    return state / 2 ** 32
  }
}

/** `count` moments within `withinMs`, in order, the same ones for the same seed: callers do not come in step. */
export function toArrivals(count: number, withinMs: number, seed: number): number[] {
  const random = createRandom(seed)
  return Array.from({ length: count }, () => random() * withinMs).sort((left, right) => left - right)
}
