// A schedule of requests, faults and departures drawn from a seed: the same seed is the same schedule.
// It only decides; reconcile.test.ts carries it out.
import { faultVocabulary, type FaultName } from '../../src/simulator/index.ts'
import { callers, type Caller } from './callers.ts'

export interface Step {
  readonly id: string
  readonly caller: Caller
  readonly prompt: string
  /** For `x-sim-fault`; empty for a healthy request. */
  readonly faults: string
  /** The client leaves so long after it sent its request; undefined when it stays. */
  readonly leavesAfterMs: number | undefined
}

type Random = () => number

/** mulberry32: small and good enough to choose with. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Bytes nobody asked for, while many requests share connections: they have a test of their own. */
const LEFT_OUT: ReadonlySet<FaultName> = new Set(['extra-bytes'])
const WORDS = faultVocabulary.filter(({ name }) => !LEFT_OUT.has(name))

/** Arguments that keep a run short, from nothing to this. */
const MOST: Readonly<Record<string, number>> = {
  tokens: 10,
  milliseconds: 30,
  MiB: 2,
  seconds: 3,
  bytes: 60,
  events: 8,
  times: 5,
  calls: 2,
}

const HEALTHY_RATIO = 0.3
const TWO_FAULTS_RATIO = 0.15
const LEAVING_RATIO = 0.25
const MOST_STAY_MS = 90
const LARGE_PROMPT_RATIO = 0.1

export function drawSchedule(seed: number, count: number): Step[] {
  const random = createRandom(seed)
  return Array.from({ length: count }, (_, index) => drawStep(`run-${seed}-${index}`, random))
}

function drawStep(id: string, random: Random): Step {
  const below = (most: number): number => Math.floor(random() * most)
  const caller = callers[below(callers.length)] ?? callers[0]!
  const wordCount = random() < HEALTHY_RATIO ? 0 : random() < TWO_FAULTS_RATIO ? 2 : 1
  const faults = Array.from({ length: wordCount }, () => drawFault(random)).join(', ')
  const length = random() < LARGE_PROMPT_RATIO ? below(60_000) : below(2_000)
  const leavesAfterMs = random() < LEAVING_RATIO ? below(MOST_STAY_MS) : undefined
  return { id, caller, prompt: `${id} ${'река 水 '.repeat(length / 8)}`, faults, leavesAfterMs }
}

function drawFault(random: Random): string {
  const { name, argument } = WORDS[Math.floor(random() * WORDS.length)] ?? WORDS[0]!
  if (argument === undefined) return name
  return `${name}=${1 + Math.floor(random() * (MOST[argument.unit] ?? 1))}`
}
