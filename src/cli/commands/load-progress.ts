// How far a load test is, on standard error: a bar that is written over on a terminal, a line every few seconds elsewhere.
import type { TextStream } from '../../app/asked.ts'
import type { Clock } from '../../core/clock.ts'
import { printDuration, printRatio } from '../../core/units.ts'
import { printMix } from '../../load/mix.ts'
import type { LoadPlan } from '../../load/plan.ts'
import type { RunProgress } from '../../load/run.ts'
import { cutTo } from '../../records/read/width.ts'
import { printTook } from '../../records/read/values.ts'

export interface LoadProgress {
  readonly note: (progress: RunProgress) => void
  clear(): void
}

const TERMINAL_EVERY_MS = 200
const LINE_EVERY_MS = 5_000
const ERASE_LINE = '\r\u001b[K'
const BAR_WIDTH = 20
const DEFAULT_COLUMNS = 100

export interface ProgressOptions {
  readonly clock: Pick<Clock, 'now'>
  readonly plan: LoadPlan
  /** On a terminal only: elsewhere each step has its own line when it is over. */
  readonly isQuiet?: boolean
}

export function createLoadProgress(
  stderr: TextStream,
  { clock, plan, isQuiet = false }: ProgressOptions,
): LoadProgress {
  const isTerminal = stderr.isTTY === true
  const everyMs = isTerminal ? TERMINAL_EVERY_MS : LINE_EVERY_MS
  let nextMs = clock.now() + everyMs
  let isShown = false
  return {
    note(progress) {
      if (clock.now() < nextMs || (isQuiet && !isTerminal)) return
      nextMs = clock.now() + everyMs
      const line = printProgress(progress, plan)
      const columns = stderr.columns ?? DEFAULT_COLUMNS
      stderr.write(isTerminal ? ERASE_LINE + cutTo(line, columns - 1) : `weir: ${line}\n`)
      isShown = isTerminal
    },
    clear() {
      if (isShown) stderr.write(ERASE_LINE)
      isShown = false
    },
  }
}

export function printProgress({ tally, atMs, inFlight, isDraining }: RunProgress, plan: LoadPlan): string {
  const { whole } = tally
  const where = printWhere({ atMs, sent: whole.sent, isDraining }, plan)
  const { firstToken, duration } = whole.metrics
  const times = [
    ['first token', firstToken],
    ['duration', duration],
  ] as const
  const shown = times.flatMap(([name, histogram]) => {
    const [p50, p95] = [histogram.quantile(0.5), histogram.quantile(0.95)]
    return p50 === undefined || p95 === undefined
      ? []
      : [`${name} p50 ${printTook(p50)} p95 ${printTook(p95)}`]
  })
  return [where, `${whole.sent} done`, `${inFlight} under way`, `${whole.failed} failed`, ...shown].join('  ')
}

interface Where {
  readonly atMs: number
  readonly sent: number
  readonly isDraining: boolean
}

function printWhere({ atMs, sent, isDraining }: Where, { durationMs, requests, warmUpMs }: LoadPlan): string {
  if (atMs < 0) return `warming up, ${printSeconds(-atMs)} of ${printSeconds(warmUpMs)} left`
  if (isDraining) return 'waiting for the last answers'
  const ratio = Math.max(atMs / (durationMs ?? Infinity), sent / (requests ?? Infinity))
  const full = Math.min(BAR_WIDTH, Math.floor(ratio * BAR_WIDTH))
  const bar = `[${'='.repeat(full)}${' '.repeat(BAR_WIDTH - full)}]`
  return durationMs === undefined
    ? `${bar} ${sent}/${requests}`
    : `${bar} ${printSeconds(atMs)}/${printSeconds(durationMs)}`
}

const SECOND_MS = 1_000

function printSeconds(ms: number): string {
  return printDuration(Math.round(ms / SECOND_MS) * SECOND_MS)
}

/** `5/s (poisson), 60s after a warm-up of 10s, prompts of 200 tokens, all streamed`. */
export function printPlan(plan: LoadPlan): string {
  const { pace, durationMs, requests, warmUpMs, promptTokens, maxTokens, streamRatio, seed } = plan
  const rate =
    pace.kind === 'open'
      ? `${Number(pace.perSecond.toPrecision(3))} requests/s (${pace.arrivals})`
      : `${pace.callers} callers`
  const lengths = [
    ...(durationMs === undefined ? [] : [printDuration(durationMs)]),
    ...(requests === undefined ? [] : [`${requests} requests`]),
  ]
  return [
    `${rate} for ${lengths.join(' or ')}`,
    ...(warmUpMs === 0 ? [] : [`after a warm-up of ${printDuration(warmUpMs)}`]),
    `prompts of ${printMix(promptTokens)} tokens`,
    ...(maxTokens === undefined ? [] : [`answers of at most ${printMix(maxTokens)}`]),
    `${printRatio(streamRatio)} streamed`,
    `seed ${seed}`,
  ].join(', ')
}
