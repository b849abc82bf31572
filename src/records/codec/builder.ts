// The arrays that records are packed into while they grow: room, words, texts. What stands where is layout.ts; who fills it
// in says so place by place.
import { ATTEMPT_NUMS, ATTEMPT_REFS, GAP_NUMS, NUMS, REF, REFS } from './layout.ts'
import type { PackedRecords } from './layout.ts'

/** Room for this many records with one attempt each, before it has to grow. */
const FIRST_RECORDS = 128
const DOUBLE_BYTES = Float64Array.BYTES_PER_ELEMENT
const REF_BYTES = Uint32Array.BYTES_PER_ELEMENT

/** Places where the same word mostly follows itself: the last one is remembered for each. */
const PLACES = REFS + ATTEMPT_REFS

const NO_TEXT = ''

export class PackBuilder {
  /** To be filled in by who builds: the record in hand begins at `number` and `ref`. */
  numbers = new Float64Array(FIRST_RECORDS * (NUMS + ATTEMPT_NUMS))
  refs = new Uint32Array(FIRST_RECORDS * (REFS + ATTEMPT_REFS))
  number = 0
  ref = 0
  count = 0
  #words: string[] = []
  readonly #places = new Map<string, number>()
  readonly #lastWords: (string | undefined)[] = new Array<undefined>(PLACES)
  readonly #lastRefs = new Uint32Array(PLACES)
  #text = NO_TEXT

  /** What is held, roughly. */
  get bytes(): number {
    return this.number * DOUBLE_BYTES + this.ref * REF_BYTES + this.#text.length
  }

  /** Makes room for a record; to be called before anything of it is filled in. */
  begin(attempts: number, buckets: number): void {
    const numbers = this.number + NUMS + attempts * ATTEMPT_NUMS + GAP_NUMS + buckets
    if (numbers > this.numbers.length) {
      const grown = new Float64Array(Math.max(numbers, this.numbers.length * 2))
      grown.set(this.numbers.subarray(0, this.number))
      this.numbers = grown
    }
    const refs = this.ref + REFS + attempts * ATTEMPT_REFS
    if (refs > this.refs.length) {
      const grown = new Uint32Array(Math.max(refs, this.refs.length * 2))
      grown.set(this.refs.subarray(0, this.ref))
      this.refs = grown
    }
    this.refs[this.ref + REF.attempts] = attempts
  }

  /** Goes behind the record in hand. */
  end(attempts: number, gapNumbers: number): void {
    this.ref += REFS + attempts * ATTEMPT_REFS
    this.number += NUMS + attempts * ATTEMPT_NUMS + gapNumbers
    this.count += 1
  }

  /** The four texts of a record follow each other in the order of their lengths in REF. */
  text(length: number, text: string): void {
    this.refs[this.ref + length] = text.length
    if (text !== NO_TEXT) this.#text += text
  }

  /** The same word as the last time at this place costs a comparison, any other a look into the map. */
  word(place: number, word: string | undefined): number {
    if (word === undefined) return 0
    if (word === this.#lastWords[place]) return this.#lastRefs[place] ?? 0
    let ref = this.#places.get(word)
    if (ref === undefined) {
      this.#words.push(word)
      ref = this.#words.length
      this.#places.set(word, ref)
    }
    this.#lastWords[place] = word
    this.#lastRefs[place] = ref
    return ref
  }

  /** Everything that was added since the last time. The arrays are no longer ours. */
  take(): PackedRecords {
    const packed = {
      count: this.count,
      numbers: this.#takeNumbers(),
      refs: this.#takeRefs(),
      words: this.#words,
      text: this.#text,
    }
    this.number = 0
    this.ref = 0
    this.count = 0
    this.#words = []
    this.#places.clear()
    this.#lastWords.fill(undefined)
    this.#text = NO_TEXT
    return packed
  }

  /** A few records are copied out: arrays of the size of many would have to be made again, and held. */
  #takeNumbers(): Float64Array<ArrayBuffer> {
    const { numbers, number } = this
    if (number * 2 < numbers.length) return numbers.slice(0, number)
    this.numbers = new Float64Array(numbers.length)
    return numbers
  }

  #takeRefs(): Uint32Array<ArrayBuffer> {
    const { refs, ref } = this
    if (ref * 2 < refs.length) return refs.slice(0, ref)
    this.refs = new Uint32Array(refs.length)
    return refs
  }
}
