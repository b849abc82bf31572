// `concurrency: auto`: how many attempts a backend really works on at once, found out from the time to the first token.
// Never from the whole duration, which follows the length of the answer. One is added while answers come in good time; whatever
// speaks against a limit that was fine is checked with fewer slots before it is believed. A window lasts until it is clear what it says.
import { judge } from '../routing/health/verdict.ts'
import { AnswerWindow, type Finding } from './auto-limit-window.ts'
import { LEARN, TokenBaselines } from './token-baselines.ts'
import type { Slot, SlotUse } from './slot.ts'

/** Ollama's usual `OLLAMA_NUM_PARALLEL`, and llama.cpp's `--parallel` since it has a default. */
const START_LIMIT = 4
const MIN_LIMIT = 1
/** vLLM's own default of sequences at once. */
const MAX_LIMIT = 256

/** First tokens as late as this, compared with an idle backend, leave room for one more; Netflix's Vegas calls it alpha. */
const FINE = Math.log(1.5)
/** Half of the wait is then spent in a queue that nobody sees. */
const LATE = Math.log(2)
/** Answers that begin so much sooner with fewer at once had been waiting for each other. */
const SOONER = Math.log(0.8)

const DECREASE_RATIO = 0.75
/** With so many in use nobody waits for another, if the limit is not altogether wrong. */
const QUIET_RATIO = 0.25

/** A window is looked at whenever it has so many more answers: as many as are under way, within reason. */
const MIN_LOOK = 5
const MAX_LOOK = 20
/** After so many it is as clear as it will be. */
const MAX_COUNT = 200

/** Standard errors between what is seen and what it is held against: to believe that all is well, or that it is not. */
const FINE_ERRORS = 1.5
const SURE_ERRORS = 3
/** Two means differ no more clearly when one is of more answers than so many times the other's. */
const GAIN_COUNTS = 2
/** A mean as well known as this needs no more answers. */
const CLEAR_ERROR = 0.15
const SUSPECT_ERROR = 0.1

/** After a step that turned out to be one too many, so many good windows pass before the next; doubled each time. */
const FIRST_PAUSE_WINDOWS = 2
const MAX_PAUSE_WINDOWS = 64

/**
 * After so many full windows, one with fewer slots: what is usual may have been learnt while there was a queue already. Doubled each
 * time that nothing comes of it.
 */
const FIRST_DOUBT_WINDOWS = 4
const MAX_DOUBT_WINDOWS = 128

/** Fewer are tried. */
interface Doubt {
  /** What was found before the first of the steps down. */
  readonly origin: Finding
  /** What this step is compared with. */
  readonly above: Finding
  /** Whether a step has shown that what is usual had been learnt in a queue. */
  readonly isUsualWrong: boolean
  /** So few that this shows anew what is usual. */
  readonly isQuiet: boolean
}

export class AutoLimit {
  limit = START_LIMIT
  readonly #baselines = new TokenBaselines()
  /** So many were in use at most when what is usual was learnt, and so many answers it was learnt of. */
  #usualLimit = START_LIMIT
  #usualCount = 0
  readonly #window = new AnswerWindow()
  #nextLook = MIN_LOOK
  /** Answers to attempts that began before this say nothing about the limit of now. */
  #changedMs = -Infinity
  /** The first to end after a change are the short ones: so many are passed over. */
  #passOver = 0
  /** The highest limit that was seen to be fine. */
  #fine: number | undefined
  /** The lowest that was fine when it was tried, and turned out to be one too many. */
  #tooMany: number | undefined
  #pauseWindows = FIRST_PAUSE_WINDOWS
  #pausedWindows = 0
  #doubtWindows = FIRST_DOUBT_WINDOWS
  #fullWindows = 0
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
    this.#window.add(excess, company, this.limit)
    if (this.#window.count >= this.#nextLook) this.#look(use.endedMs)
  }

  #learnBelow(company: number): number {
    if (this.#doubt !== undefined) return LEARN.hardly
    // Alone, nobody can have been waited for; nor with so few in use as when it was learnt what is usual.
    const isUsual = company === 1 || company <= Math.max(this.#usualLimit, this.limit * QUIET_RATIO)
    if (!isUsual) return LEARN.perhaps
    if (this.#usualCount < MAX_COUNT) this.#usualCount += 1
    return LEARN.usual
  }

  #look(nowMs: number): void {
    const window = this.#window
    const { limit } = this
    const doubt = this.#doubt
    this.#nextLook = window.count + lookAfter(limit)
    const found: Finding = { limit, mean: window.mean, count: window.count }
    if (doubt !== undefined) {
      if (!window.isCrowded) this.#endDoubt(doubt.origin.limit, nowMs)
      else if (doubt.isQuiet) this.#seeQuiet(doubt, found, nowMs)
      else this.#seeDoubted(doubt, found, nowMs)
      return
    }
    const clearError = this.#isSuspected ? SUSPECT_ERROR : CLEAR_ERROR
    const isClear = found.count >= MAX_COUNT || window.errorBeside() <= clearError
    const error = window.errorBeside(this.#usualCount)
    if (isClear && found.mean < SOONER - SURE_ERRORS * error) this.#resetUsual(found)
    // With slots to spare the limit changed nothing, so it is neither to blame nor to be trusted.
    else if (!window.isCrowded) this.#startWindow()
    else if (this.#fine !== undefined && limit > this.#fine) this.#seeTried(found, { error, isClear, nowMs })
    else if (found.mean > FINE + SURE_ERRORS * error || (isClear && found.mean > FINE))
      this.#suspect(found, nowMs)
    else if (isClear || found.mean < FINE - FINE_ERRORS * error) this.#seeFine(found, isClear, nowMs)
  }

  /** One more than was fine so far. */
  #seeTried(
    found: Finding,
    { error, isClear, nowMs }: { error: number; isClear: boolean; nowMs: number },
  ): void {
    const margin = isClear ? 0 : FINE_ERRORS * error
    if (found.mean > FINE + margin) this.#stepBack(this.#fine ?? found.limit, nowMs)
    else if (found.mean > FINE - margin) return
    else if (this.#window.isFull) this.#approve(nowMs)
    else this.#startWindow()
  }

  /** Of many windows one looks late by chance, and would look cured by anything: what is checked is the next one. */
  #suspect(found: Finding, nowMs: number): void {
    if (this.#isSuspected) this.#doubtAt(found, nowMs)
    else {
      this.#isSuspected = true
      this.#startWindow()
    }
  }

  #seeFine(found: Finding, isClear: boolean, nowMs: number): void {
    this.#isSuspected = false
    if (!this.#window.isFull) {
      this.#startWindow()
      return
    }
    const isDue = this.#fullWindows + 1 >= this.#doubtWindows && this.limit > MIN_LIMIT
    if (isDue && !isClear) return
    this.#fullWindows += 1
    if (isDue) this.#doubtAt(found, nowMs)
    else this.#approve(nowMs)
  }

  #approve(nowMs: number): void {
    if (this.#fine === undefined || this.limit > this.#fine) {
      this.#fine = this.limit
      this.#pausedWindows = 0
      // Where only now and then it looks fine, it is no news.
      if (this.limit !== this.#tooMany) this.#pauseWindows = FIRST_PAUSE_WINDOWS
    }
    if (this.#pausedWindows > 0) {
      this.#pausedWindows -= 1
      this.#startWindow()
      return
    }
    this.#change(Math.min(MAX_LIMIT, this.limit + 1), nowMs)
  }

  #doubtAt(found: Finding, nowMs: number): void {
    this.#fullWindows = 0
    this.#isSuspected = false
    if (found.limit === MIN_LIMIT) this.#resetUsual(found)
    else this.#tryFewer({ origin: found, above: found, isUsualWrong: false, isQuiet: false }, nowMs)
  }

  #tryFewer(doubt: Doubt, nowMs: number): void {
    this.#doubt = doubt
    const { origin, above, isQuiet } = doubt
    if (isQuiet) this.#change(quietLimit(above.limit), nowMs)
    else this.#change(above === origin ? lowerThan(above.limit) : above.limit >> 1, nowMs)
  }

  #seeDoubted(doubt: Doubt, found: Finding, nowMs: number): void {
    const gain = found.mean - doubt.above.mean
    const error = this.#window.errorBeside(doubt.above.count)
    const isOver = found.count >= Math.min(MAX_COUNT, GAIN_COUNTS * doubt.above.count)
    if (gain < SOONER - (isOver ? 0 : SURE_ERRORS) * error) this.#goOn(doubt, found, nowMs)
    else if (isOver || gain > SOONER + error) this.#stayAbove(doubt, found, nowMs)
  }

  /** Sooner with fewer: there was a queue, and there may be more of it. */
  #goOn(doubt: Doubt, found: Finding, nowMs: number): void {
    let next: Doubt = { ...doubt, above: found }
    if (found.mean < SOONER - 2 * this.#window.errorBeside(this.#usualCount)) {
      this.#resetUsual(found)
      next = { ...doubt, above: { ...found, mean: 0 }, isUsualWrong: true }
    }
    if (found.limit > MIN_LIMIT) this.#tryFewer(next, nowMs)
    else this.#settle(next, nowMs)
  }

  /** No sooner with fewer: there is no queue, or no more of it. */
  #stayAbove(doubt: Doubt, found: Finding, nowMs: number): void {
    const { above } = doubt
    if (doubt.isUsualWrong) {
      // The fewest slots tried are the nearest to nobody in the way.
      this.#resetUsual(found)
      this.#settle(doubt, nowMs)
      return
    }
    const count = above.count + found.count
    const mean = (above.mean * above.count + found.mean * found.count) / count
    const next = { ...doubt, above: { ...above, mean } }
    if (mean <= FINE) this.#settle(next, nowMs)
    else if (found.limit <= quietLimit(above.limit)) this.#seeUsual(next, found, nowMs)
    else this.#tryFewer({ ...next, isQuiet: true }, nowMs)
  }

  /** The queue ends above the last step. */
  #settle({ origin, above, isUsualWrong }: Doubt, nowMs: number): void {
    if (isUsualWrong) {
      this.#fine = undefined
      this.#doubtWindows = FIRST_DOUBT_WINDOWS
      this.#endDoubt(above.limit, nowMs)
    } else if (origin.mean <= FINE || origin.limit === above.limit) this.#endVain(origin.limit, nowMs)
    else {
      // Late, and what is usual was right: even what was fine is in a queue now.
      this.#giveUp(origin, { lateness: origin.mean, lower: above.limit }, nowMs)
    }
  }

  #seeQuiet(doubt: Doubt, found: Finding, nowMs: number): void {
    if (found.count >= MAX_COUNT || this.#window.errorBeside() <= CLEAR_ERROR)
      this.#seeUsual(doubt, found, nowMs)
  }

  /** All of it was late: either what is usual has changed, or the backend slows down little by little. */
  #seeUsual({ above }: Doubt, quiet: Finding, nowMs: number): void {
    const excess = above.mean - quiet.mean
    this.#resetUsual(quiet)
    this.#usualLimit = quiet.limit
    if (excess > FINE) this.#giveUp(above, { lateness: excess, lower: lowerThan(above.limit) }, nowMs)
    else {
      this.#fine = undefined
      this.#endDoubt(above.limit, nowMs)
    }
  }

  #giveUp(late: Finding, { lateness, lower }: { lateness: number; lower: number }, nowMs: number): void {
    this.#fine = undefined
    this.#doubt = undefined
    if (lateness > LATE) this.#change(lower, nowMs)
    else {
      this.#fine = late.limit - 1
      this.#tooMany = late.limit
      this.#stepBack(late.limit - 1, nowMs)
    }
  }

  #endVain(limit: number, nowMs: number): void {
    this.#doubtWindows = Math.min(MAX_DOUBT_WINDOWS, this.#doubtWindows * 2)
    this.#endDoubt(limit, nowMs)
  }

  #endDoubt(limit: number, nowMs: number): void {
    this.#doubt = undefined
    this.#change(limit, nowMs)
  }

  /** What was found is usual, rather than what was thought to be. */
  #resetUsual({ limit, mean, count }: Finding): void {
    this.#baselines.shift(mean)
    this.#usualLimit = Math.min(this.#usualLimit, limit)
    this.#usualCount = count
    this.#startWindow()
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
    if (limit !== this.limit) {
      this.limit = limit
      this.#changedMs = nowMs
      this.#passOver = limit
    }
    this.#startWindow()
  }

  #startWindow(): void {
    this.#window.clear()
    this.#nextLook = lookAfter(this.limit)
  }
}

function lookAfter(limit: number): number {
  return Math.min(MAX_LOOK, Math.max(MIN_LOOK, limit))
}

function lowerThan(limit: number): number {
  return Math.max(MIN_LIMIT, Math.floor(limit * DECREASE_RATIO))
}

function quietLimit(limit: number): number {
  return Math.max(MIN_LIMIT, Math.floor(limit * QUIET_RATIO))
}
