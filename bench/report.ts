// Turns the results of a run into a text for people and a document for programs. Pure; the figures come as they were measured.
import type { Verdict } from './budgets.ts'
import { toAdded, toCosts, toKept, toRatios, toReadersShare, toValues } from './compare.ts'
import { DIRECT } from './experiment.ts'
import type { Column } from './experiment.ts'
import { WHOLE_CHAT } from './readers/jobs.ts'
import type { ExperimentResult, RunResult } from './run.ts'
import { summarise } from './statistics.ts'
import type { Summary } from './statistics.ts'

/** What the figures depend on besides the code. */
export interface Machine {
  readonly node: string
  readonly system: string
  readonly processor: string
  readonly cores: number
  /** Whether proxies had a core of their own. */
  readonly pinned: boolean
  /** How many processes wanted to run in the minute before (getloadavg(3)): other people's work is measured too. */
  readonly loadBefore: number
}

/** Above it the proxy or the load generator has waited for a core. */
const QUIET_LOAD = 0.7
const RATIO_DIGITS = 2
const MILLIS_DIGITS = 3
const MICROS_DIGITS = 1
const PERCENT = 100
/** A budget of hundredths is not told by hundredths. */
const SHARE_DIGITS = 3

function toSpread(summary: Summary, scale: number, digits: number): string {
  const [middle, min, max] = [summary.median, summary.min, summary.max].map((value) =>
    (value * scale).toFixed(digits),
  )
  return summary.count === 1 ? `${middle}` : `${middle} (${min}–${max})`
}

/** Columns as wide as their widest cell, the first to the left, numbers to the right. */
export function toTable(rows: readonly (readonly string[])[]): string {
  const widths: number[] = []
  for (const row of rows) row.forEach((cell, at) => (widths[at] = Math.max(widths[at] ?? 0, cell.length)))
  const lines = rows.map((row) =>
    row
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join('   ')
      .trimEnd(),
  )
  return `${lines.join('\n')}\n`
}

function toComparisonCells(result: ExperimentResult, target: string): string[] {
  if (result.experiment.comparison === 'ratio') {
    const found = toRatios(result).find((ratio) => ratio.target === target)
    if (found === undefined) return ['']
    const { min, max } = found.paired
    const spread =
      found.paired.count === 1 ? '' : ` (${min.toFixed(RATIO_DIGITS)}–${max.toFixed(RATIO_DIGITS)})`
    return [`${found.ratio.toFixed(RATIO_DIGITS)}${spread}`]
  }
  const added = toAdded(result).filter((entry) => entry.target === target && entry.against === DIRECT)
  return added.map(({ difference }) => toSpread(difference, 1, MILLIS_DIGITS))
}

function toComparisonHeads(result: ExperimentResult): string[] {
  switch (result.experiment.comparison) {
    case 'ratio':
      return ['÷ floor']
    case 'added':
      return ['added p50 ms', 'added p99 ms']
    case 'none':
      return []
  }
}

function toExperimentText(result: ExperimentResult): string {
  const { columns, rounds, title } = result.experiment
  const head = ['', ...columns.map(({ label }) => label), ...toComparisonHeads(result), 'failures']
  const toCell = (rounds: ExperimentResult['targets'][number], column: Column): string =>
    toSpread(summarise(toValues(rounds, column.figure)), column.scale, column.digits)
  const rows = result.targets
    .filter(({ rounds }) => rounds.length > 0)
    .map((measured) => [
      measured.target,
      ...columns.map((column) => toCell(measured, column)),
      ...padded(toComparisonCells(result, measured.target), toComparisonHeads(result).length),
      String(toValues(measured, 'failures').reduce((sum, value) => sum + value, 0)),
    ])
  return `${title}\nmedian (min–max) of ${rounds} round${rounds === 1 ? '' : 's'}\n\n${toTable([head, ...rows])}`
}

function padded(cells: readonly string[], length: number): string[] {
  return Array.from({ length }, (_, index) => cells[index] ?? '')
}

function toCostText(result: ExperimentResult): string {
  const costs = toCosts(result)
  if (costs.length === 0) return ''
  const rows = costs.map(({ what, micros }) => [what, toSpread(micros, 1, MICROS_DIGITS)])
  return `\nWhat Weir's parts cost per request, CPU µs\n\n${toTable(rows)}`
}

/** First token: what a proxy adds over the floor, which is where proxies differ most. */
function toAgainstFloorText(result: ExperimentResult): string {
  const added = toAdded(result).filter(({ against }) => against !== DIRECT)
  if (added.length === 0 || result.experiment.name !== 'first-token') return ''
  const rows = added.map(({ target, figure, difference }) => [
    `${target} − floor, ${figure.startsWith('p50') ? 'p50' : 'p99'} ms`,
    toSpread(difference, 1, MILLIS_DIGITS),
  ])
  return `\n${toTable(rows)}`
}

/** How much of what Weir may cost more than the floor is spent on knowing what happened. */
function toShareText(result: ExperimentResult, run: RunResult): string {
  const share = toReadersShare(run.results)
  if (share === undefined || result.experiment.name !== 'readers') return ''
  const [micros, ratio] = [share.micros.toFixed(MICROS_DIGITS), share.ofFloorRatio.toFixed(RATIO_DIGITS)]
  return `\nOf a ${WHOLE_CHAT} they are ${micros} µs, ${ratio} of what the floor takes for one\n${toKeptText(run)}`
}

/** How much more a request costs for being counted, explained and kept. */
function toKeptText(run: RunResult): string {
  const kept = toKept(run.results)
  if (kept === undefined) return ''
  const share = toSpread(kept.paired, PERCENT, MICROS_DIGITS)
  return `Counting, explaining and keeping it adds ${share} % to what Weir takes for one\n`
}

export function toVerdictText(verdict: Verdict): string {
  const { name, limit, ratio, kept } = verdict
  if (ratio === undefined) return `budget ${name} <= ${limit}: not measured`
  const digits = limit < 1 ? SHARE_DIGITS : RATIO_DIGITS
  return `budget ${name} <= ${limit}: ${ratio.toFixed(digits)}, ${kept ? 'kept' : 'BROKEN'}`
}

export function toText(run: RunResult, machine: Machine): string {
  const pinned = machine.pinned
    ? 'proxies on a core of their own'
    : 'NOT PINNED: proxies share cores with the load'
  const { loadBefore } = machine
  const busy =
    loadBefore > QUIET_LOAD
      ? `BUSY: load ${loadBefore.toFixed(1)} before the start; latencies mean little\n`
      : ''
  const head = `Node ${machine.node}, ${machine.system}, ${machine.cores} × ${machine.processor}, ${pinned}\n${busy}`
  const parts = run.results.map(
    (result) =>
      toExperimentText(result) + toAgainstFloorText(result) + toCostText(result) + toShareText(result, run),
  )
  return [head, ...parts].join('\n')
}

/** Everything, each round included, so that another question can be asked of the same run. */
export function toDocument(run: RunResult, machine: Machine, verdicts: readonly Verdict[]): object {
  return {
    format: 1,
    machine,
    experiments: run.results.map((result) => ({
      name: result.experiment.name,
      title: result.experiment.title,
      targets: result.targets
        .filter(({ rounds }) => rounds.length > 0)
        .map((measured) => ({
          name: measured.target,
          medians: Object.fromEntries(
            result.experiment.columns.map(({ figure }) => [figure, summarise(toValues(measured, figure))]),
          ),
          rounds: measured.rounds,
        })),
      ratios: toRatios(result),
      added: toAdded(result),
      costs: toCosts(result),
    })),
    readersShare: toReadersShare(run.results),
    kept: toKept(run.results),
    budgets: verdicts,
    problems: run.problems,
  }
}
