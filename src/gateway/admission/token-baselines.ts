// How long the first token takes when nobody is in the way, by model and length of the prompt. Bounded; it learns slowly.

/** Bands of prompt length: each four times the one before, the first up to a KiB. Prefill grows with the prompt. */
const FIRST_BAND_BYTES = 1_024
const BAND_FACTOR = 4

/** More models than a backend holds ready in a day; beyond it everything is learnt anew. */
const MAX_MODELS = 100

/** How far one sample moves the baseline. Down faster than up, but not at once: an answer from a prefix cache is no rule. */
const DOWN_RATIO = 0.3
const UP_RATIO = 0.1

/** Below this, differences are the network's and the machine's, not a queue's. */
const MIN_BASELINE_MS = 5

export class TokenBaselines {
  readonly #byModel = new Map<string, Map<number, number>>()

  /** How many times the usual this wait was. `isQuiet`: nobody else can have been waited for. */
  compare(
    about: { readonly model: string; readonly promptBytes: number },
    { waitMs, isQuiet }: { readonly waitMs: number; readonly isQuiet: boolean },
  ): number {
    const bands = this.#bandsOf(about.model)
    const band = toBand(about.promptBytes)
    const known = bands.get(band)
    let baseline = known ?? waitMs
    if (waitMs < baseline) baseline += (waitMs - baseline) * DOWN_RATIO
    // Only a quiet backend may raise it: else a queue that stays would become what is usual.
    else if (isQuiet) baseline += (waitMs - baseline) * UP_RATIO
    bands.set(band, baseline)
    return waitMs / Math.max(MIN_BASELINE_MS, known ?? baseline)
  }

  #bandsOf(model: string): Map<number, number> {
    let bands = this.#byModel.get(model)
    if (bands === undefined) {
      if (this.#byModel.size >= MAX_MODELS) this.#byModel.clear()
      bands = new Map()
      this.#byModel.set(model, bands)
    }
    return bands
  }
}

function toBand(promptBytes: number): number {
  let band = 0
  for (let most = FIRST_BAND_BYTES; promptBytes > most; most *= BAND_FACTOR) band += 1
  return band
}
