// Slices of a file one after the other, from its beginning: its thread reads the next one while this one is worked on.
import { firstSeqOf } from './seq.ts'

export interface Slice {
  /** The number of the row where the next one begins; anything else where this is the last. */
  readonly next: unknown
}

export async function* readAhead<Read extends Slice>(
  read: (fromSeq: number) => Promise<Read>,
): AsyncIterable<Read> {
  let slice = read(firstSeqOf(0))
  for (;;) {
    const found = await slice
    const { next } = found
    const isLast = typeof next !== 'number'
    if (!isLast) slice = read(next)
    // Whoever has seen enough does not wait for it, nor hear of its failure.
    slice.catch(() => undefined)
    yield found
    if (isLast) return
  }
}
