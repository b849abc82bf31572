// A comparison of load tests as people read it: what changed, by how much, and whether it is more than chance.
import type { CheckedCondition, Comparison, ComparedRow, Verdict } from '../../load/compare/compare.ts'
import type { Figure } from '../../load/compare/expression.ts'
import type { Compared } from '../../load/compare/figures.ts'
import type { Colour, Paint } from '../../records/read/paint.ts'
import { printTook } from '../../records/read/values.ts'
import { padEnd, padStart, toPrintable } from '../../records/read/width.ts'

const NAME_WIDTH = 18
const CELL_WIDTH = 10
const CHANGE_WIDTH = 20

export function printComparison(comparison: Comparison, paint: Paint): string {
  const { rows, conditions, differences, method } = comparison
  const lines = [
    ...differences.map((difference) => paint(`warning: ${toPrintable(difference)}`, 'yellow')),
    ...(differences.length === 0 ? [] : ['']),
    paint(toLine(['', 'BASE', 'NEW', 'CHANGE', '95 % INTERVAL', '']).trimEnd(), 'grey'),
    ...rows.filter(isThere).map((row) => printRow(row, paint)),
    ...(conditions.length === 0 ? [] : ['', ...conditions.map((checked) => printCondition(checked, paint))]),
    '',
    ...method.map((sentence) => paint(sentence, 'grey')),
  ]
  return lines.map((line) => `${line}\n`).join('')
}

/** A figure that one side lacks for want of answers, which a warning has said, is no row. */
function isThere({ base, fresh }: ComparedRow): boolean {
  return base !== undefined && fresh !== undefined
}

function toLine([
  name = '',
  base = '',
  fresh = '',
  change = '',
  interval = '',
  is = '',
]: readonly string[]): string {
  return [
    padEnd(name, NAME_WIDTH),
    padStart(base, CELL_WIDTH),
    padStart(fresh, CELL_WIDTH),
    padStart(change, CELL_WIDTH),
    padStart(interval, CHANGE_WIDTH),
    `  ${is}`,
  ].join('')
}

/** More of these is worse; of the rest, less is. */
function isWorse({ figure, is }: ComparedRow): boolean {
  const isHighGood = figure.kind === 'speed' || figure.kind === 'goodput'
  return is === (isHighGood ? 'down' : 'up')
}

function printRow(row: ComparedRow, paint: Paint): string {
  const { figure, base, fresh, change, interval, is } = row
  const cells = [
    nameOf(figure),
    printFigure(figure, base),
    printFigure(figure, fresh),
    printChange(figure, change),
    interval === undefined
      ? ''
      : `${printChange(figure, interval.low)} … ${printChange(figure, interval.high)}`,
  ]
  return toLine([...cells, printIs(row, is, paint)])
}

function printIs(row: ComparedRow, is: ComparedRow['is'], paint: Paint): string {
  if (is === 'unknown') return paint(toShortage(row), 'yellow')
  if (is === 'same') return 'no difference beyond chance'
  return isWorse(row) ? paint('worse', 'red') : paint('better', 'green')
}

const COLOURS: Readonly<Record<Verdict, Colour>> = {
  kept: 'green',
  broken: 'red',
  noise: 'yellow',
  unknown: 'yellow',
}
const WORDS: Readonly<Record<Verdict, string>> = {
  kept: 'ok',
  broken: 'FAILED',
  noise: 'noise',
  unknown: 'unknown',
}

function printCondition({ condition, compared, verdict }: CheckedCondition, paint: Paint): string {
  const { figure, base, fresh, change, interval } = compared
  const now = printFigure(figure, fresh)
  const moved = `${printFigure(figure, base)} -> ${now} (${printChange(figure, change)})`
  const range =
    interval === undefined
      ? ''
      : `, between ${printChange(figure, interval.low)} and ${printChange(figure, interval.high)}`
  const said: Readonly<Record<Verdict, string>> = {
    kept: condition.against === 'value' ? `it is ${now}` : moved,
    broken: condition.against === 'value' ? `it is ${now}` : `${moved}${range}`,
    noise: `${moved}, but chance alone may have done it${range}: measure longer, or several times`,
    unknown: toShortage(compared),
  }
  return `${paint(padEnd(WORDS[verdict], NAME_WIDTH / 2), COLOURS[verdict])}${toPrintable(condition.text)}: ${said[verdict]}`
}

function toShortage({ counts, needed, base, fresh }: Compared): string {
  if (base === undefined || fresh === undefined) return 'one side has no such figure'
  if (needed === undefined) return 'not known'
  return `${Math.min(...counts)} values are too few: ${needed} are needed`
}

export function nameOf(figure: Figure): string {
  const percent = 'share' in figure ? `p${Number((figure.share * 100).toPrecision(5))}` : ''
  if (figure.kind === 'time') return `${figure.metric} ${percent}`
  return figure.kind === 'speed' ? `tokens/s ${percent}` : figure.kind
}

export function printFigure(figure: Figure, value: number | undefined): string {
  if (value === undefined) return '-'
  if (figure.kind === 'time') return printTook(value)
  return figure.kind === 'speed'
    ? String(Number(value.toPrecision(3)))
    : `${Number((value * 100).toFixed(2))}%`
}

function printChange(figure: Figure, change: number | undefined): string {
  if (change === undefined) return '-'
  const percent = Number((change * 100).toFixed(1))
  const isShare = figure.kind === 'errors' || figure.kind === 'goodput'
  return `${percent > 0 ? '+' : ''}${percent}${isShare ? 'pp' : '%'}`
}
