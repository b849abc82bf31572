// How far long work has come, on standard error: one line that is written over on a terminal, now and then a line elsewhere.
import type { Progress } from '../../app/sla.ts'
import type { TextStream } from '../../app/asked.ts'
import type { Clock } from '../../core/clock.ts'
import { printCount } from '../../records/read/values.ts'

export interface ProgressLine {
  readonly note: (progress: Progress) => void
  clear(): void
}

/** Nobody needs to hear of what is done at once. */
const QUIET_MS = 1_000
const TERMINAL_EVERY_MS = 200
const LINE_EVERY_MS = 10_000
const ERASE_LINE = '\r\u001b[K'

export function createProgressLine(stderr: TextStream, clock: Pick<Clock, 'now'>): ProgressLine {
  const isTerminal = stderr.isTTY === true
  const everyMs = isTerminal ? TERMINAL_EVERY_MS : LINE_EVERY_MS
  let nextMs = clock.now() + QUIET_MS
  let isShown = false
  return {
    note({ step, ratio, records }) {
      if (clock.now() < nextMs) return
      nextMs = clock.now() + everyMs
      const percent = `${Math.floor(ratio * 100)} %`
      const what =
        step === 'counts'
          ? `reading counts, ${percent}`
          : `reading records, ${percent}, ${printCount(records)}`
      stderr.write(isTerminal ? `${ERASE_LINE}weir: ${what}` : `weir: ${what}\n`)
      isShown = isTerminal
    },
    clear() {
      if (isShown) stderr.write(ERASE_LINE)
      isShown = false
    },
  }
}
