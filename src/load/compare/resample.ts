// How much a figure would differ if the same load were run again: a circular block bootstrap (Politis and Romano 1992). Stretches
// of time are drawn, not single requests, because requests that wait in one queue are slow together.
import { RANK_NOISE } from '../histogram.ts'
import type { Random } from '../random.ts'

/** Values of a stretch of time, as buckets with their counts. */
export type Stretch = readonly (readonly [bucket: number, count: number])[]

/** One run, in the order of time. */
export type Run = readonly Stretch[]

/** Counts of all buckets, in the order of `buckets`. Undefined where there is nothing to say. */
export interface Statistic {
  readonly of: (counts: Float64Array, total: number, buckets: readonly number[]) => number | undefined
  /** From which bucket on a value lies beyond the figure: whether stretches are alike is asked of the share of those. */
  readonly beyond: (figure: number, bucket: number) => boolean
}

/** By the nearest rank; as a bucket. */
export function quantileOf(share: number): Statistic {
  return {
    of(counts, total, buckets) {
      const rank = Math.min(total, Math.max(1, Math.ceil(share * total - RANK_NOISE)))
      let seen = 0
      for (let at = 0; at < counts.length; at += 1) {
        seen += counts[at] ?? 0
        if (seen >= rank) return buckets[at]
      }
      return undefined
    },
    beyond: (figure, bucket) => bucket > figure,
  }
}

/** The share of values in bucket 1, of those in 0 and 1. */
export const SHARE: Statistic = {
  of: (counts, total, buckets) => (total === 0 ? undefined : (counts[buckets.indexOf(1)] ?? 0) / total),
  beyond: (_, bucket) => bucket === 1,
}

interface Indexed {
  readonly at: Int32Array
  readonly counts: Float64Array
  readonly total: number
}

export interface Side {
  readonly buckets: readonly number[]
  readonly runs: readonly (readonly Indexed[])[]
  readonly total: number
}

export function toSide(runs: readonly Run[]): Side {
  const buckets = [...new Set(runs.flat(2).map(([bucket]) => bucket))].sort((left, right) => left - right)
  const places = new Map(buckets.map((bucket, at) => [bucket, at]))
  const indexed = runs.map((run) =>
    run.map((stretch) => ({
      at: Int32Array.from(stretch, ([bucket]) => places.get(bucket) ?? 0),
      counts: Float64Array.from(stretch, ([, count]) => count),
      total: stretch.reduce((sum, [, count]) => sum + count, 0),
    })),
  )
  const total = indexed.flat().reduce((sum, stretch) => sum + stretch.total, 0)
  return { buckets, runs: indexed, total }
}

class Heap {
  readonly counts: Float64Array
  total = 0

  constructor(buckets: readonly number[]) {
    this.counts = new Float64Array(buckets.length)
  }

  clear(): void {
    this.counts.fill(0)
    this.total = 0
  }

  add({ at, counts, total }: Indexed): void {
    for (let index = 0; index < at.length; index += 1) {
      const place = at[index] ?? 0
      this.counts[place] = (this.counts[place] ?? 0) + (counts[index] ?? 0)
    }
    this.total += total
  }
}

/** Of what was measured. */
export function figureOf(side: Side, statistic: Statistic): number | undefined {
  const heap = new Heap(side.buckets)
  for (const stretch of side.runs.flat()) heap.add(stretch)
  return heap.total === 0 ? undefined : statistic.of(heap.counts, heap.total, side.buckets)
}

export interface Drawn {
  /** The figure as it might have come out. */
  readonly figures: readonly number[]
  /** By how much an interval of these must be widened: few blocks show less than they hide. */
  readonly widening: number
}

/** Whole runs are drawn first where there are several. */
export function drawFigures(
  side: Side,
  statistic: Statistic,
  { random, draws }: { readonly random: Random; readonly draws: number },
): Drawn {
  const heap = new Heap(side.buckets)
  const figure = figureOf(side, statistic)
  if (figure === undefined) return { figures: [], widening: 1 }
  const isBeyond = (bucket: number): boolean => statistic.beyond(figure, bucket)
  const blocks = side.runs.map((run) => toBlocks(run, side.buckets, isBeyond))
  const figures: number[] = []
  for (let draw = 0; draw < draws; draw += 1) {
    heap.clear()
    for (let at = 0; at < side.runs.length; at += 1) {
      const chosen = side.runs.length === 1 ? at : Math.floor(random() * side.runs.length)
      drawRun(side.runs[chosen] ?? [], blocks[chosen]?.length ?? 1, { heap, random })
    }
    const drawn = heap.total === 0 ? undefined : statistic.of(heap.counts, heap.total, side.buckets)
    if (drawn !== undefined) figures.push(drawn)
  }
  return { figures, widening: toWidening(side, blocks) }
}

/** What Student's distribution is wider than the normal one by at the 95 % that are asked for, near enough. */
const STUDENT = 1.25
/** Where slowness lasts longer than a block may be, nobody can say how much is hidden: half as much again has held in simulations. */
const UNKNOWN_SWINGS = 1.5

function toWidening(side: Side, blocks: readonly Blocks[]): number {
  const perRun = side.runs.map((run, at) => run.length / (blocks[at]?.length ?? 1))
  // Of several runs, each is drawn as one.
  const pieces = Math.max(2, side.runs.length > 1 ? side.runs.length : (perRun[0] ?? 0))
  const isUnknown = side.runs.length === 1 && blocks.some(({ isTooShort }) => isTooShort)
  const few = Math.sqrt(pieces / (pieces - 1)) * (1 + STUDENT / (pieces - 1))
  return few * (isUnknown ? UNKNOWN_SWINGS : 1)
}

function drawRun(
  run: readonly Indexed[],
  blockLength: number,
  { heap, random }: { readonly heap: Heap; readonly random: Random },
): void {
  let left = run.length
  while (left > 0) {
    const from = Math.floor(random() * run.length)
    // Circular: the end goes on at the beginning, so that no stretch is drawn less often than others.
    for (let step = 0; step < Math.min(blockLength, left); step += 1) {
      const stretch = run[(from + step) % run.length]
      if (stretch !== undefined) heap.add(stretch)
    }
    left -= blockLength
  }
}

/** Fewer blocks than this are no bootstrap. */
const LEAST_BLOCKS = 6
/** Below this, stretches know nothing of each other that matters. */
const CORRELATED = 0.15
/** A swing begins before it is seen and goes on after it. */
const SWING = 3

interface Blocks {
  /** In stretches. */
  readonly length: number
  /** Slowness lasts longer than a block of this run may be. */
  readonly isTooShort: boolean
}

/** As long as slowness lasts, so that what is drawn swings as what was measured did. */
function toBlocks(
  run: readonly Indexed[],
  buckets: readonly number[],
  isBeyond: (bucket: number) => boolean,
): Blocks {
  const most = Math.max(1, Math.floor(run.length / LEAST_BLOCKS))
  const residuals = toResiduals(run, buckets, isBeyond)
  const variance = residuals.reduce((sum, each) => sum + each * each, 0)
  if (variance === 0) return { length: 1, isTooShort: false }
  const isCorrelatedAt = (lag: number): boolean => correlationAt(residuals, lag) / variance > CORRELATED
  let length = 1
  while (length < most && isCorrelatedAt(length)) length += 1
  if (length === 1) return { length, isTooShort: false }
  return { length: Math.min(most, SWING * length), isTooShort: length === most && isCorrelatedAt(length) }
}

function toResiduals(
  run: readonly Indexed[],
  buckets: readonly number[],
  isBeyond: (bucket: number) => boolean,
): readonly number[] {
  const beyond = run.map(({ at, counts }) =>
    counts.reduce((sum, count, index) => sum + (isBeyond(buckets[at[index] ?? 0] ?? 0) ? count : 0), 0),
  )
  const total = run.reduce((sum, stretch) => sum + stretch.total, 0)
  const share = total === 0 ? 0 : beyond.reduce((sum, each) => sum + each, 0) / total
  return beyond.map((each, index) => each - share * (run[index]?.total ?? 0))
}

function correlationAt(residuals: readonly number[], lag: number): number {
  let sum = 0
  for (let at = lag; at < residuals.length; at += 1) sum += (residuals[at] ?? 0) * (residuals[at - lag] ?? 0)
  return sum
}
