// Whether a backend is hung: it takes requests and brings no token. Judged from live traffic alone; given the time.
// An answer in one piece shows nothing until it is complete, so its silence proves little and is given more time.

export interface SilenceQuestion {
  readonly nowMs: number
  readonly firstTokenMs: number
  /** When the longest waiting answer in one piece was asked for; undefined when none waits. */
  readonly oldestWholeMs: number | undefined
  /** Answers in one piece that have waited for longer than a first token may take. */
  readonly wholesOverdue: number
  /** It leaves even the question for its health unanswered, several times in a row. */
  readonly isMute: boolean
}

/** Attempts in a row that ran into the first-token clock while not one token came from the backend. */
const HUNG_AFTER = 2

/** How many times as long as the longest answer seen an answer in one piece may take before it is held against the backend. */
const WHOLE_PATIENCE = 2

export class Silence {
  /** When it last brought part of a sound answer. Written for every chunk, so it is a plain field. */
  lastSignMs = -Infinity
  /** How long the longest sound answer in one piece took. */
  #longestWholeMs = 0
  #timeouts = 0
  /** When the first of them was begun. */
  #sinceMs = Infinity

  /** An attempt ran into the first-token clock. Returns whether tokens came from the backend meanwhile: then it is busy. */
  onTimeout(startedMs: number): boolean {
    if (this.lastSignMs >= startedMs) {
      this.#timeouts = 0
      return true
    }
    if (this.#timeouts === 0 || this.lastSignMs >= this.#sinceMs) {
      this.#timeouts = 0
      this.#sinceMs = startedMs
    }
    this.#timeouts += 1
    return false
  }

  onWhole(durationMs: number): void {
    this.#longestWholeMs = Math.max(durationMs, this.#longestWholeMs * WHOLE_MEMORY)
  }

  isHung(question: SilenceQuestion): boolean {
    const { nowMs, firstTokenMs, oldestWholeMs, wholesOverdue, isMute } = question
    if (this.#timeouts > 0 && this.lastSignMs >= this.#sinceMs) this.#timeouts = 0
    if (isMute) return this.#timeouts + wholesOverdue > 0 && nowMs - this.lastSignMs >= firstTokenMs
    if (this.#timeouts === 0 || this.#timeouts + wholesOverdue < HUNG_AFTER) return false
    if (oldestWholeMs === undefined) return true
    const patienceMs = WHOLE_PATIENCE * Math.max(firstTokenMs, this.#longestWholeMs)
    return nowMs - Math.max(this.lastSignMs, oldestWholeMs) >= patienceMs
  }

  /** It was judged; the next judgement needs evidence of its own. */
  forget(): void {
    this.#timeouts = 0
    this.#sinceMs = Infinity
  }
}

/** Each sound answer lets the memory of the longest fade a little: half of it is gone after some seventy. */
const WHOLE_MEMORY = 0.99
