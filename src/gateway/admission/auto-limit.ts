// `concurrency: auto`: how many attempts a backend really works on at once, found out from the time to the first token.
// Never from the whole duration, which follows the length of the answer. One is added while answers come in good time; whatever
// speaks against a limit that was fine is checked with fewer slots before it is believed. A window lasts until it is clear what it says.
import { judge } from '../routing/health/verdict.ts'
import {
  beginDoubt,
  FINE,
  lowerThan,
  MIN_LIMIT,
  QUIET_RATIO,
  resolveDoubt,
  SOONER,
  SURE_ERRORS,
  type Doubt,
  type Step,
} from './auto-limit-doubt.ts'
import { AnswerWindow, MAX_COUNT, type Finding, type Sight } from './auto-limit-window.ts'
import { LEARN, TokenBaselines } from './token-baselines.ts'
import type { Slot, SlotUse } from './slot.ts'

/** Ollama's usual `OLLAMA_NUM_PARALLEL`, and llama.cpp's `--parallel` since it has a default. */
const START_LIMIT = 4
/** vLLM's own default of sequences at once. */
const MAX_LIMIT = 256
/** Until it was too many for the first time, an eighth is added at once. */
const CLIMB_RATIO = 1 / 8

/** Alone, so many show what is usual. */
const ENOUGH_ALONE = 3

/** Standard errors between what is seen and what it is held against, to believe that all is well. */
const FINE_ERRORS = 1.5
/** A mean as well known as this needs no more answers; one that is to be held against another is known better. */
const CLEAR_ERROR = 0.15
const SUSPECT_ERROR = 0.1

/** After a step that turned out to be one too many, so many good windows pass before the next; doubled each time. */
const FIRST_PAUSE_WINDOWS = 2
const MAX_PAUSE_WINDOWS = 64

/**
 * After so many windows, one with fewer slots: what is usual may have been learnt while there was a queue already. Doubled each
 * time that nothing comes of it.
 */
const FIRST_DOUBT_WINDOWS = 4
const MAX_DOUBT_WINDOWS = 128

export class AutoLimit {
  limit = START_LIMIT
  readonly #baselines = new TokenBaselines()
  /** So many were in use at most when what is usual was learnt, and so many answers it was learnt of. */
  #usualLimit = START_LIMIT
  #usualCount = 0
  /** Of those, answers to attempts that were the only ones; counted until there are enough. */
  #aloneCount = 0
  /** Fewer were tried at least once. */
  #isUsualProven = false
  readonly #window = new AnswerWindow()
  /** Answers to attempts that began before this say nothing about the limit of now. */
  #changedMs = -Infinity
  /** The first to end after a change are the short ones: so many are passed over. */
  #passOver = 0
  /** The highest limit that was seen to be fine. */
  #fine: number | undefined
  /** The lowest that was fine when it was tried, and turned out to be one too many. */
  #tooMany: number | undefined
  /** Since it was last unknown what is fine, nothing has been too many. */
  #isClimbing = true
  #pauseWindows = FIRST_PAUSE_WINDOWS
  #pausedWindows = 0
  #doubtWindows = FIRST_DOUBT_WINDOWS
  #windows = 0
  /** The last window was late. */
  #isSuspected = false
  #doubt: Doubt | undefined

  learn(slot: Slot, use: SlotUse): void {
    if (use.cold === true) return
    const verdict = judge(use)
    if (verdict === 'busy' || verdict === 'silent') {
      if (use.startedMs >= this.#changedMs) this.#decrease(use.endedMs)
      return
    }
    if (use.firstTokenMs === undefined) return
    const { company } = slot
    const excess = this.#baselines.compare(slot, use.firstTokenMs - use.startedMs, this.#learnBelow(company))
    if (excess === undefined || use.startedMs < this.#changedMs) return
    if (this.#passOver > 0) {
      this.#passOver -= 1
      return
    }
    if (this.#window.add(excess, company, this.limit)) this.#look(use.endedMs)
  }

  #learnBelow(company: number): number {
    if (this.#doubt !== undefined) return LEARN.hardly
    if (company === 1) this.#noteAlone()
    // Alone, nobody can have been waited for; nor with so few in use as when it was learnt what is usual.
    const isUsual = company === 1 || company <= Math.max(this.#usualLimit, this.limit * QUIET_RATIO)
    if (!isUsual) return this.#aloneCount < ENOUGH_ALONE ? LEARN.perhaps : LEARN.hardly
    if (this.#usualCount < MAX_COUNT) this.#usualCount += 1
    return LEARN.usual
  }

  /** Some that came alone are worth more than many that may have waited for each other. */
  #noteAlone(): void {
    if (this.#aloneCount >= ENOUGH_ALONE) return
    this.#aloneCount += 1
    if (this.#aloneCount === ENOUGH_ALONE) this.#usualLimit = 1
  }

  #look(nowMs: number): void {
    const window = this.#window
    const clearError = this.#isSuspected ? SUSPECT_ERROR : CLEAR_ERROR
    const sight = window.see(this.limit, this.#usualCount, clearError)
    const { found, error, isClear } = sight
    if (this.#doubt !== undefined) this.#seeDoubted(this.#doubt, sight, nowMs)
    else if (isClear && found.mean < SOONER - SURE_ERRORS * error) this.#resetUsual(found)
    // With slots to spare the limit changed nothing, so it is neither to blame nor to be trusted.
    else if (!window.isCrowded) this.#startWindow()
    else if (this.#fine !== undefined && this.limit > this.#fine) this.#seeTried(this.#fine, sight, nowMs)
    else this.#seeAccepted(sight, nowMs)
  }

  /** More than was fine so far. */
  #seeTried(fine: number, { found, error, isClear }: Sight, nowMs: number): void {
    const margin = isClear ? 0 : FINE_ERRORS * error
    if (found.mean > FINE + margin) this.#stepBack(fine, nowMs)
    else if (found.mean > FINE - margin) return
    else if (this.#window.isFull) this.#approve(nowMs)
    else this.#seeAccepted({ found, error, isClear }, nowMs)
  }

  #seeAccepted({ found, error, isClear }: Sight, nowMs: number): void {
    if (found.mean > FINE + (isClear ? 0 : SURE_ERRORS * error)) {
      // Of many windows one looks late by chance, and would look cured by anything: what is checked is the next one.
      if (this.#isSuspected) this.#beginDoubt(found, nowMs)
      else this.#startWindow()
      this.#isSuspected = this.#doubt === undefined
      return
    }
    if (!isClear && found.mean > FINE - FINE_ERRORS * error) return
    const { isFull } = this.#window
    // Also with slots to spare, once: what fills half of them may be in a queue, and no more callers come to show it.
    const isDue = this.#isDoubtDue && (isFull || !this.#isUsualProven)
    if (isDue && !isClear) return
    if (isDue) this.#beginDoubt(found, nowMs)
    else if (isFull) this.#approve(nowMs)
    else {
      this.#windows += 1
      this.#startWindow()
    }
    this.#isSuspected = false
  }

  get #isDoubtDue(): boolean {
    return this.#windows >= this.#doubtWindows && this.limit > MIN_LIMIT
  }

  #approve(nowMs: number): void {
    this.#windows += 1
    if (this.#fine === undefined || this.limit > this.#fine) {
      this.#fine = this.limit
      this.#pausedWindows = 0
      // Where it only looks fine now and then, that is no news.
      if (this.limit !== this.#tooMany) this.#pauseWindows = FIRST_PAUSE_WINDOWS
    }
    if (this.#pausedWindows > 0 || this.#isDoubtDue) {
      this.#pausedWindows = Math.max(0, this.#pausedWindows - 1)
      this.#startWindow()
      return
    }
    const step = this.#isClimbing ? Math.max(1, Math.floor(this.limit * CLIMB_RATIO)) : 1
    this.#change(Math.min(MAX_LIMIT, this.limit + step), nowMs)
  }

  #beginDoubt(found: Finding, nowMs: number): void {
    this.#windows = 0
    // Alone, nobody can have been waited for: so this is usual now.
    if (found.limit === MIN_LIMIT) this.#resetUsual(found)
    else this.#follow({ next: beginDoubt(found) }, nowMs)
  }

  #seeDoubted(doubt: Doubt, { found, error, isClear }: Sight, nowMs: number): void {
    // Too few came to show anything.
    if (!this.#window.isCrowded) {
      this.#doubt = undefined
      this.#change(doubt.origin.limit, nowMs)
      return
    }
    const gainError = this.#window.errorBeside(doubt.above.count)
    const step = resolveDoubt(doubt, found, { gainError, usualError: error, isClear })
    if (step !== undefined) this.#follow(step, nowMs)
  }

  #follow({ usual, next, end }: Step, nowMs: number): void {
    if (usual !== undefined) this.#resetUsual(usual)
    this.#doubt = next
    if (next !== undefined) this.#change(next.limit, nowMs)
    if (end === undefined) return
    this.#isUsualProven = true
    if (end.outcome === 'unfounded') this.#doubtWindows = Math.min(MAX_DOUBT_WINDOWS, this.#doubtWindows * 2)
    else this.#forgetFine()
    if (end.outcome === 'usual-wrong') this.#doubtWindows = FIRST_DOUBT_WINDOWS
    if (end.outcome !== 'one-too-many') this.#change(end.limit, nowMs)
    else {
      this.#fine = end.limit
      if (this.#tooMany !== end.limit + 1) this.#pauseWindows = FIRST_PAUSE_WINDOWS
      this.#tooMany = end.limit + 1
      this.#stepBack(end.limit, nowMs)
    }
  }

  /** What was found is usual, rather than what was thought to be. */
  #resetUsual({ limit, mean, count }: Finding): void {
    this.#baselines.shift(mean)
    this.#usualLimit = Math.min(this.#usualLimit, limit)
    this.#usualCount = count
    this.#startWindow()
  }

  #forgetFine(): void {
    this.#fine = undefined
    this.#isClimbing = true
    this.#pausedWindows = 0
  }

  #decrease(nowMs: number): void {
    const known = this.#fine
    const lower = lowerThan(this.limit)
    this.#doubt = undefined
    if (known !== undefined && known < this.limit) {
      this.#stepBack(Math.max(lower, known), nowMs)
      return
    }
    // What was fine is fine no longer.
    this.#forgetFine()
    this.#change(lower, nowMs)
  }

  /** One too many: back to what was fine, and longer before the next try. */
  #stepBack(limit: number, nowMs: number): void {
    this.#isClimbing = false
    this.#change(limit, nowMs)
    this.#pausedWindows = this.#pauseWindows
    this.#pauseWindows = Math.min(MAX_PAUSE_WINDOWS, this.#pauseWindows * 2)
  }

  #change(limit: number, nowMs: number): void {
    if (limit !== this.limit) {
      this.limit = limit
      this.#changedMs = nowMs
      this.#passOver = limit
    }
    this.#startWindow()
  }

  #startWindow(): void {
    this.#window.clear(this.limit)
  }
}
