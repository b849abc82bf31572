// A check as people read it: a line for each objective, and below what is to be said of those that are not healthy.
import type { CheckReport, ObjectiveCheck } from '../../app/sla.ts'
import { printDuration } from '../../core/units.ts'
import type { Colour, Paint } from '../../records/read/paint.ts'
import { printLocal } from '../../records/read/values.ts'
import { cutTo, displayWidth, padEnd, padStart, toPrintable } from '../../records/read/width.ts'

type Status = ObjectiveCheck['status']

const COLOURS: Readonly<Record<Status, Colour>> = { healthy: 'green', violation: 'red', unknown: 'yellow' }
const NOTHING = '-'
const MOST_NAME = 40
const GAP = '  '

interface Column {
  readonly title: string
  readonly isNumber?: true
  readonly print: (check: ObjectiveCheck) => string
}

const COLUMNS: readonly Column[] = [
  { title: 'OBJECTIVE', print: ({ name }) => cutTo(toPrintable(name), MOST_NAME) },
  {
    title: 'STATUS',
    print: ({ status, severity }) => (severity === undefined ? status : `${status} (${severity})`),
  },
  { title: 'ATTAINED', isNumber: true, print: ({ attainedRatio }) => printRatio(attainedRatio) },
  { title: 'PROMISED', isNumber: true, print: ({ targetRatio }) => printRatio(targetRatio) },
  {
    title: 'BUDGET LEFT',
    isNumber: true,
    print: ({ budgetRemainingRatio }) => printPercent(budgetRemainingRatio),
  },
  { title: 'BURN', isNumber: true, print: printBurn },
  { title: 'BUDGET LASTS', isNumber: true, print: printExhaustion },
]

/** `before` is what was found the last time: what changed is marked. */
export function printCheck(report: CheckReport, before: CheckReport | undefined, paint: Paint): string {
  const { objectives } = report
  const rows = objectives.map((check) => COLUMNS.map(({ print }) => print(check)))
  const widths = COLUMNS.map(({ title }, at) =>
    Math.max(title.length, ...rows.map((row) => displayWidth(row[at] ?? ''))),
  )
  const head = toLine(
    COLUMNS.map(({ title }) => title),
    widths,
  ).trimEnd()
  const lines = rows.map((row, at) => paintStatus(row, widths, { check: objectives[at], paint }))
  const remarks = [...objectives.flatMap((check) => toRemarks(check)), ...toUnknown(objectives)]
  const changes = before === undefined ? [] : findChanges(report, before)
  return [
    ...(before === undefined ? [] : ['', paint(printLocal(report.checkedAtMs), 'grey')]),
    paint(head, 'grey'),
    ...lines,
    ...(remarks.length === 0 ? [] : ['', ...remarks]),
    ...changes.map((line) => paint(line, 'bold')),
  ]
    .map((line) => `${line}\n`)
    .join('')
}

function toLine(cells: readonly string[], widths: readonly number[]): string {
  const pad = (cell: string, at: number): string =>
    COLUMNS[at]?.isNumber === true ? padStart(cell, widths[at] ?? 0) : padEnd(cell, widths[at] ?? 0)
  return cells.map(pad).join(GAP)
}

const STATUS_AT = 1

function paintStatus(
  row: readonly string[],
  widths: readonly number[],
  { check, paint }: { readonly check: ObjectiveCheck | undefined; readonly paint: Paint },
): string {
  const cell = padEnd(row[STATUS_AT] ?? '', widths[STATUS_AT] ?? 0)
  const painted = check === undefined ? cell : paint(cell, COLOURS[check.status])
  const first = padEnd(row[0] ?? '', widths[0] ?? 0)
  const rest = toLine(['', '', ...row.slice(STATUS_AT + 1)], [0, 0, ...widths.slice(STATUS_AT + 1)])
  return [first, painted, rest.slice(2 * GAP.length)].join(GAP).trimEnd()
}

function toRemarks(check: ObjectiveCheck): readonly string[] {
  const { name, status, promise, window, attribution, maintenance } = check
  const during = maintenance === undefined ? [] : [`  maintenance is going on: ${maintenance}`]
  if (status === 'healthy') return during.length === 0 ? [] : [toPrintable(name), ...during]
  if (status === 'unknown') return during.length === 0 ? [] : [name, ...during].map(toPrintable)
  const lines = [
    `${name}: ${promise} is promised over ${window}, and ${printHow(check)}.`,
    attribution === undefined
      ? '  What they have in common cannot be said: no records of them are kept here.'
      : `  ${attribution}.`,
  ]
  return [...lines, ...during].map(toPrintable)
}

/** What stands in the way of one is mostly in the way of all: it is said once. */
function toUnknown(objectives: readonly ObjectiveCheck[]): readonly string[] {
  const unknown = objectives.filter(({ status }) => status === 'unknown')
  const byReason = Map.groupBy(unknown, ({ reasons }) => reasons.join('; '))
  return [...byReason].map(([reason, checks]) => {
    const names = checks.map(({ name }) => name)
    const [last = '', ...before] = names.toReversed()
    const who = before.length === 0 ? `${last} is` : `${before.toReversed().join(', ')} and ${last} are`
    return toPrintable(`${who} not known: ${reason}${reason.endsWith('?') ? '' : '.'}`)
  })
}

function printHow({ because, burn, good, total }: ObjectiveCheck): string {
  if (because === 'exhausted' || burn === undefined) {
    return `${(total ?? 0) - (good ?? 0)} of ${total} requests were bad: the budget is spent`
  }
  const { badEvents, events, over, rate, factor } = burn
  return `${badEvents} of ${events} requests were bad in the last ${over}: ${printTimes(rate)} times as fast as the budget allows, which is told from ${factor} times on`
}

function findChanges(report: CheckReport, before: CheckReport): readonly string[] {
  const known = new Map(before.objectives.map(({ name, status }) => [name, status]))
  return report.objectives.flatMap(({ name, status }) => {
    const was = known.get(name)
    return was === undefined || was === status
      ? []
      : [`changed: ${toPrintable(name)} was ${was}, and is ${status} now`]
  })
}

const PERCENT = 100
const DIGITS = 12
/** Cut, never rounded up: what is not kept must not look kept. */
const SHOWN = 1_000

export function printRatio(ratio: number | undefined): string {
  if (ratio === undefined) return NOTHING
  return `${Math.trunc(Number((ratio * PERCENT).toPrecision(DIGITS)) * SHOWN) / SHOWN} %`
}

export function printPercent(ratio: number | undefined): string {
  if (ratio === undefined) return NOTHING
  return `${(Math.floor(Number((ratio * PERCENT).toPrecision(DIGITS)) * 10) / 10).toFixed(1)} %`
}

function printTimes(rate: number | undefined): string {
  return rate === undefined ? NOTHING : String(Number(rate.toPrecision(3)))
}

function printBurn({ burn }: ObjectiveCheck): string {
  if (burn?.rate === undefined) return NOTHING
  return `${printTimes(burn.rate)}x over ${burn.over}`
}

const MINUTE_MS = 60_000

function printExhaustion({ exhaustedInMs, budgetRemainingRatio }: ObjectiveCheck): string {
  if (budgetRemainingRatio !== undefined && budgetRemainingRatio <= 0) return 'is spent'
  if (exhaustedInMs === undefined) return NOTHING
  const step = exhaustedInMs >= MINUTE_MS ? MINUTE_MS : 1_000
  return shorten(printDuration(Math.round(exhaustedInMs / step) * step))
}

/** The two largest units: nobody plans by the minutes of a month. */
function shorten(duration: string): string {
  return (duration.match(/\d+[a-z]+/g) ?? []).slice(0, 2).join(' ')
}
