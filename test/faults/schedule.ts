// A schedule of requests, faults, departures and disturbances drawn from a seed: the same seed is the same schedule.
// It only decides; reconcile/run.ts carries it out.
import { faultVocabulary, type FaultName } from '../../src/simulator/index.ts'
import { callers, toLongest, type Caller } from './callers.ts'

export interface Step {
  readonly id: string
  readonly caller: Caller
  readonly key: KeyName | undefined
  readonly body: string
  /** What is wrong with the request itself; a healthy one has undefined. */
  readonly mistake: Mistake | undefined
  /** For `x-sim-fault`; empty for a healthy request. */
  readonly faults: string
  readonly manner: Manner
}

export const KEYS = ['north', 'south', 'plain'] as const
export type KeyName = (typeof KEYS)[number]

/** no-key: 401. not-json, never-fits (more than a limit could ever allow): 400. no-such-model: 404. */
export type Mistake = 'no-key' | 'not-json' | 'never-fits' | 'no-such-model'

/** How a caller behaves on its connection. */
export type Manner =
  | { readonly kind: 'stays' }
  /** So long after its request; that may be in the queue, before the first token or in the middle. */
  | { readonly kind: 'leaves'; readonly afterMs: number }
  /** With the first bytes of an answer. */
  | { readonly kind: 'leaves at first byte' }
  /** Having sent only a part of its request. */
  | { readonly kind: 'leaves unsaid'; readonly sentRatio: number; readonly afterMs: number }
  /** Sends its request in two parts, and stays. */
  | { readonly kind: 'hesitates'; readonly sentRatio: number; readonly afterMs: number }
  /** Closes its sending side behind its request, and reads on. */
  | { readonly kind: 'half-closes' }

/** What happens around the requests, when the step with this number begins. */
export interface Disturbance {
  readonly atStep: number
  readonly kind: 'hang-up' | 'kill' | 'freeze' | 'reload' | 'broken reload'
  /** How long a backend is away. */
  readonly forMs: number
  /** Which of several ways. */
  readonly variant: number
  /** Of a reload: limits are lower than what is used already. */
  readonly isScarce: boolean
}

export interface Schedule {
  readonly steps: readonly Step[]
  readonly disturbances: readonly Disturbance[]
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

/**
 * Bytes nobody asked for, behind an answer: when they come after the next request was sent on the same connection, HTTP/1.1
 * has no way to tell them from its answer. stray-bytes.test.ts has what can be promised.
 */
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

const HEALTHY_RATIO = 0.5
const TWO_FAULTS_RATIO = 0.15
const MISTAKE_RATIO = 0.04
const LARGE_PROMPT_RATIO = 0.1
const PLAIN_RATIO = 0.1
const SPARE_RATIO = 0.05
const MOST_STAY_MS = 90
const MOST_HESITATION_MS = 40
const PHRASE = 'река 水 '

export function drawSchedule(seed: number, count: number): Schedule {
  const random = createRandom(seed)
  const steps = Array.from({ length: count }, (_, index) => drawStep(`run-${seed}-${index}`, random))
  return { steps, disturbances: drawDisturbances(count, random) }
}

function drawStep(id: string, random: Random): Step {
  const below = (most: number): number => Math.floor(random() * most)
  const caller = callers[below(callers.length)] ?? callers[0]!
  const mistake = random() < MISTAKE_RATIO ? MISTAKES[below(MISTAKES.length)] : undefined
  const wordCount = random() < HEALTHY_RATIO ? 0 : random() < TWO_FAULTS_RATIO ? 2 : 1
  const faults = Array.from({ length: wordCount }, () => drawFault(random)).join(', ')
  const length = random() < LARGE_PROMPT_RATIO ? below(60_000) : below(2_000)
  const prompt = `${id} ${PHRASE.repeat(length / PHRASE.length)}`
  const model = random() < SPARE_RATIO ? 'sim-spare' : 'sim-chat'
  const key = random() < PLAIN_RATIO && mistake !== 'never-fits' ? 'plain' : KEYS[below(2)]
  const manner = drawManner(random)
  return {
    ...{ id, caller, mistake, faults, manner },
    key: mistake === 'no-key' ? undefined : key,
    body: toBody({ caller, prompt, model, mistake }),
  }
}

const MISTAKES: readonly Mistake[] = ['no-key', 'not-json', 'never-fits', 'no-such-model']

interface Wanted {
  readonly caller: Caller
  readonly prompt: string
  readonly model: string
  readonly mistake: Mistake | undefined
}

/** More than any limit of the run allows at once. */
const FAR_TOO_MANY_TOKENS = 9_900_000

function toBody({ caller, prompt, model, mistake }: Wanted): string {
  const body = caller.toBody(prompt, mistake === 'no-such-model' ? 'sim-nowhere' : model)
  if (mistake === 'not-json') return `${body.slice(0, -1)},}`
  return mistake === 'never-fits' ? toLongest(caller, body, FAR_TOO_MANY_TOKENS) : body
}

/** Of a hundred requests, how many behave so; the others stay. */
const MANNERS: readonly (readonly [number, (random: Random) => Manner])[] = [
  [16, (random) => ({ kind: 'leaves', afterMs: random() * MOST_STAY_MS })],
  [3, () => ({ kind: 'leaves at first byte' })],
  [3, (random) => ({ kind: 'leaves unsaid', sentRatio: random(), afterMs: random() * MOST_HESITATION_MS })],
  [4, (random) => ({ kind: 'hesitates', sentRatio: random(), afterMs: random() * MOST_HESITATION_MS })],
  [4, () => ({ kind: 'half-closes' })],
]

function drawManner(random: Random): Manner {
  let left = random() * 100
  for (const [share, draw] of MANNERS) {
    left -= share
    if (left < 0) return draw(random)
  }
  return { kind: 'stays' }
}

function drawFault(random: Random): string {
  const { name, argument } = WORDS[Math.floor(random() * WORDS.length)] ?? WORDS[0]!
  if (argument === undefined) return name
  return `${name}=${1 + Math.floor(random() * (MOST[argument.unit] ?? 1))}`
}

/** About how many steps lie between two of a kind, and how long a backend is away at most. */
const EVERY: readonly (readonly [Disturbance['kind'], number, number])[] = [
  ['hang-up', 20, 30],
  ['kill', 250, 200],
  ['freeze', 150, 700],
  ['reload', 60, 0],
  ['broken reload', 90, 0],
]
const MOST_VARIANTS = 1_000
/** A part of the run in which limits are scarce, as shares of its steps. */
const SCARCE_FROM_RATIO = 0.4
const SCARCE_TO_RATIO = 0.5

function drawDisturbances(count: number, random: Random): Disturbance[] {
  const drawn: Omit<Disturbance, 'isScarce'>[] = []
  for (const [kind, every, mostMs] of EVERY) {
    for (let at = every * random(); at < count; at += every * (0.5 + random())) {
      const variant = Math.floor(random() * MOST_VARIANTS)
      drawn.push({ atStep: Math.floor(at), kind, forMs: mostMs * random(), variant })
    }
  }
  // So that each kind happens in the shortest of runs.
  for (const [kind, , mostMs] of EVERY) {
    drawn.push({ atStep: Math.floor(count * (0.2 + 0.6 * random())), kind, forMs: mostMs / 2, variant: 0 })
  }
  const scarce = [Math.floor(count * SCARCE_FROM_RATIO), Math.floor(count * SCARCE_TO_RATIO)] as const
  for (const atStep of scarce) drawn.push({ atStep, kind: 'reload', forMs: 0, variant: 0 })
  return drawn
    .map((each) => ({ ...each, isScarce: each.atStep >= scarce[0] && each.atStep < scarce[1] }))
    .toSorted((left, right) => left.atStep - right.atStep)
}
