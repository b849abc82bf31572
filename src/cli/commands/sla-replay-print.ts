// A replay as people read it: the promises side by side, then when somebody would have been told of what.
import type { ReplayedObjective, ReplayedSide, ReplayReport } from '../../app/sla.ts'
import { printDuration } from '../../core/units.ts'
import type { Paint } from '../../records/read/paint.ts'
import { printLocal } from '../../records/read/values.ts'
import { padEnd, padStart, toPrintable, displayWidth } from '../../records/read/width.ts'
import { printPercent, printRatio } from './sla-check-print.ts'

type Episode = ReplayedSide['episodes'][number]

const MINUTE_MS = 60_000
const GAP = '  '
const HEADS = ['OBJECTIVE', '', 'PROMISED', 'ATTAINED', 'BUDGET LEFT', 'PAGES', 'TICKETS', 'FOR'] as const
/** The first two are words. */
const FIRST_NUMBER = 2

export function printReplay(report: ReplayReport, paint: Paint, timeZone: string): string {
  const { fromMinute, toMinute, records, changed, present, notes } = report
  const moment = (minute: number): string => printLocal(minute * MINUTE_MS, timeZone).slice(0, -':00'.length)
  const lines = [
    `${moment(fromMinute)} to ${moment(toMinute)} (${timeZone}), ${printWhole(records)}, each through ${present === undefined ? 'these objectives' : 'both files'}.`,
    '',
    ...printTable(toRows(changed, present), paint),
    ...printTimeline(present === undefined ? 'What would have been told' : 'With the changed file', changed, {
      paint,
      moment,
    }),
    ...(present === undefined ? [] : printTimeline('With the present file', present, { paint, moment })),
    ...(notes.length === 0 ? [] : ['', ...notes.map(toPrintable)]),
  ]
  return lines.map((line) => `${line}\n`).join('')
}

function toRows(changed: ReplayedSide, present: ReplayedSide | undefined): readonly (readonly string[])[] {
  if (present === undefined) return changed.objectives.map((each) => toRow(each, '', changed))
  const names = new Set([...changed.objectives, ...present.objectives].map(({ name }) => name))
  const sides = [
    { side: changed, word: 'changed' },
    { side: present, word: 'present' },
  ]
  return [...names].flatMap((name) =>
    sides.flatMap(({ side, word }) => {
      const found = side.objectives.find((each) => each.name === name)
      return found === undefined ? [] : [toRow(found, word, side)]
    }),
  )
}

function toRow(objective: ReplayedObjective, word: string, { episodes }: ReplayedSide): readonly string[] {
  const { name, targetRatio, attainedRatio, budgetRemainingRatio } = objective
  const own = episodes.filter(({ alert }) => alert.labels['slo'] === name)
  const countOf = (severity: string): string =>
    String(own.filter(({ alert }) => alert.severity === severity).length)
  const minutes = countMinutes(own)
  return [
    toPrintable(name),
    word,
    printRatio(targetRatio),
    printRatio(attainedRatio),
    printPercent(budgetRemainingRatio),
    countOf('page'),
    countOf('ticket'),
    minutes === 0 ? '-' : printDuration(minutes * MINUTE_MS),
  ]
}

function printWhole(records: number): string {
  return records === 1 ? '1 record' : `${records.toLocaleString('en')} records`
}

/** In which anything was told: a page and its ticket at one time are one. */
function countMinutes(episodes: readonly Episode[]): number {
  let minutes = 0
  let end = -Infinity
  for (const { fromMinute, toMinute } of episodes.toSorted(
    (left, right) => left.fromMinute - right.fromMinute,
  )) {
    minutes += Math.max(0, toMinute - Math.max(fromMinute, end))
    end = Math.max(end, toMinute)
  }
  return minutes
}

function printTable(rows: readonly (readonly string[])[], paint: Paint): readonly string[] {
  const widths = HEADS.map((head, at) =>
    Math.max(head.length, ...rows.map((row) => displayWidth(row[at] ?? ''))),
  )
  const toLine = (cells: readonly string[]): string =>
    cells
      .map((cell, at) => (at < FIRST_NUMBER ? padEnd : padStart)(cell, widths[at] ?? 0))
      .join(GAP)
      .trimEnd()
  return [paint(toLine(HEADS), 'grey'), ...rows.map(toLine)]
}

function printTimeline(
  title: string,
  { episodes }: ReplayedSide,
  { paint, moment }: { readonly paint: Paint; readonly moment: (minute: number) => string },
): readonly string[] {
  if (episodes.length === 0) return ['', paint(`${title}: nobody`, 'bold')]
  return [
    '',
    paint(`${title}:`, 'bold'),
    ...episodes.map((episode) => printEpisode(episode, { paint, moment })),
  ]
}

function printEpisode(
  { alert, fromMinute, toMinute, isOpen, isInMaintenance }: Episode,
  { paint, moment }: { readonly paint: Paint; readonly moment: (minute: number) => string },
): string {
  const { name, severity, labels } = alert
  const pairs = Object.entries(labels).map(([key, value]) => `${key}=${value}`)
  const remarks = [...(isOpen ? ['and still'] : []), ...(isInMaintenance ? ['muted: maintenance'] : [])]
  const word = paint(severity.padEnd('ticket'.length), severity === 'page' ? 'red' : 'yellow')
  const what = toPrintable([name, ...pairs].join(' '))
  const tail = remarks.length === 0 ? '' : ` (${remarks.join(', ')})`
  return `${moment(fromMinute)}${GAP}${word}${GAP}${what}${GAP}for ${printDuration((toMinute - fromMinute) * MINUTE_MS)}${tail}`
}
