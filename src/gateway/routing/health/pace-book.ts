// The pace of each model on one backend, learnt from sealed records. Bounded: a backend serves few models at a time. Per process.
import type { RequestRecord } from '../../../core/record.ts'
import { Pace } from './pace.ts'

/** Beyond so many models everything is learnt anew. */
const MAX_MODELS = 256

/** Shorter answers measure the first token and the network more than the model. */
const MIN_TOKENS = 16
const MIN_DECODE_MS = 200

const MS_PER_SECOND = 1_000

/** A model whose pace has just become slow, or is no longer. */
export interface PaceChange {
  readonly model: string
  readonly isSlow: boolean
  readonly tokensPerSecond: number
  readonly usual: number | undefined
}

export class PaceBook {
  readonly #paces = new Map<string, Pace>()

  /** `company`: requests at the backend, this one included. */
  note(record: RequestRecord, company: number): PaceChange | undefined {
    const { modelRouted: model, outcome, usage, phases } = record
    const { outputTokens = 0 } = usage
    if (model === undefined || outcome !== 'ok' || outputTokens < MIN_TOKENS || phases.decode < MIN_DECODE_MS)
      return undefined
    const tokensPerSecond = (outputTokens / phases.decode) * MS_PER_SECOND
    const pace = this.#paceOf(model)
    if (!pace.note({ tokensPerSecond, company })) return undefined
    return { model, isSlow: pace.isSlow, tokensPerSecond, usual: pace.baseline }
  }

  /** Models that are far slower than they were. */
  slow(): readonly string[] {
    return [...this.#paces].flatMap(([model, pace]) => (pace.isSlow ? [model] : []))
  }

  #paceOf(model: string): Pace {
    let pace = this.#paces.get(model)
    if (pace === undefined) {
      if (this.#paces.size >= MAX_MODELS) this.#paces.clear()
      pace = new Pace()
      this.#paces.set(model, pace)
    }
    return pace
  }
}
