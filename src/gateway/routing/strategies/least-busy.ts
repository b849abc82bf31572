// Least busy first: the backend with the fewest requests in flight; equals take turns.

interface Loaded {
  readonly view: { readonly inflight: number }
}

export function byLeastBusy<T extends Loaded>(candidates: readonly T[], turn: number): T[] {
  // Sorting is stable, so equals stand in the order of the configuration before they take turns.
  const sorted = candidates.toSorted((a, b) => a.view.inflight - b.view.inflight)
  for (let from = 0; from < sorted.length;) {
    let to = from + 1
    while (to < sorted.length && sorted[to]?.view.inflight === sorted[from]?.view.inflight) to += 1
    // Turned among themselves: turning the whole list would give the neighbour of a busy one a double share.
    if (to - from > 1) rotate(sorted, { from, to, by: turn % (to - from) })
    from = to
  }
  return sorted
}

function rotate(list: unknown[], { from, to, by }: { from: number; to: number; by: number }): void {
  if (by > 0) list.splice(to - by, 0, ...list.splice(from, by))
}
