// Tier by tier: whoever is of the first tier before anybody of the second. Within a tier the least busy first.
import { byLeastBusy } from './least-busy.ts'

interface Tiered {
  readonly priority: number
  readonly view: { readonly inflight: number }
}

export function byPriority<T extends Tiered>(candidates: readonly T[], turn: number): T[] {
  const tiers = [...new Set(candidates.map(({ priority }) => priority))].sort((a, b) => a - b)
  return tiers.flatMap((tier) =>
    byLeastBusy(
      candidates.filter(({ priority }) => priority === tier),
      turn,
    ),
  )
}
