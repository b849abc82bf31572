// `concurrency: auto`: how many attempts a backend really works on at once, found out from the time to the first token.
// Never from the whole duration, which follows the length of the answer. Additive increase, multiplicative decrease.
import { judge } from '../routing/health/verdict.ts'
import { TokenBaselines } from './token-baselines.ts'
import type { Slot, SlotUse } from './slot.ts'

/** Ollama's usual `OLLAMA_NUM_PARALLEL`, and llama.cpp's `--parallel` since it has a default. */
const START_LIMIT = 4
const MIN_LIMIT = 1
/** vLLM's own default of sequences at once. */
const MAX_LIMIT = 256

/** First tokens as late as this, compared with an idle backend, leave room for one more; Netflix's Vegas calls it alpha. */
const FINE_RATIO = 1.5
/** Half of the wait is then spent in a queue that nobody sees. */
const LATE_RATIO = 2
const DECREASE_RATIO = 0.75

/** Answers that make one decision: as many as are under way, within reason. */
const MIN_WINDOW = 5
const MAX_WINDOW = 20

/** After a step that turned out to be one too many, so many good windows pass before the next; doubled each time. */
const FIRST_PAUSE_WINDOWS = 2
const MAX_PAUSE_WINDOWS = 64

/**
 * After so many full windows, one with fewer slots: what is usual may have been learnt while there was a queue already. Doubled each
 * time that nothing comes of it.
 */
const FIRST_DOUBT_WINDOWS = 4
const MAX_DOUBT_WINDOWS = 128
/** Answers that begin so much sooner with fewer at once had been waiting for each other. */
const SOONER_RATIO = 0.8
/**
 * With so many of a window is seen whether answers begin sooner than was usual before it, and not only sooner than with more slots:
 * what is usual follows within a few, so the median of the whole window would not show it.
 */
const FIRST_ANSWERS = 3

/** How late first tokens were under a limit. */
interface Finding {
  readonly limit: number
  readonly median: number
}

export class AutoLimit {
  limit = START_LIMIT
  readonly #baselines = new TokenBaselines()
  /** Answers to attempts that began before this say nothing about the limit of now. */
  #changedMs = -Infinity
  #ratios: number[] = []
  /** Of those, how many began when every slot was in use, and how many when half of them were. */
  #full = 0
  #crowded = 0
  /** The highest limit that was seen to be fine. */
  #fine: number | undefined
  #pauseWindows = FIRST_PAUSE_WINDOWS
  #pausedWindows = 0
  #doubtWindows = FIRST_DOUBT_WINDOWS
  #fullWindows = 0
  /** While fewer are tried: the limit they are compared with. */
  #doubted: Finding | undefined
  /** What was found before the first of the steps down that one doubt takes, until it is over. */
  #origin: Finding | undefined
  /** Whether one of those steps showed that what is usual had been learnt in a queue. */
  #isUsualWrong = false

  learn(slot: Slot, use: SlotUse): void {
    if (use.cold === true) return
    const verdict = judge(use)
    if (verdict === 'busy' || verdict === 'silent') {
      if (use.startedMs >= this.#changedMs) this.#decrease(use.endedMs)
      return
    }
    if (use.firstTokenMs === undefined) return
    const { company } = slot
    // Alone, or nearly so: nothing of the wait can be somebody else's, so this is what the backend needs now.
    const isQuiet = company === 1 || company * 4 <= this.limit
    const ratio = this.#baselines.compare(slot, { waitMs: use.firstTokenMs - use.startedMs, isQuiet })
    if (use.startedMs < this.#changedMs) return
    this.#ratios.push(ratio)
    if (company >= this.limit) this.#full += 1
    if (company * 2 >= this.limit) this.#crowded += 1
    const enough = Math.min(MAX_WINDOW, Math.max(MIN_WINDOW, this.limit))
    if (this.#ratios.length >= enough) this.#decide(use.endedMs)
  }

  #decide(nowMs: number): void {
    const { length } = this.#ratios
    const median = medianOf(this.#ratios)
    const firstMedian = medianOf(this.#ratios.slice(0, FIRST_ANSWERS))
    // With slots to spare the limit changed nothing, so it is neither to blame nor to be trusted.
    const isFull = this.#full * 2 >= length
    const isCrowded = this.#crowded * 2 >= length
    this.#startWindow()
    if (this.#doubted !== undefined) {
      const isSooner = isCrowded && median < this.#doubted.median * SOONER_RATIO
      if (isSooner && firstMedian < SOONER_RATIO) this.#isUsualWrong = true
      this.#resolveDoubt(this.#doubted, { isSooner, nowMs })
    } else if (median > LATE_RATIO && isCrowded) this.#decrease(nowMs)
    else if (isFull && this.#mustDoubt()) this.#doubt(median, nowMs)
    else if (median <= FINE_RATIO && isFull) this.#approve(nowMs)
  }

  #mustDoubt(): boolean {
    this.#fullWindows += 1
    const isDue = this.#origin !== undefined || this.#fullWindows >= this.#doubtWindows
    return isDue && this.limit > MIN_LIMIT
  }

  #doubt(median: number, nowMs: number): void {
    this.#doubted = { limit: this.limit, median }
    this.#origin ??= this.#doubted
    this.#fullWindows = 0
    this.#change(lowerThan(this.limit), nowMs)
  }

  #resolveDoubt(doubted: Finding, { isSooner, nowMs }: { isSooner: boolean; nowMs: number }): void {
    this.#doubted = undefined
    // There may be more of the queue: the next full window tries fewer yet.
    if (isSooner && this.limit > MIN_LIMIT) return
    const origin = this.#origin ?? doubted
    const isUsualWrong = this.#isUsualWrong
    this.#forgetDoubt()
    this.#doubtWindows = isUsualWrong
      ? FIRST_DOUBT_WINDOWS
      : Math.min(MAX_DOUBT_WINDOWS, this.#doubtWindows * 2)
    if (isUsualWrong) {
      this.#fine = undefined
      if (!isSooner) this.#change(doubted.limit, nowMs)
    } else if (origin.median <= FINE_RATIO || (origin === doubted && !isSooner))
      this.#change(origin.limit, nowMs)
    // A queue, but what is usual was right, and so is what was fine by it. To forget that would be to climb into the same queue again,
    // and to be doubted there again: a limit that goes round below the slots and never settles.
    else if (this.#fine !== undefined && this.#fine < origin.limit) this.#stepBack(this.#fine, nowMs)
    else {
      // Even what was fine is in a queue now: the next that will be fine is looked for from one less.
      this.#fine = undefined
      this.#change(origin.limit - 1, nowMs)
    }
  }

  #forgetDoubt(): void {
    this.#doubted = undefined
    this.#origin = undefined
    this.#isUsualWrong = false
  }

  #approve(nowMs: number): void {
    const isNews = this.#fine === undefined || this.limit > this.#fine
    if (isNews) {
      this.#fine = this.limit
      this.#pauseWindows = FIRST_PAUSE_WINDOWS
      this.#pausedWindows = 0
    }
    if (this.#pausedWindows > 0) {
      this.#pausedWindows -= 1
      return
    }
    this.#change(Math.min(MAX_LIMIT, this.limit + 1), nowMs)
  }

  #decrease(nowMs: number): void {
    const known = this.#fine
    const lower = lowerThan(this.limit)
    this.#forgetDoubt()
    if (known !== undefined && known < this.limit) {
      this.#stepBack(Math.max(lower, known), nowMs)
      return
    }
    // What was fine is fine no longer.
    this.#fine = undefined
    this.#pausedWindows = 0
    this.#change(lower, nowMs)
  }

  /** One too many: back to what was fine, and longer before the next try. */
  #stepBack(limit: number, nowMs: number): void {
    this.#change(limit, nowMs)
    this.#pausedWindows = this.#pauseWindows
    this.#pauseWindows = Math.min(MAX_PAUSE_WINDOWS, this.#pauseWindows * 2)
  }

  #change(limit: number, nowMs: number): void {
    this.#startWindow()
    if (limit === this.limit) return
    this.limit = limit
    this.#changedMs = nowMs
  }

  #startWindow(): void {
    this.#ratios = []
    this.#full = 0
    this.#crowded = 0
  }
}

function lowerThan(limit: number): number {
  return Math.max(MIN_LIMIT, Math.floor(limit * DECREASE_RATIO))
}

function medianOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 1
}
