// Each by its share, evenly spread: with weights 3 and 1 the turns go a a b a, not a a a b.
// The turns of one round are worked out once for a list of weights and then looked up.

interface Weighted {
  readonly weight: number
}

/** Lists of weights whose rounds are remembered: one for each set of backends of a route that were ready together. */
const MAX_ROUNDS = 1_000
const rounds = new Map<string, readonly number[]>()

/** After the leader come the others in the order of their next turns, so that what a failed one leaves is shared by weight too. */
export function byWeight<T extends Weighted>(candidates: readonly T[], turn: number): T[] {
  const round = roundOf(candidates.map(({ weight }) => weight))
  const ordered: T[] = []
  for (let step = 0; ordered.length < candidates.length && step < round.length; step += 1) {
    const candidate = candidates[round[(turn + step) % round.length] ?? 0]
    if (candidate !== undefined && !ordered.includes(candidate)) ordered.push(candidate)
  }
  return ordered
}

function roundOf(weights: readonly number[]): readonly number[] {
  const key = weights.join()
  let round = rounds.get(key)
  if (round === undefined) {
    if (rounds.size >= MAX_ROUNDS) rounds.clear()
    round = spread(weights)
    rounds.set(key, round)
  }
  return round
}

/** Smooth weighted round-robin as nginx does it: everybody gains its weight, whoever has most leads and pays for the whole round. */
function spread(weights: readonly number[]): readonly number[] {
  const divisor = weights.reduce(greatestDivisor, 0)
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const gained = weights.map(() => 0)
  const round: number[] = []
  for (let turn = 0; turn < total / divisor; turn += 1) {
    let leader = 0
    for (const [index, weight] of weights.entries()) {
      gained[index] = (gained[index] ?? 0) + weight
      if ((gained[index] ?? 0) > (gained[leader] ?? 0)) leader = index
    }
    gained[leader] = (gained[leader] ?? 0) - total
    round.push(leader)
  }
  return round
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b)
}
