// Texts that come again with every request: model names, finish reasons. Compared as bytes, they need not be built anew.

interface Entry {
  readonly bytes: Buffer
  readonly text: string
}

/** A gateway sees a handful of models and finish reasons; more would make looking slower than building. */
const MAX_RECENT = 8

/** Longer texts are not names. */
const MAX_BYTES = 128

export class RecentTexts {
  readonly #entries: Entry[] = []
  #next = 0

  /** The JSON string whose quotes stand at `start` and `end - 1`, decoded; from memory if it was here lately. */
  decode(bytes: Buffer, start: number, end: number): string {
    for (const { bytes: known, text } of this.#entries) {
      if (known.length === end - start && startsAt(bytes, start, known)) return text
    }
    const text = JSON.parse(bytes.toString('utf8', start, end)) as string
    if (end - start <= MAX_BYTES) {
      this.#entries[this.#next] = { bytes: Buffer.from(bytes.subarray(start, end)), text }
      this.#next = (this.#next + 1) % MAX_RECENT
    }
    return text
  }
}

function startsAt(bytes: Buffer, start: number, known: Buffer): boolean {
  for (let index = 0; index < known.length; index += 1) {
    if (bytes[start + index] !== known[index]) return false
  }
  return true
}
