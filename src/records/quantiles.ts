// Exact quantiles of a list of numbers, by the nearest rank. Pure.

export interface Measured {
  readonly count: number
  readonly sumMs: number
  readonly quantilesMs: readonly number[]
}

/** The smallest value that at least this share of all values does not exceed. There must be a value. */
export function toQuantiles(values: readonly number[], quantiles: readonly number[]): Measured {
  const sorted = Float64Array.from(values).sort()
  const count = sorted.length
  let sumMs = 0
  for (const value of sorted) sumMs += value
  const quantilesMs = quantiles.map((quantile) => {
    const rank = Math.min(count, Math.max(1, Math.ceil(quantile * count)))
    return sorted[rank - 1] ?? Number.NaN
  })
  return { count, sumMs, quantilesMs }
}
