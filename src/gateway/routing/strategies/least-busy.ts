// Least busy first: the backend with the fewest requests in flight; equals take turns; what is down comes last.
import type { BackendView } from '../view.ts'

export function byLeastBusy<T extends { readonly view: BackendView }>(
  backends: readonly T[],
  turn: number,
): T[] {
  if (backends.length < 2) return [...backends]
  // Sorting is stable, so equals stand in the order of the configuration before they take turns.
  const sorted = backends.toSorted((a, b) => compare(a.view, b.view))
  const ordered: T[] = []
  for (let from = 0; from < sorted.length;) {
    const equals = sorted
      .slice(from)
      .filter((each) => compare(each.view, sorted[from]?.view ?? each.view) === 0)
    // Turned among themselves: turning the whole list would give the neighbour of one that is down a double share.
    const first = turn % equals.length
    ordered.push(...equals.slice(first), ...equals.slice(0, first))
    from += equals.length
  }
  return ordered
}

function compare(a: BackendView, b: BackendView): number {
  return rank(a) - rank(b) || a.inflight - b.inflight
}

function rank(view: BackendView): number {
  return view.up === false ? 1 : 0
}
