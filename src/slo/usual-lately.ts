// What streams of the last minutes took beyond the usual, by when they began: they see what an answer in one piece hides. Bounded,
// and no clock: records bring the time. It judges nothing.

/** Streams that began within the same second are taken together. */
const SLOT_MS = 1_000
/** A slow answer is over long after it began; its first second is still known then. */
const SLOTS = 128
/** Streams that began this much earlier or later tell nothing of it any more. */
const MAX_DISTANCE_SLOTS = 60

/** Numbers of each slot: the second it stands for, its streams, and what they took too long. */
const WIDTH = 4
const STREAMS = 1
const PREFILL = 2
const PER_TOKEN = 3

/** Means over some streams, milliseconds beyond the usual. */
export interface Lately {
  prefillMs: number
  /** For each token after the first one. */
  perTokenMs: number
}

export class StreamsLately {
  #slots: Float64Array | undefined

  note(startedAtMs: number, prefillMs: number, perTokenMs: number): void {
    const second = Math.floor(startedAtMs / SLOT_MS)
    if (!(second >= 0 && second < Infinity)) return
    this.#slots ??= new Float64Array(SLOTS * WIDTH)
    const slots = this.#slots
    const at = (second % SLOTS) * WIDTH
    if (slots[at] !== second) {
      slots[at] = second
      slots.fill(0, at + STREAMS, at + WIDTH)
    }
    slots[at + STREAMS] = (slots[at + STREAMS] ?? 0) + 1
    slots[at + PREFILL] = (slots[at + PREFILL] ?? 0) + prefillMs
    slots[at + PER_TOKEN] = (slots[at + PER_TOKEN] ?? 0) + perTokenMs
  }

  /** Of the streams that began nearest to then; false where there were none within the minute before or after. */
  read(startedAtMs: number, into: Lately): boolean {
    const slots = this.#slots
    const second = Math.floor(startedAtMs / SLOT_MS)
    if (slots === undefined || !(second >= 0 && second < Infinity)) return false
    for (let distance = 0; distance <= MAX_DISTANCE_SLOTS; distance += 1) {
      const before = slotOf(slots, second - distance)
      const after = distance === 0 ? -1 : slotOf(slots, second + distance)
      const streams = valueOf(slots, before, STREAMS) + valueOf(slots, after, STREAMS)
      if (streams === 0) continue
      into.prefillMs = (valueOf(slots, before, PREFILL) + valueOf(slots, after, PREFILL)) / streams
      into.perTokenMs = (valueOf(slots, before, PER_TOKEN) + valueOf(slots, after, PER_TOKEN)) / streams
      return true
    }
    return false
  }
}

/** Where a second stands; -1 where it is not known, or no longer. */
function slotOf(slots: Float64Array, second: number): number {
  const at = (second % SLOTS) * WIDTH
  return second >= 0 && slots[at] === second ? at : -1
}

function valueOf(slots: Float64Array, at: number, offset: number): number {
  return at < 0 ? 0 : (slots[at + offset] ?? 0)
}
