// What is not in the count, and what is not known at all, as a document shows it. Pure.
import type { ObjectiveReport } from '../report.ts'
import type { Phrases } from '../texts/phrases.ts'
import { printCount, printMinute, printSpan, printUntil } from '../texts/values.ts'
import {
  MOST_ROWS,
  heading,
  text,
  toMomentColumn,
  toMore,
  toNumberColumn,
  toTable,
  warning,
  type Block,
} from './blocks.ts'

export function toExclusions({ excluded, details }: ObjectiveReport, phrases: Phrases): readonly Block[] {
  if (excluded === 0) return []
  const { heads } = phrases
  const rows = (details?.exclusions ?? []).map(({ reason, events }) => [
    phrases.exclusions[reason],
    printCount(events),
  ])
  const table = toTable([{ head: heads.reason }, { head: heads.requests, isNumber: true }], rows)
  return [
    heading(3, phrases.sections.excluded),
    text(phrases.excludedOf(printCount(excluded))),
    ...(rows.length === 0 ? [] : [table]),
  ]
}

export function toMaintenance(
  { maintenance, timeZone }: ObjectiveReport,
  phrases: Phrases,
): readonly Block[] {
  if (maintenance.length === 0) return []
  const { heads, units } = phrases
  const columns = [
    { head: heads.name },
    ...[heads.from, heads.until].map(toMomentColumn),
    toNumberColumn(heads.lasted),
  ]
  const rows = maintenance
    .slice(0, MOST_ROWS)
    .map(({ name, fromMinute, toMinute }) => [
      name,
      printMinute(fromMinute, timeZone),
      printUntil(fromMinute, toMinute, timeZone),
      printSpan(toMinute - fromMinute, units),
    ])
  return [
    heading(3, phrases.sections.maintenance),
    toTable(columns, rows),
    ...toMore(maintenance.length - rows.length, phrases),
  ]
}

export function toKnown({ coverage, timeZone }: ObjectiveReport, phrases: Phrases): readonly Block[] {
  const { heads, units } = phrases
  const { minutes, counted, missing, idle, gaps, hoursOnly, isRounded } = coverage
  const parts = { all: printCount(minutes), idle: idle === 0 ? undefined : printCount(idle) }
  const said =
    missing === 0
      ? phrases.coverageWhole(parts)
      : phrases.coverage({ ...parts, counted: printCount(counted), missing: printCount(missing) })
  const shown = new Set(gaps.toSorted((left, right) => right.minutes - left.minutes).slice(0, MOST_ROWS))
  const rows = gaps
    .filter((gap) => shown.has(gap))
    .map((gap) => [
      printMinute(gap.fromMinute, timeZone),
      printUntil(gap.fromMinute, gap.toMinute, timeZone),
      printSpan(gap.minutes, units),
      gap.minutes < gap.toMinute - gap.fromMinute ? phrases.gapInHour : phrases.gaps[gap.kind],
    ])
  const columns = [
    ...[heads.from, heads.until].map(toMomentColumn),
    toNumberColumn(heads.lasted),
    { head: heads.what },
  ]
  return [
    heading(3, phrases.sections.known),
    missing === 0 ? text(said) : warning(said),
    ...(rows.length === 0 ? [] : [toTable(columns, rows), text(phrases.gapNote)]),
    ...toMore(gaps.length - rows.length, phrases),
    ...(hoursOnly > 0 ? [text(phrases.hoursOnly(printCount(hoursOnly)))] : []),
    ...(isRounded ? [text(phrases.rounded)] : []),
  ]
}
