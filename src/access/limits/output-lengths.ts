// How long the answers of a model have been lately, in tokens: what is set aside for a request that names no limit. Per process.

/** Each bucket ends a quarter above the one before; the last one ends above a million. */
const GROWTH = 1.25
const BUCKETS = 64
const QUANTILE = 0.95
/** After so many answers the older half counts half. */
const MEMORY = 256
/** Before that many there is no telling. */
const ENOUGH = 8
/** Names are those of answered requests, so few; a stranger cannot add any. */
const MAX_MODELS = 1_000

const BOUNDS = Array.from({ length: BUCKETS }, (_, index) => Math.round(GROWTH ** index))
const LOG_GROWTH = Math.log(GROWTH)

interface Lengths {
  readonly counts: Float64Array
  count: number
}

export class OutputLengths {
  readonly #models = new Map<string, Lengths>()

  /** The length that 95 of 100 recent answers of the model did not exceed; undefined while it is not known. */
  typical(model: string): number | undefined {
    const lengths = this.#models.get(model)
    return lengths === undefined || lengths.count < ENOUGH ? undefined : quantile(lengths)
  }

  add(model: string, tokens: number): void {
    const lengths = this.#models.get(model) ?? this.#open(model)
    if (lengths === undefined) return
    const bucket = tokens <= 1 ? 0 : Math.min(BUCKETS - 1, Math.ceil(Math.log(tokens) / LOG_GROWTH - 1e-9))
    lengths.counts[bucket] = (lengths.counts[bucket] ?? 0) + 1
    lengths.count += 1
    if (lengths.count >= MEMORY) halve(lengths)
  }

  #open(model: string): Lengths | undefined {
    if (this.#models.size >= MAX_MODELS) return undefined
    const lengths = { counts: new Float64Array(BUCKETS), count: 0 }
    this.#models.set(model, lengths)
    return lengths
  }
}

function halve(lengths: Lengths): void {
  for (let index = 0; index < BUCKETS; index += 1) lengths.counts[index] = (lengths.counts[index] ?? 0) / 2
  lengths.count /= 2
}

function quantile({ counts, count }: Lengths): number {
  let above = count * (1 - QUANTILE)
  for (let index = BUCKETS - 1; index > 0; index -= 1) {
    above -= counts[index] ?? 0
    if (above < 0) return BOUNDS[index] ?? 1
  }
  return BOUNDS[0] ?? 1
}
