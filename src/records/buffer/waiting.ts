// Packs that wait for the store, the oldest first, within bounds. No clocks, no store.
import type { PackedRecords } from '../codec/layout.ts'
import type { StoredContent } from '../store.ts'

/** Records that were packed together, and what was said in them or in some before them. */
export interface Pack {
  readonly packed: PackedRecords
  readonly contents: readonly StoredContent[]
}

const BYTES_PER_CHARACTER = 2

export function bytesOf({ packed, contents }: Pack): number {
  const { numbers, refs, text } = packed
  let bytes = numbers.byteLength + refs.byteLength + text.length
  for (const content of contents) bytes += bytesOfContent(content)
  return bytes
}

export function bytesOfContent({ prompt, answer }: StoredContent): number {
  return (prompt.length + answer.length) * BYTES_PER_CHARACTER
}

export class WaitingPacks {
  readonly #packs: Pack[] = []
  #records = 0
  #bytes = 0

  get records(): number {
    return this.#records
  }

  get bytes(): number {
    return this.#bytes
  }

  get isEmpty(): boolean {
    return this.#packs.length === 0
  }

  add(pack: Pack): void {
    this.#packs.push(pack)
    this.#count(pack, 1)
  }

  /** The oldest, which came from here, again. */
  putBack(pack: Pack): void {
    this.#packs.unshift(pack)
    this.#count(pack, 1)
  }

  takeOldest(): Pack | undefined {
    const pack = this.#packs.shift()
    if (pack !== undefined) this.#count(pack, -1)
    return pack
  }

  #count(pack: Pack, sign: 1 | -1): void {
    this.#records += sign * pack.packed.count
    this.#bytes += sign * bytesOf(pack)
  }
}
