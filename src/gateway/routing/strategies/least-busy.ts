// Least busy first: the backend with the fewest requests in flight; equals take turns; what is down comes last.
import type { BackendView } from '../view.ts'

export function byLeastBusy<T extends { readonly view: BackendView }>(
  backends: readonly T[],
  turn: number,
): T[] {
  const first = backends.length === 0 ? 0 : turn % backends.length
  const rotated = [...backends.slice(first), ...backends.slice(0, first)]
  // Sorting is stable, so equals stay in the order of whose turn it is.
  return rotated.sort((a, b) => rank(a.view) - rank(b.view) || a.view.inflight - b.view.inflight)
}

function rank(view: BackendView): number {
  return view.up === false ? 1 : 0
}
