// The numbers behind /metrics: counters and histogram buckets in one typed array, allocated once.
// A label set is resolved to an offset once; after that an observation is an array add. It knows no metric by name and
// never grows past its limit.
import type { CounterDefinition, HistogramDefinition, StoredDefinition } from './catalogue/definition.ts'
import { createSeriesIndex } from './series-index.ts'
import type { Offset, SeriesIndex } from './series-index.ts'

/** How many lines of exposition one label set makes: a histogram has its buckets, +Inf, _sum and _count. */
export function linesOf(definition: StoredDefinition): number {
  return definition.type === 'counter' ? 1 : definition.bounds.length + 3
}

/** A histogram keeps its buckets (not cumulative), +Inf and the sum; its count is the sum of the buckets. */
function cellsOf(definition: StoredDefinition): number {
  return definition.type === 'counter' ? 1 : definition.bounds.length + 2
}

/** The latest request of each bucket. Indexed like the cells. */
export interface Exemplars {
  readonly ids: (string | undefined)[]
  readonly values: Float64Array
  /** Seconds since the epoch. */
  readonly times: Float64Array
}

/** Which request an observation comes from, and when it was over. One object serves a whole batch. */
export interface Origin {
  id: string
  timeSeconds: number
}

/** A counter: its label sets and how to add to one. */
export class CounterFamily<D extends CounterDefinition = CounterDefinition> {
  readonly index: SeriesIndex<D>
  readonly #cells: Float64Array

  constructor(index: SeriesIndex<D>, cells: Float64Array) {
    this.index = index
    this.#cells = cells
  }

  add(offset: Offset, amount: number): void {
    this.#cells[offset] = (this.#cells[offset] ?? 0) + amount
  }
}

/** A histogram: its label sets and how to observe into one. */
export class HistogramFamily<D extends HistogramDefinition = HistogramDefinition> {
  readonly index: SeriesIndex<D>
  readonly bounds: Float64Array
  readonly #cells: Float64Array
  readonly #exemplars: Exemplars | undefined

  constructor(index: SeriesIndex<D>, cells: Float64Array, exemplars: Exemplars) {
    this.index = index
    this.bounds = Float64Array.from(index.definition.bounds)
    this.#cells = cells
    this.#exemplars = index.definition.exemplars ? exemplars : undefined
  }

  observe(offset: Offset, value: number, origin: Origin): void {
    // One NaN or infinity would make the sum useless for ever; a negative one would make it go down.
    const observed = value >= 0 && value < Infinity ? value : 0
    const bounds = this.bounds
    const most = bounds.length
    let bucket = 0
    while (bucket < most && observed > (bounds[bucket] ?? Infinity)) bucket += 1
    const cell = offset + bucket
    const cells = this.#cells
    cells[cell] = (cells[cell] ?? 0) + 1
    cells[offset + most + 1] = (cells[offset + most + 1] ?? 0) + observed
    const exemplars = this.#exemplars
    if (exemplars === undefined) return
    exemplars.ids[cell] = origin.id
    exemplars.values[cell] = observed
    exemplars.times[cell] = origin.timeSeconds
  }

  /** Adds observations that were counted elsewhere; bucket `bounds.length` is +Inf. */
  addToBucket(offset: Offset, bucket: number, count: number): void {
    this.#cells[offset + bucket] = (this.#cells[offset + bucket] ?? 0) + count
  }

  addToSum(offset: Offset, sum: number): void {
    const cell = offset + this.bounds.length + 1
    this.#cells[cell] = (this.#cells[cell] ?? 0) + sum
  }
}

export interface FamilySnapshot {
  readonly index: SeriesIndex<StoredDefinition>
  /** How many series there were; later ones have no numbers in this snapshot. */
  readonly seriesCount: number
}

export interface StoreSnapshot {
  readonly families: readonly FamilySnapshot[]
  readonly cells: Float64Array
  readonly exemplars: Exemplars
}

export interface SeriesStore {
  counter<D extends CounterDefinition>(definition: D): CounterFamily<D>
  histogram<D extends HistogramDefinition>(definition: D): HistogramFamily<D>
  /** Lines of exposition in use by label sets, and how many there may be. */
  readonly usage: { readonly lines: number; readonly most: number }
  /** The numbers of this moment; nothing that is observed later shows in it. */
  snapshot(): StoreSnapshot
}

export interface StoreOptions {
  /** Every metric the store will hold; each gets room for one `other` series before anything else. */
  readonly definitions: readonly StoredDefinition[]
  /** Lines of exposition that all of them together may take. */
  readonly maxLines: number
  /** Called each time a label set gets no series of its own. */
  readonly onLimited: (definition: StoredDefinition) => void
}

export function createSeriesStore(options: StoreOptions): SeriesStore {
  const setAsideLines = options.definitions.reduce((sum, definition) => sum + linesOf(definition), 0)
  const setAsideCells = options.definitions.reduce((sum, definition) => sum + cellsOf(definition), 0)
  const mostLines = Math.max(0, options.maxLines - setAsideLines)
  // A label set never has more cells than lines.
  const cells = new Float64Array(setAsideCells + mostLines)
  const exemplars: Exemplars = {
    ids: new Array<string | undefined>(cells.length).fill(undefined),
    values: new Float64Array(cells.length),
    times: new Float64Array(cells.length),
  }
  const indexes = new Map<StoredDefinition, SeriesIndex<StoredDefinition>>()
  let nextOverflow = 0
  let nextCell = setAsideCells
  let lines = 0

  const createIndex = <D extends StoredDefinition>(definition: D): SeriesIndex<D> => {
    if (!options.definitions.includes(definition) || indexes.has(definition)) {
      throw new TypeError(`${definition.name} is not one of the store's metrics, or was asked for twice`)
    }
    const overflow = nextOverflow
    nextOverflow += cellsOf(definition)
    const index = createSeriesIndex(definition, {
      overflow,
      onLimited: () => options.onLimited(definition),
      allocate: () => {
        if (lines + linesOf(definition) > mostLines) return undefined
        lines += linesOf(definition)
        const offset = nextCell
        nextCell += cellsOf(definition)
        return offset
      },
    })
    indexes.set(definition, index)
    return index
  }

  return {
    counter: (definition) => new CounterFamily(createIndex(definition), cells),
    histogram: (definition) => new HistogramFamily(createIndex(definition), cells, exemplars),
    get usage() {
      return { lines, most: mostLines }
    },
    snapshot: () => ({
      families: [...indexes.values()].map((index) => ({ index, seriesCount: index.series.length })),
      cells: cells.slice(),
      exemplars,
    }),
  }
}
