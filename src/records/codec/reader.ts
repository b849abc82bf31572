// Reads packed records where they lie, one after the other or in another order. Makes no objects of them: that is unpack.ts.
import { ATTEMPT_NUMS, ATTEMPT_REFS, FLAG, GAP_NUMS, NUMS, REF, REFS } from './layout.ts'
import type { PackedRecords } from './layout.ts'

/** Where each of some packed records begins, so that they can be read in another order. */
export class PackPlaces {
  readonly refs: Uint32Array
  readonly numbers: Uint32Array
  readonly texts: Uint32Array

  constructor(most: number) {
    this.refs = new Uint32Array(most)
    this.numbers = new Uint32Array(most)
    this.texts = new Uint32Array(most)
  }
}

/** Walks over packed records; `ref` and `number` are of the record it stands on. */
export class PackedReader {
  readonly packed: PackedRecords
  #at = -1
  #ref = 0
  #number = 0
  #text = 0
  #bounds = new Map<string, readonly number[]>()

  constructor(packed: PackedRecords) {
    this.packed = packed
  }

  /** Goes to the next record; false behind the last one. */
  next(): boolean {
    if (this.#at >= 0) {
      const { refs } = this.packed
      const from = this.#ref + REF.idLength
      // The lengths of its four texts follow each other.
      this.#text += (refs[from] ?? 0) + (refs[from + 1] ?? 0) + (refs[from + 2] ?? 0) + (refs[from + 3] ?? 0)
      const attempts = this.attempts
      this.#number += NUMS + attempts * ATTEMPT_NUMS + this.#gapNumbers()
      this.#ref += REFS + attempts * ATTEMPT_REFS
    }
    this.#at += 1
    return this.#at < this.packed.count
  }

  /** Notes the record it stands on as the one at a place of a list. */
  note(places: PackPlaces, at: number): void {
    places.refs[at] = this.#ref
    places.numbers[at] = this.#number
    places.texts[at] = this.#text
  }

  /** Goes to a record that was noted, by this reader or another one of the pack. What is `next` then is not told. */
  goTo(places: PackPlaces, at: number): void {
    this.#ref = places.refs[at] ?? 0
    this.#number = places.numbers[at] ?? 0
    this.#text = places.texts[at] ?? 0
  }

  /** Where its references and its numbers begin in those of the pack: for who reads many of them. */
  get refAt(): number {
    return this.#ref
  }

  get numberAt(): number {
    return this.#number
  }

  /** What stands at a place of REF; behind REFS those of the attempts follow. */
  ref(place: number): number {
    return this.packed.refs[this.#ref + place] ?? 0
  }

  /** What stands at a place of NUM, NaN where it is undefined; behind NUMS those of the attempts and gaps follow. */
  number(place: number): number {
    return this.packed.numbers[this.#number + place] ?? Number.NaN
  }

  get attempts(): number {
    return this.ref(REF.attempts)
  }

  has(flag: number): boolean {
    return (this.ref(REF.flags) & flag) !== 0
  }

  /** The place of its texts in that of the pack: id, trace, span and verdict follow each other. */
  get textAt(): number {
    return this.#text
  }

  get id(): string {
    return this.#textAt(0, REF.idLength)
  }

  get traceId(): string | undefined {
    return this.has(FLAG.hasTrace) ? this.#textAt(this.ref(REF.idLength), REF.traceLength) : undefined
  }

  get parentSpanId(): string | undefined {
    const before = this.ref(REF.idLength) + this.ref(REF.traceLength)
    return this.has(FLAG.hasSpan) ? this.#textAt(before, REF.spanLength) : undefined
  }

  get verdictText(): string {
    const before = this.ref(REF.idLength) + this.ref(REF.traceLength) + this.ref(REF.spanLength)
    return this.#textAt(before, REF.verdictLength)
  }

  word(place: number): string | undefined {
    const ref = this.ref(place)
    return ref === 0 ? undefined : this.packed.words[ref - 1]
  }

  /** The place of the first number of the gaps. */
  get gapsAt(): number {
    return NUMS + this.attempts * ATTEMPT_NUMS
  }

  bounds(): readonly number[] {
    const text = this.word(REF.gapBounds) ?? '[]'
    const known = this.#bounds.get(text)
    if (known !== undefined) return known
    const bounds = JSON.parse(text) as readonly number[]
    this.#bounds.set(text, bounds)
    return bounds
  }

  #textAt(before: number, length: number): string {
    const start = this.#text + before
    return this.packed.text.slice(start, start + this.ref(length))
  }

  #gapNumbers(): number {
    return this.ref(REF.gapBounds) === 0 ? 0 : GAP_NUMS + this.number(this.gapsAt)
  }
}
