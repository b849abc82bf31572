// Whether a fleet can do without one of its backends. Pure. A gateway that ejects everybody helps nobody.
import type { HealthState } from '../view.ts'

export interface Member {
  readonly health: { readonly state: HealthState }
}

export interface GuardQuestion {
  readonly backend: Member
  readonly backends: readonly Member[]
  readonly maxEjectedShare: number
  /** For each thing that can be asked for, who may answer it. */
  readonly servers: Iterable<readonly Member[]>
}

/** Rests, or has not passed its trial. */
const OUT: readonly HealthState[] = ['ejected', 'hung', 'probation']

const NO_USE: readonly HealthState[] = [...OUT, 'dead', 'loading']

function isUseful({ health }: Member): boolean {
  return !NO_USE.includes(health.state)
}

export function mayEject(question: GuardQuestion): boolean {
  const { backend, backends, maxEjectedShare, servers } = question
  if (!backends.some((each) => each !== backend && isUseful(each))) return false
  const out = backends.filter((each) => each !== backend && OUT.includes(each.health.state)).length
  // Of two backends one may rest, whatever share was configured.
  if (out + 1 > Math.max(1, Math.floor(maxEjectedShare * backends.length))) return false
  // Whoever is ejected is still asked where nobody better is left, so what it alone serves loses nothing by its rest, and what others
  // serve too must not suffer from a backend that happens to be the only one for something else. Where nobody could take its
  // place in anything, a rest helps nobody.
  for (const group of servers)
    if (group.includes(backend) && group.some((each) => each !== backend && isUseful(each))) return true
  return false
}
