// Holds items until there are many or a moment has passed, so that work on them happens outside the turn that brought them.
// Bounded: a full batch is worked on at once. Nothing is lost; what the work throws is reported and the rest goes on.
import type { CancelTimer, Clock } from '../core/clock.ts'

export interface BatchOptions<T> {
  readonly clock: Clock
  readonly most: number
  readonly delayMs: number
  /** Works on all items in their order; must not keep the array. */
  readonly work: (items: readonly T[]) => void
}

export interface Batch<T> {
  readonly push: (item: T) => void
  readonly flush: () => void
}

export function createBatch<T>({ clock, most, delayMs, work }: BatchOptions<T>): Batch<T> {
  let items: T[] = []
  let cancel: CancelTimer | undefined

  const flush = (): void => {
    cancel?.()
    cancel = undefined
    if (items.length === 0) return
    const full = items
    // A new array first: work that leads to another push must not change what is being worked on.
    items = []
    work(full)
  }
  return {
    push(item) {
      items.push(item)
      if (items.length >= most) flush()
      // Armed by the first item only: an idle process has no timer, a busy one has one per batch.
      else if (items.length === 1) cancel = clock.after(delayMs, flush)
    },
    flush,
  }
}
