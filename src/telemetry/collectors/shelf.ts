// Values that nobody renews go away: no value is better than one of ten minutes ago. Keeps, does not read.
import type { Clock } from '../../core/clock.ts'

export interface Shelf<Value> {
  put(key: string, value: Value): void
  /** Undefined when it was never put, or too long ago. */
  get(key: string): Value | undefined
  /** What is still fresh, in the order in which the keys first came. */
  fresh(): readonly Value[]
  remove(key: string): void
}

interface Kept<Value> {
  readonly value: Value
  readonly atMs: number
}

export function createShelf<Value>(clock: Clock, keepMs: number): Shelf<Value> {
  const kept = new Map<string, Kept<Value>>()
  const sweep = (): void => {
    for (const [key, { atMs }] of kept) if (clock.now() - atMs > keepMs) kept.delete(key)
  }
  return {
    put: (key, value) => void kept.set(key, { value, atMs: clock.now() }),
    get(key) {
      sweep()
      return kept.get(key)?.value
    },
    fresh() {
      sweep()
      return [...kept.values()].map(({ value }) => value)
    },
    remove: (key) => void kept.delete(key),
  }
}
