// Phases and gaps of packed outlines, read where they lie.
import type { GapSketch, Phases } from '../../../core/record.ts'
import { GAP_NUMS } from '../../codec/layout.ts'

/** In the order of PHASES. */
export class PackedPhases implements Phases {
  readonly #numbers: Float64Array
  readonly #first: number

  constructor(numbers: Float64Array, first: number) {
    this.#numbers = numbers
    this.#first = first
  }

  get receive(): number {
    return this.#numbers[this.#first] ?? Number.NaN
  }
  get authenticate(): number {
    return this.#numbers[this.#first + 1] ?? Number.NaN
  }
  get limit(): number {
    return this.#numbers[this.#first + 2] ?? Number.NaN
  }
  get guard(): number {
    return this.#numbers[this.#first + 3] ?? Number.NaN
  }
  get queue(): number {
    return this.#numbers[this.#first + 4] ?? Number.NaN
  }
  get retry(): number {
    return this.#numbers[this.#first + 5] ?? Number.NaN
  }
  get connect(): number {
    return this.#numbers[this.#first + 6] ?? Number.NaN
  }
  get load(): number {
    return this.#numbers[this.#first + 7] ?? Number.NaN
  }
  get prefill(): number {
    return this.#numbers[this.#first + 8] ?? Number.NaN
  }
  get decode(): number {
    return this.#numbers[this.#first + 9] ?? Number.NaN
  }
  get 'client-stall'(): number {
    return this.#numbers[this.#first + 10] ?? Number.NaN
  }
  get gateway(): number {
    return this.#numbers[this.#first + 11] ?? Number.NaN
  }
}

/** Most answers are judged by their longest gap: the others are put together when somebody asks for them. */
export class PackedGaps implements GapSketch {
  readonly #numbers: Float64Array
  readonly #at: number
  readonly #bounds: string

  constructor(numbers: Float64Array, { at, bounds }: { readonly at: number; readonly bounds: string }) {
    this.#numbers = numbers
    this.#at = at
    this.#bounds = bounds
  }

  get boundsMs(): readonly number[] {
    return readBounds(this.#bounds)
  }
  get counts(): readonly number[] {
    const first = this.#at + GAP_NUMS
    const counts: number[] = []
    for (let at = first; at < first + this.#numberAt(0); at += 1) counts.push(this.#numbers[at] ?? 0)
    return counts
  }
  get count(): number {
    return this.#numberAt(1)
  }
  get sumMs(): number {
    return this.#numberAt(2)
  }
  get maxMs(): number {
    return this.#numberAt(3)
  }

  #numberAt(place: number): number {
    return this.#numbers[this.#at + place] ?? 0
  }
}

/** All gateways of one version have the same bounds. */
let lastBounds: { readonly text: string; readonly boundsMs: readonly number[] } | undefined

function readBounds(text: string): readonly number[] {
  if (lastBounds?.text !== text) lastBounds = { text, boundsMs: JSON.parse(text) as readonly number[] }
  return lastBounds.boundsMs
}
