// Seeded chance: the same seed gives the same load, request by request. Never for secrets.

/** A number in [0, 1). */
export type Random = () => number

const WARM_UP_ROUNDS = 12
const RANGE = 2 ** 32

/** sfc32, the small fast counting generator of PractRand: 128 bits of state, so a long run does not come round. */
export function createRandom(seed: number): Random {
  let [a, b, c, counter] = [seed | 0, Math.floor(seed / RANGE) | 0, 0x9e37_79b9 | 0, 1]
  const next: Random = () => {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (c << 21) | (c >>> 11)
    c = (c + sum) | 0
    return (sum >>> 0) / RANGE
  }
  for (let round = 0; round < WARM_UP_ROUNDS; round += 1) next()
  return next
}

/** The wait until the next of callers who know nothing of each other, in units of their mean wait. */
export function drawExponential(random: Random): number {
  return -Math.log(1 - random())
}

/** Standard normal, by Box and Muller. */
export function drawNormal(random: Random): number {
  return Math.sqrt(2 * drawExponential(random)) * Math.cos(2 * Math.PI * random())
}
