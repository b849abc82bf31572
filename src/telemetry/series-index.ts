// The label sets of one metric: which there are, where their numbers stand, and what happens when there is no room.
// It holds no numbers.
import type { LabelValues, StoredDefinition } from './catalogue/definition.ts'
import { escapeLabelValue } from './exposition-format.ts'
import { OTHER } from './labels.ts'

/** Where the cells of a label set begin in the store. */
export type Offset = number

export interface StoredSeries {
  readonly offset: Offset
  /** `a="b",c="d"`, escaped; empty without labels. */
  readonly labels: string
  /** The same, one value for each label. */
  readonly values: readonly string[]
}

export interface SeriesIndex<D extends StoredDefinition> {
  readonly definition: D
  readonly series: readonly StoredSeries[]
  /** The offset of a label set, created at 0 when it is new; the metric's `other` series when there is no room. */
  resolve(values: LabelValues<D>): Offset
  /** Whether a label set has been resolved before. */
  has(values: LabelValues<D>): boolean
}

export interface IndexRoom {
  /** Cells for a new label set, or undefined when the limit is reached. */
  allocate(): Offset | undefined
  /** The cells set aside for the series that takes what has no room. */
  readonly overflow: Offset
  /** Called once for each label set that got no series of its own. */
  onLimited(): void
}

/** A refused label set is remembered so that it counts once; beyond this many it counts each time it is resolved. */
const MOST_REMEMBERED = 5_000

export function createSeriesIndex<D extends StoredDefinition>(
  definition: D,
  room: IndexRoom,
): SeriesIndex<D> {
  const offsets = new Map<string, Offset>()
  const series: StoredSeries[] = []
  let refused = 0

  const add = (key: string, offset: Offset, values: readonly string[]): void => {
    const pairs = definition.labels.map((label, at) => `${label}="${escapeLabelValue(values[at] ?? '')}"`)
    series.push({ offset, labels: pairs.join(','), values: [...values] })
    offsets.set(key, offset)
  }
  const refuse = (key: string): Offset => {
    room.onLimited()
    const others = definition.labels.map(() => OTHER)
    const othersKey = JSON.stringify(others)
    // A metric may have an honest series with these labels already: an unknown model is `other` as well.
    if (!offsets.has(othersKey)) add(othersKey, room.overflow, others)
    const offset = offsets.get(othersKey) ?? room.overflow
    if (refused < MOST_REMEMBERED && key !== othersKey) {
      refused += 1
      offsets.set(key, offset)
    }
    return offset
  }

  return {
    definition,
    series,
    resolve(values) {
      const key = JSON.stringify(values)
      const known = offsets.get(key)
      if (known !== undefined) return known
      const offset = room.allocate()
      if (offset === undefined) return refuse(key)
      add(key, offset, values)
      return offset
    },
    has: (values) => offsets.has(JSON.stringify(values)),
  }
}
