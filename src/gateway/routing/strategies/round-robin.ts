// One after the other, whatever each is doing.

export function byRoundRobin<T>(candidates: readonly T[], turn: number): T[] {
  const first = candidates.length === 0 ? 0 : turn % candidates.length
  return [...candidates.slice(first), ...candidates.slice(0, first)]
}
