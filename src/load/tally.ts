// Adds up what became of the requests of one run, as they end.
import { judge, type Objective } from './objectives.ts'
import type { Failure, Outcome } from './outcome.ts'
import { Slice, Slices } from './slice.ts'

export interface ErrorCount {
  readonly code: string
  readonly status: number | undefined
  count: number
  /** The first ones. */
  readonly examples: Failure[]
}

export interface ObjectiveCount {
  readonly objective: Objective
  good: number
  total: number
}

export interface TokenCounts {
  /** As the servers count them, and what was aimed at with the same requests. */
  prompt: number
  promptAsked: number
  output: number
  /** Of requests without the server's own count: events that brought tokens. */
  outputEstimated: number
  estimatedRequests: number
  /** Events of counted requests that brought tokens, and the tokens of those requests. */
  events: number
  eventTokens: number
  /** Those of `output` and `outputEstimated` that came within the measured time, whenever their request left. */
  inWindow: number
}

const MOST_EXAMPLES = 3

export class Tally {
  readonly whole = new Slice()
  readonly slices = new Slices()
  readonly errors = new Map<string, ErrorCount>()
  readonly objectives: readonly ObjectiveCount[]
  readonly tokens: TokenCounts = {
    ...{ prompt: 0, promptAsked: 0, output: 0, outputEstimated: 0, estimatedRequests: 0 },
    ...{ events: 0, eventTokens: 0, inWindow: 0 },
  }
  warmUp = 0
  lastAtMs = 0
  lastEndMs = 0
  readonly #windowMs: number

  /** `windowMs`: how long is measured; infinite where the number of requests decides. */
  constructor(objectives: readonly Objective[], windowMs: number) {
    this.objectives = objectives.map((objective) => ({ objective, good: 0, total: 0 }))
    this.#windowMs = windowMs
  }

  add(outcome: Outcome): void {
    this.#credit(outcome)
    if (outcome.atMs < 0) {
      this.warmUp += 1
      return
    }
    this.lastAtMs = Math.max(this.lastAtMs, outcome.atMs)
    this.lastEndMs = Math.max(this.lastEndMs, outcome.atMs + outcome.durationMs)
    const isGood = this.#judge(outcome)
    this.whole.add(outcome, isGood)
    this.slices.at(outcome.atMs).add(outcome, isGood)
    this.#countTokens(outcome)
    if (outcome.failure !== undefined) this.#fail(outcome.failure)
  }

  #judge(outcome: Outcome): boolean {
    let isGood = outcome.failure === undefined
    for (const counted of this.objectives) {
      const judgement = judge(counted.objective, outcome)
      if (judgement === 'excluded') continue
      counted.total += 1
      if (judgement === 'good') counted.good += 1
      else isGood = false
    }
    return isGood
  }

  #countTokens(outcome: Outcome): void {
    const { tokens } = this
    if (outcome.promptTokens !== undefined) {
      tokens.prompt += outcome.promptTokens
      tokens.promptAsked += outcome.askedPromptTokens
    }
    if (outcome.isEstimated) {
      tokens.outputEstimated += outcome.outputTokens
      if (outcome.failure === undefined) tokens.estimatedRequests += 1
      return
    }
    tokens.output += outcome.outputTokens
    if (outcome.isStream) {
      tokens.events += outcome.gapsMs.length + 1
      tokens.eventTokens += outcome.outputTokens
    }
  }

  /** A stream's tokens came with its events, in equal parts; those of an answer in one piece at its end. */
  #credit({ atMs, durationMs, firstTokenMs, gapsMs, outputTokens }: Outcome): void {
    const isWithin = (ms: number): boolean => ms >= 0 && ms < this.#windowMs
    if (firstTokenMs === undefined) {
      if (isWithin(atMs + durationMs)) this.tokens.inWindow += outputTokens
      return
    }
    let moment = atMs + firstTokenMs
    let events = isWithin(moment) ? 1 : 0
    for (const gapMs of gapsMs) {
      moment += gapMs
      if (isWithin(moment)) events += 1
    }
    this.tokens.inWindow += (events * outputTokens) / (gapsMs.length + 1)
  }

  #fail(failure: Failure): void {
    const { code, status } = failure
    const key = `${code} ${status}`
    const known = this.errors.get(key)
    if (known === undefined) {
      this.errors.set(key, { code, status, count: 1, examples: [failure] })
      return
    }
    known.count += 1
    if (known.examples.length < MOST_EXAMPLES) known.examples.push(failure)
  }
}
