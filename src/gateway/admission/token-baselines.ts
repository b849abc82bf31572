// How long the first token usually takes when nobody is in the way, by model and length of the prompt. Bounded; it learns slowly.
// The usual is a mean of logarithms, never the lowest wait seen: next to the luckiest of prompts all others would look late.

/** Bands of prompt length: each twice the one before, the first up to a KiB, the last without end. Prefill grows with the prompt. */
const FIRST_BAND_BITS = 10
const BAND_COUNT = 16

/** More models than a backend holds ready in a day; beyond it everything is learnt anew. */
const MAX_MODELS = 100

/** Answers of a band before anything is compared with them. */
const KNOWN_COUNT = 3
/** So many make a mean to rely on; those after them move it by so small a share. */
const LEARNT_COUNT = 100

/** What an answer may teach: nobody else was waited for, as far as is known; or perhaps; or one is just finding out. */
export const LEARN = { usual: Infinity, perhaps: LEARNT_COUNT, hardly: KNOWN_COUNT } as const

/** Below this, differences are the network's and the machine's, not a queue's. */
const MIN_WAIT_MS = 5

interface Bands {
  readonly means: Float64Array
  readonly counts: Float64Array
}

export class TokenBaselines {
  readonly #byModel = new Map<string, Bands>()
  #latestModel: string | undefined
  #latest: Bands = createBands()

  /**
   * The logarithm of how many times the usual this wait was: 0 is usual, 0.69 twice as late. Undefined where too little is known yet.
   * It is learnt from where less than `learnBelow` answers are known (`LEARN`).
   */
  compare(
    about: { readonly model: string; readonly promptBytes: number },
    waitMs: number,
    learnBelow: number,
  ): number | undefined {
    const { means, counts } = about.model === this.#latestModel ? this.#latest : this.#bandsOf(about.model)
    const band = toBand(about.promptBytes)
    const count = counts[band] ?? 0
    const mean = means[band] ?? 0
    const excess = Math.log(Math.max(MIN_WAIT_MS, waitMs)) - mean
    if (count < learnBelow) {
      const samples = Math.min(LEARNT_COUNT, count + 1)
      counts[band] = samples
      means[band] = mean + excess / samples
    }
    return count < KNOWN_COUNT ? undefined : excess
  }

  /** What was thought usual was so much off, for all alike. */
  shift(excess: number): void {
    for (const { means } of this.#byModel.values())
      for (let band = 0; band < BAND_COUNT; band += 1) means[band] = (means[band] ?? 0) + excess
  }

  #bandsOf(model: string): Bands {
    let bands = this.#byModel.get(model)
    if (bands === undefined) {
      if (this.#byModel.size >= MAX_MODELS) this.#byModel.clear()
      bands = createBands()
      this.#byModel.set(model, bands)
    }
    this.#latestModel = model
    this.#latest = bands
    return bands
  }
}

function createBands(): Bands {
  return { means: new Float64Array(BAND_COUNT), counts: new Float64Array(BAND_COUNT) }
}

function toBand(promptBytes: number): number {
  if (promptBytes <= 1 << FIRST_BAND_BITS) return 0
  return Math.min(BAND_COUNT - 1, 32 - Math.clz32((promptBytes - 1) >>> FIRST_BAND_BITS))
}
