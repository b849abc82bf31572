// Notices that there is more work than this process can do, before it collapses under it: one timer that looks at how late it
// comes and at the heap. Requests only read what it found. It refuses nothing itself.
import type { Clock } from '../../core/clock.ts'
import type { ShedReason } from '../../core/record.ts'

/** What the process is short of. */
export type Strain = Extract<ShedReason, 'loop' | 'memory'>

export interface OverloadLimits {
  /** How late a timer may come. */
  readonly maxLoopDelay: number
  /** Share of the heap limit that heap and buffers may take. */
  readonly maxHeap: number
}

export interface OverloadOptions {
  readonly clock: Clock
  /** Asked at each look: a reload may change them. */
  readonly limits: () => OverloadLimits
  /** Heap and buffers as a share of the heap limit. */
  readonly memoryRatio: () => number
  readonly onChange: (change: OverloadChange) => void
}

export interface OverloadChange {
  readonly strain: Strain
  readonly begins: boolean
  /** For people: what was measured against what. */
  readonly measured: string
}

/** Ten looks a second cost nothing that could be measured, and are soon enough for a heap that fills. */
const LOOK_EVERY_MS = 100
/** One late timer is a collection of garbage or a large page; the next one tells whether it goes on. */
const LATE_IN_A_ROW = 2
/** A second without strain, so that it does not flap. */
const CALM_IN_A_ROW = 10
/** It counts as calm again at this share of the delay, and this much of the limit below the ratio. */
const CALM_DELAY_RATIO = 0.5
const CALM_HEAP_MARGIN_RATIO = 0.1
/** Where the limit itself is hardly more than that margin. */
const CALM_HEAP_RATIO = 0.5

export class Overload {
  /** Read for every request. */
  strain: Strain | undefined = undefined
  readonly #options: OverloadOptions
  readonly #stop: () => void
  #lastMs: number
  #stalledMs = 0
  readonly #loop = new Level(LATE_IN_A_ROW)
  /** At once: the heap of a moment ago is no excuse when the next body comes. */
  readonly #memory = new Level(1)

  constructor(options: OverloadOptions) {
    this.#options = options
    this.#lastMs = options.clock.now()
    this.#stop = options.clock.every(LOOK_EVERY_MS, () => this.#look())
  }

  close(): void {
    this.#stop()
  }

  /** For how long the thread has stood still since the start, all together. */
  stalledMs(nowMs: number): number {
    return this.#stalledMs + stallOf(nowMs - this.#lastMs - LOOK_EVERY_MS)
  }

  #look(): void {
    const { clock, limits, memoryRatio } = this.#options
    const { maxLoopDelay, maxHeap } = limits()
    const nowMs = clock.now()
    const lateMs = Math.max(0, nowMs - this.#lastMs - LOOK_EVERY_MS)
    this.#lastMs = nowMs
    this.#stalledMs += stallOf(lateMs)
    const ratio = memoryRatio()
    const calmHeap = Math.max(maxHeap - CALM_HEAP_MARGIN_RATIO, maxHeap * CALM_HEAP_RATIO)
    if (this.#loop.note({ high: lateMs > maxLoopDelay, low: lateMs <= maxLoopDelay * CALM_DELAY_RATIO }))
      this.#tell('loop', `timers come ${Math.round(lateMs)} ms late, ${maxLoopDelay} ms are allowed`)
    if (this.#memory.note({ high: ratio > maxHeap, low: ratio <= calmHeap }))
      this.#tell(
        'memory',
        `heap and buffers take ${toPercent(ratio)} of the heap limit, ${toPercent(maxHeap)} are allowed`,
      )
    this.strain = this.#memory.isHigh ? 'memory' : this.#loop.isHigh ? 'loop' : undefined
  }

  #tell(strain: Strain, measured: string): void {
    const { isHigh } = strain === 'loop' ? this.#loop : this.#memory
    this.#options.onChange({ strain, begins: isHigh, measured })
  }
}

/** Timers are always late by a little, and a thousand times a little is no stall. */
const LEAST_STALL_MS = 20

const stallOf = (lateMs: number): number => (lateMs >= LEAST_STALL_MS ? lateMs : 0)

const toPercent = (ratio: number): string => `${Math.round(ratio * 100)} %`

/** High after some looks in a row, low again after more of them: between the two it stays what it is. */
class Level {
  isHigh = false
  readonly #needed: number
  #highs = 0
  #lows = 0

  constructor(needed: number) {
    this.#needed = needed
  }

  /** Returns whether it changed. */
  note({ high, low }: { high: boolean; low: boolean }): boolean {
    this.#highs = high ? this.#highs + 1 : 0
    this.#lows = low ? this.#lows + 1 : 0
    const before = this.isHigh
    if (this.#highs >= this.#needed) this.isHigh = true
    else if (this.#lows >= CALM_IN_A_ROW) this.isHigh = false
    return this.isHigh !== before
  }
}
