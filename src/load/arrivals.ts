// When requests of an open loop are meant to leave, whatever became of those before. Pure.
import { drawExponential, type Random } from './random.ts'

export const ARRIVALS = ['poisson', 'uniform'] as const
/** `poisson`: as callers come who know nothing of each other; `uniform`: all gaps alike. */
export type Arrivals = (typeof ARRIVALS)[number]

const SECOND_MS = 1_000

/** Gives the moments one after the other, in milliseconds from the start. */
export function createArrivals(arrivals: Arrivals, perSecond: number, random: Random): () => number {
  const meanMs = SECOND_MS / perSecond
  let atMs = 0
  let count = 0
  return () => {
    count += 1
    // Multiplied, not summed up: a million additions would drift.
    if (arrivals === 'uniform') return (count - 1) * meanMs
    atMs += drawExponential(random) * meanMs
    return atMs
  }
}
