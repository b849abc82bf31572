// From many small parts of an excess to the few slices that people should read: each names a backend, a model, a band or a tenant
// only where most of it lies there, and not merely because most of the traffic does. Nothing is lost: the shares add up to 1.
import type { BlamedSlice } from '../core/alert.ts'

/** In the order in which they are looked at. */
const DIMENSIONS = ['backend', 'model', 'band', 'tenant'] as const
type Dimension = (typeof DIMENSIONS)[number]

/** Where a part of the excess lies. */
export interface Part {
  readonly phase: string
  readonly backend: string | undefined
  readonly model: string | undefined
  readonly band: string | undefined
  readonly tenant: string | undefined
  /** Milliseconds, or events. */
  readonly amount: number
}

/** Events there, good and bad. */
export type Traffic = Omit<Part, 'phase'>

/** A value is named when it carries so much of what is left to divide ... */
const DOMINANT_RATIO = 2 / 3
/** ... and that is so much more than its part of the traffic, ... */
const LIFT_RATIO = 0.1
/** ... or there is hardly anything else: who has one backend wants to read its name. */
const ONLY_RATIO = 0.95

/** What rounding leaves of a difference between equal sums. */
const NOISE_RATIO = 1e-9

/** Phases that no backend has a part in. */
const OWN_PHASES: ReadonlySet<string> = new Set([
  ...['receive', 'authenticate', 'limit', 'guard', 'client-stall', 'gateway'],
])

export function toSlices(parts: readonly Part[], traffic: readonly Traffic[]): BlamedSlice[] {
  const total = sumOf(parts)
  if (!(total > 0)) return []
  const slices: BlamedSlice[] = []
  for (const [phase, ofPhase] of groupBy(parts, ({ phase: name }) => name))
    divide({ phase: phase ?? '', parts: ofPhase, traffic, total, slices })
  return slices.toSorted((a, b) => b.shareRatio - a.shareRatio)
}

interface Division {
  readonly phase: string
  readonly parts: readonly Part[]
  readonly traffic: readonly Traffic[]
  readonly total: number
  readonly slices: BlamedSlice[]
}

type Named = Partial<Record<Dimension, string>>

/** What lies at the dominant value is divided on; what does not is a slice of its own that names what is known so far. */
function divide({ phase, parts, traffic, total, slices }: Division): void {
  const named: Named = {}
  let left = parts
  for (const dimension of DIMENSIONS) {
    if (dimension === 'backend' && OWN_PHASES.has(phase)) continue
    const value = dominantOf(left, traffic, dimension)
    if (value === undefined) continue
    const rest = left.filter((part) => part[dimension] !== value)
    push(slices, { phase, named, amount: sumOf(rest), total })
    left = left.filter((part) => part[dimension] === value)
    named[dimension] = value
  }
  push(slices, { phase, named, amount: sumOf(left), total })
}

function push(
  slices: BlamedSlice[],
  { phase, named, amount, total }: { phase: string; named: Named; amount: number; total: number },
): void {
  if (!(amount > total * NOISE_RATIO)) return
  const { backend, model, band, tenant } = named
  slices.push({ phase, backend, model, band, tenant, shareRatio: amount / total })
}

function dominantOf(
  parts: readonly Part[],
  traffic: readonly Traffic[],
  dimension: Dimension,
): string | undefined {
  const total = sumOf(parts)
  for (const [value, of] of groupBy(parts, (part) => part[dimension])) {
    const ratio = sumOf(of) / total
    if (value === undefined || ratio < DOMINANT_RATIO) continue
    const trafficRatio = sumOf(traffic.filter((each) => each[dimension] === value)) / sumOf(traffic)
    // A size that nearly all prompts have tells nothing.
    const isOnly = dimension !== 'band' && trafficRatio >= ONLY_RATIO
    return isOnly || ratio - trafficRatio >= LIFT_RATIO ? value : undefined
  }
  return undefined
}

function groupBy<T>(
  items: readonly T[],
  keyOf: (item: T) => string | undefined,
): Map<string | undefined, T[]> {
  return Map.groupBy(items, keyOf)
}

function sumOf(items: readonly { readonly amount: number }[]): number {
  let sum = 0
  for (const { amount } of items) sum += amount
  return sum
}
