// What is usual: how fast each model is on each backend, learnt from records. Per process, bounded, no clock: records bring the time.
// It explains nothing itself.
import type { RecordOutline } from '../core/outline.ts'
import { BANDS, promptTokensOf, toBand } from './bands.ts'
import { StreamsLately } from './usual-lately.ts'
import { SlowMedian } from './usual-median.ts'

/** Medians of one model on one backend; each undefined while too little is known. */
export class UsualPace {
  /** Milliseconds per token after the first one. */
  readonly perToken = new SlowMedian()
  /** Milliseconds between two events of a stream whose tokens nobody counted. */
  readonly perEvent = new SlowMedian()
  /** Milliseconds per prompt token that was not cached, beyond what a prompt of a few tokens takes. */
  readonly perPromptToken = new SlowMedian()
  /** Milliseconds from being connected to the first token, without a load; over all prompts, and by their size. */
  readonly prefill = new SlowMedian()
  readonly firstToken: readonly SlowMedian[] = BANDS.map(() => new SlowMedian())
  /** Of answers that came whole without durations: milliseconds for all of it, and per token of it. */
  readonly whole = new SlowMedian()
  readonly wholePerToken = new SlowMedian()
  readonly load = new SlowMedian()
  /** Of connections that had to be made. */
  readonly connect = new SlowMedian()
  readonly promptTokens = new SlowMedian()
  readonly outputTokens = new SlowMedian()
  /** What is not usual: noted by whoever weighs records. */
  readonly lately = new StreamsLately()

  #seen = 0
  #notedMs = -Infinity

  /** Whether a record that ended then is one to learn from: the first ones all are, and then ten a second. */
  isDue(endedMs: number): boolean {
    this.#seen += 1
    const sinceMs = Math.abs(endedMs - this.#notedMs)
    if (this.#seen > LEARN_ALL_RECORDS && sinceMs < LEARN_EVERY_MS) return false
    this.#notedMs = endedMs
    return true
  }

  /** What the shortest prompts take: the network, the scheduler, one step of the model. */
  get baseMs(): number {
    return this.firstToken[0]?.value ?? 0
  }

  /** What a prompt of this size takes by its rate; undefined where no rate is known. */
  readingMs(promptTokens: number): number | undefined {
    const perTokenMs = this.perPromptToken.value
    return perTokenMs === undefined ? undefined : this.baseMs + promptTokens * perTokenMs
  }

  scale(factor: number): void {
    for (const each of Object.values(this) as readonly unknown[])
      if (each instanceof SlowMedian) each.scale(factor)
    for (const each of this.firstToken) each.scale(factor)
  }
}

/** Enough for every median to be known. */
const LEARN_ALL_RECORDS = 512
/** Ten records a second know as much of the usual as a thousand, for a hundredth of the work. */
const LEARN_EVERY_MS = 100

/** A gateway serves few models; whoever has more learns of those it used last. */
const MAX_PAIRS = 256

/** What was seen a day ago weighs half: an incident of hours moves nothing, another GPU is usual after some days. */
const HALF_LIFE_MS = 24 * 3_600_000

/** Time is taken in steps, so that most records cost no power. */
const STEP_MS = 60_000
/** The wall clock was set back by more than records overlap. */
const SET_BACK_MS = 3_600_000
const MAX_WEIGHT = 2 ** 20

/** Slower than the usual by this much: it is noted with less weight, or a slow hour after a short history would be the usual. */
const SLOW_FACTOR = 1.5
const SLOW_WEIGHT_RATIO = 0.25

/** Shorter answers and prompts measure the network and the scheduler more than the model. */
const MIN_OUTPUT_TOKENS = 8
const MIN_PROMPT_TOKENS = 512
/** A connection that was kept open takes less. */
const MIN_CONNECT_MS = 1
/** Ollama states some milliseconds of load for a model that is loaded. */
const MIN_LOAD_MS = 250

export class Usual {
  readonly #backends = new Map<string, Map<string, UsualPace>>()
  #pairs = 0
  #weight = 1
  #lastMs = -Infinity

  find(backend: string | undefined, model: string | undefined): UsualPace | undefined {
    if (backend === undefined || model === undefined) return undefined
    return this.#backends.get(backend)?.get(model)
  }

  /** Learns from a record that is over; failures teach nothing but their load. Returns whose pace it was, if it is one to learn from. */
  note(record: RecordOutline): UsualPace | undefined {
    const { backend, modelRouted: model, outcome, phases } = record
    if (outcome !== 'ok' || backend === undefined || model === undefined) return undefined
    const pace = this.#paceOf(backend, model)
    const endedMs = record.startedAtMs + record.durationMs
    const weight = this.#weightAt(endedMs)
    // Loads are rare: each is noted.
    if (phases.load >= MIN_LOAD_MS) noteSpeed(pace.load, phases.load, weight)
    if (!pace.isDue(endedMs)) return pace
    if (phases.connect >= MIN_CONNECT_MS) noteSpeed(pace.connect, phases.connect, weight)
    pace.promptTokens.note(promptTokensOf(record), weight)
    if (record.usage.outputTokens !== undefined) pace.outputTokens.note(record.usage.outputTokens, weight)
    if (!record.cold && record.firstTokenMs === undefined && record.estimated.phases)
      noteWhole(pace, record, weight)
    else if (!record.estimated.phases) noteParts(pace, record, weight)
    return pace
  }

  #paceOf(backend: string, model: string): UsualPace {
    const known = this.find(backend, model)
    if (known !== undefined) return known
    if (this.#pairs >= MAX_PAIRS) {
      // Everything anew: nobody has so many models, and whoever changes their names all the time needs no history of them.
      this.#backends.clear()
      this.#pairs = 0
    }
    const models = this.#backends.get(backend) ?? new Map<string, UsualPace>()
    this.#backends.set(backend, models)
    const pace = new UsualPace()
    models.set(model, pace)
    this.#pairs += 1
    return pace
  }

  /** What is new weighs more instead of what is old weighing less, so that nothing has to be touched as time goes by. */
  #weightAt(atMs: number): number {
    const passedMs = atMs - this.#lastMs
    if (passedMs >= STEP_MS) {
      // A pause is no reason to forget more than half.
      if (this.#lastMs !== -Infinity) this.#weight *= 2 ** (Math.min(passedMs, HALF_LIFE_MS) / HALF_LIFE_MS)
      this.#lastMs = atMs
      if (this.#weight > MAX_WEIGHT) this.#rescale()
    } else if (passedMs < -SET_BACK_MS) this.#lastMs = atMs
    return this.#weight
  }

  #rescale(): void {
    for (const models of this.#backends.values())
      for (const pace of models.values()) pace.scale(1 / this.#weight)
    this.#weight = 1
  }
}

function noteSpeed(median: SlowMedian, value: number, weight: number): void {
  const usual = median.value
  const isSlow = usual !== undefined && value > usual * SLOW_FACTOR
  median.note(value, isSlow ? weight * SLOW_WEIGHT_RATIO : weight)
}

function noteWhole(pace: UsualPace, { phases, usage }: RecordOutline, weight: number): void {
  noteSpeed(pace.whole, phases.decode, weight)
  const { outputTokens = 0 } = usage
  if (outputTokens >= MIN_OUTPUT_TOKENS) noteSpeed(pace.wholePerToken, phases.decode / outputTokens, weight)
}

function noteParts(pace: UsualPace, record: RecordOutline, weight: number): void {
  const { phases, usage, gaps } = record
  const { outputTokens = 0, cachedTokens = 0 } = usage
  if (outputTokens >= MIN_OUTPUT_TOKENS) noteSpeed(pace.perToken, phases.decode / (outputTokens - 1), weight)
  if (gaps !== undefined && gaps.count >= MIN_OUTPUT_TOKENS)
    noteSpeed(pace.perEvent, phases.decode / gaps.count, weight)
  if (!(phases.prefill > 0)) return
  const tokens = promptTokensOf(record)
  noteSpeed(pace.prefill, phases.prefill, weight)
  const band = pace.firstToken[toBand(tokens)]
  if (band !== undefined) noteSpeed(band, phases.prefill, weight)
  const read = tokens - cachedTokens
  if (read >= MIN_PROMPT_TOKENS) noteSpeed(pace.perPromptToken, (phases.prefill - pace.baseMs) / read, weight)
}

/** Some records of each hour of the day before: an incident among the latest of them is a small part of it. */
const WARM_HOURS = 24
const WARM_PER_HOUR = 200
const HOUR_MS = 3_600_000

/** Where stored records can be read from, latest first. */
export interface UsualHistory {
  readonly nowMs: number
  readonly read: (span: {
    readonly sinceMs: number
    readonly untilMs: number
    readonly limit: number
  }) => Promise<readonly { readonly record: RecordOutline }[]>
}

/** Learns what was usual before this process began, so that its first slow request is known for one. Returns of how many records. */
export async function warmUsual(usual: Usual, { nowMs, read }: UsualHistory): Promise<number> {
  let count = 0
  for (let hour = WARM_HOURS; hour > 0; hour -= 1) {
    const sinceMs = nowMs - hour * HOUR_MS
    const found = await read({ sinceMs, untilMs: sinceMs + HOUR_MS, limit: WARM_PER_HOUR })
    for (const { record } of found.toReversed()) usual.note(record)
    count += found.length
  }
  return count
}
