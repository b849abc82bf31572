// A load test as people read it: what was sent, what came of it, how fast, whether it was good, and what went wrong.
import { printObjective } from '../../load/objectives.ts'
import type { LoadPlan } from '../../load/plan.ts'
import type { Report, Summary } from '../../load/report.ts'
import type { Metric } from '../../load/slice.ts'
import type { Paint } from '../../records/read/paint.ts'
import { printCount, printShare, printTook } from '../../records/read/values.ts'
import { padEnd, padStart, toPrintable } from '../../records/read/width.ts'

const NAMES: Readonly<Record<Metric, string>> = {
  firstToken: 'first token',
  interToken: 'between tokens',
  perToken: 'per token',
  duration: 'duration',
}
const ORDER = ['firstToken', 'interToken', 'perToken', 'duration'] as const satisfies readonly Metric[]

export function printReport(report: Report, plan: LoadPlan, paint: Paint): string {
  const lines = [
    ...printHead(report, plan),
    '',
    ...printTimes(report, paint),
    ...printSpeed(report),
    ...printGood(report, paint),
    ...printErrors(report, paint),
    ...printRemarks(report, plan, paint),
  ]
  return lines.map((line) => `${line}\n`).join('')
}

function printHead(report: Report, plan: LoadPlan): readonly string[] {
  const { requests, answered, failed, windowMs, warmUpRequests, cutOff } = report
  const asked = report.askedPerSecond === undefined ? '' : ` of ${printRate(report.askedPerSecond)} asked for`
  const also = [
    ...(warmUpRequests > 0 ? [`${warmUpRequests} in the warm-up are not counted`] : []),
    ...(cutOff > 0 ? [`${cutOff} were under way when it was stopped`] : []),
  ]
  return [
    `${requests} requests in ${printTook(windowMs)}: ${answered} answered, ${failed} failed${also.map((each) => `; ${each}`).join('')}`,
    `sent ${printRate(report.sentPerSecond)}${asked}, answered ${printRate(report.answeredPerSecond)}${
      plan.pace.kind === 'closed' ? '; callers wait for their answers, so a slow server is asked less' : ''
    }`,
  ]
}

/** Three digits that matter. */
function printRate(perSecond: number): string {
  return `${Number(perSecond.toPrecision(3))}/s`
}

const COLUMNS = ['p50', 'p90', 'p95', 'p99', 'max'] as const
const NAME_WIDTH = 16
const CELL_WIDTH = 9

function toRow(name: string, cells: readonly string[]): string {
  return padEnd(name, NAME_WIDTH) + cells.map((cell) => padStart(cell, CELL_WIDTH)).join('')
}

function printTimes({ timesMs }: Report, paint: Paint): readonly string[] {
  const rows = ORDER.flatMap((metric) => {
    const summary: Summary | undefined = timesMs[metric]
    return summary === undefined
      ? []
      : [
          toRow(NAMES[metric], [
            ...COLUMNS.map((column) => printTook(summary[column])),
            printCount(summary.count),
          ]),
        ]
  })
  return rows.length === 0 ? [] : [paint(toRow('', [...COLUMNS, 'of']), 'grey'), ...rows]
}

function printSpeed({ tokensPerSecond, tokens }: Report): readonly string[] {
  const whole = `${printCount(tokens.output)} tokens came, ${printCount(Math.round(tokens.perSecond))} tokens/s in all`
  if (tokensPerSecond === undefined) return tokens.output === 0 ? [] : ['', whole]
  const { p50, p5 } = tokensPerSecond
  const round = (speed: number): number => Number(speed.toPrecision(3))
  return ['', `${whole}; an answer comes at ${round(p50)} tokens/s (median), 95 % at ${round(p5)} or more`]
}

function printGood(report: Report, paint: Paint): readonly string[] {
  const { objectives, good, requests, goodPerSecond, goodRatio } = report
  if (objectives.length === 0 || requests === 0) return []
  const width = Math.max(...objectives.map(({ name }) => name.length))
  return [
    '',
    `goodput ${printRate(goodPerSecond)}: ${good} of ${requests} requests (${printShare(goodRatio)}) kept every objective`,
    ...objectives.map((result) => {
      const { name, ratio, targetRatio } = result
      const verdict = ratio === undefined ? 'unknown' : ratio >= targetRatio ? 'met' : 'broken'
      const colour = ({ met: 'green', broken: 'red', unknown: 'yellow' } as const)[verdict]
      const share = ratio === undefined ? 'no request has such a time' : printShare(ratio)
      return `  ${padEnd(toPrintable(name), width)}  ${paint(padEnd(verdict, 'unknown'.length), colour)}  ${share}, promised ${printObjective(result)}`
    }),
  ]
}

function printErrors({ errors, requests }: Report, paint: Paint): readonly string[] {
  if (errors.length === 0) return []
  const lines = errors.flatMap(({ code, status, count, examples }) => {
    const [example] = examples
    const http = status === undefined ? 'no answer' : `HTTP ${status}`
    const id = example?.requestId === undefined ? '' : ` (${example.requestId})`
    const head = `  ${padStart(String(count), CELL_WIDTH - 2)}  ${paint(toPrintable(code), 'red')}, ${http}, ${printShare(count / requests)}`
    return example === undefined
      ? [head]
      : [head, `           ${toPrintable(example.message)}${toPrintable(id)}`]
  })
  return ['', 'failed', ...lines]
}

/** Aimed at and counted lengths differ by this much before it is worth a word. */
const MISSED_RATIO = 0.25
/** More tokens an event than this, and a gap between events is not one between tokens. */
const TOKENS_PER_EVENT = 1.5

function printRemarks(report: Report, plan: LoadPlan, paint: Paint): readonly string[] {
  const { tokens, generator, isPartial, answered } = report
  const remarks: string[] = []
  if (isPartial) remarks.push('this run was stopped early: it says less than a whole one')
  if (tokens.estimatedRequests > 0)
    remarks.push(
      `${tokens.estimatedRequests} of ${answered} answers came without the server's count of tokens: events are counted for them (estimated)`,
    )
  if (tokens.perEvent !== undefined && tokens.perEvent > TOKENS_PER_EVENT)
    remarks.push(`an event brought ${tokens.perEvent.toFixed(1)} tokens on average: gaps are between events`)
  const { prompt, promptAsked } = tokens
  if (prompt !== undefined && Math.abs(prompt / promptAsked - 1) > MISSED_RATIO)
    remarks.push(
      `prompts came to ${Number((prompt / promptAsked).toPrecision(2))} times the tokens aimed at, as this server counts`,
    )
  const doubts = generator.doubts.map((doubt) => paint(`not to be trusted: ${doubt}`, 'yellow'))
  const method = plan.pace.kind === 'open' ? ['times count from when a request was meant to leave'] : []
  return ['', ...doubts, ...[...remarks, ...method].map((remark) => paint(remark, 'grey'))]
}
