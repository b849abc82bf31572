// A report as one table of comma-separated values (RFC 4180), a row for each fact, the same columns for all of them.
import type { Language } from '../texts/phrases.ts'
import type { ObjectiveReport, SlaReport, Span, Spent } from '../report.ts'
import { toInert } from './inert.ts'

const MINUTE_MS = 60_000

export const CSV_COLUMNS = [
  'section',
  'objective',
  'from',
  'to',
  'name',
  'good',
  'total',
  'bad',
  'excluded',
  'ratio',
  'minutes',
  'text',
] as const

type Cells = Partial<Record<(typeof CSV_COLUMNS)[number], string | number | undefined>>

/** Spreadsheets take a file without a mark for one of their own code page; where Chinese is to be read, it has one. */
const BYTE_ORDER_MARK = '\ufeff'

export function printCsv(report: SlaReport, language: Language): string {
  const rows = [
    CSV_COLUMNS.join(','),
    ...report.objectives.flatMap((objective) =>
      toRows(objective).map((cells) => CSV_COLUMNS.map((column) => printCell(cells[column])).join(',')),
    ),
  ]
  return (language === 'zh' ? BYTE_ORDER_MARK : '') + rows.map((row) => `${row}\r\n`).join('')
}

function toRows(objective: ObjectiveReport): readonly Cells[] {
  const { name, good, total, bad, excluded, budget, attainedRatio, coverage, details } = objective
  const rows: Cells[] = [
    {
      ...{ section: 'objective', ...toTimes(objective), name: objective.promise },
      ...{
        good,
        total,
        bad,
        excluded,
        ratio: attainedRatio,
        minutes: coverage.counted,
        text: objective.verdict,
      },
    },
    { section: 'budget', name: 'allowed', bad: budget.events, minutes: budget.minutes },
    { section: 'budget', name: 'spent', bad, ...toSpent(budget.spent) },
    { section: 'budget', name: 'left', ratio: budget.remainingRatio },
    ...objective.incidents.map((incident) => ({
      ...{ section: 'incident', ...toTimes(incident), ...toCounts(incident), ...toSpent(incident.spent) },
      text: incident.blamed?.text,
    })),
    { section: 'outside', bad: objective.outside.bad, ...toSpent(objective.outside.spent) },
    ...objective.worstHours.map((hour) => ({
      ...{ section: 'hour', from: printTime(hour.fromMinute), ...toCounts(hour), ...toSpent(hour.spent) },
    })),
    ...(details?.models ?? []).map((each) => ({ section: 'model', name: each.name, ...toCounts(each) })),
    ...(details?.tenants ?? []).map((each) => ({ section: 'tenant', name: each.name, ...toCounts(each) })),
    ...(details?.causes ?? []).map(({ cause, badEvents, example }) => ({
      ...{ section: 'cause', name: cause, bad: badEvents, text: example.text ?? example.id },
    })),
    ...(details?.exclusions ?? []).map(({ reason, events }) => ({
      ...{ section: 'excluded', name: reason, excluded: events },
    })),
    ...objective.maintenance.map((span) => ({
      ...{
        section: 'maintenance',
        name: span.name,
        ...toTimes(span),
        minutes: span.toMinute - span.fromMinute,
      },
    })),
    ...coverage.gaps.map((gap) => ({
      ...{ section: 'gap', name: gap.kind, ...toTimes(gap), minutes: gap.minutes },
    })),
  ]
  return rows.map((row) => ({ ...row, objective: name }))
}

function toTimes({ fromMinute, toMinute }: Span): Cells {
  return { from: printTime(fromMinute), to: printTime(toMinute) }
}

function toCounts({
  good,
  total,
  bad,
}: {
  readonly good: number
  readonly total: number
  readonly bad: number
}): Cells {
  return { good, total, bad }
}

function toSpent({ ratio, minutes }: Spent): Cells {
  return { ratio, minutes }
}

function printTime(minute: number): string {
  return new Date(minute * MINUTE_MS).toISOString()
}

/** What a spreadsheet would take for a formula (OWASP, "CSV Injection"), also in full width, stands behind an apostrophe. */
const FORMULA = /^[\s]*[=+\-@＝＋－＠]/

function printCell(value: string | number | undefined): string {
  if (value === undefined) return ''
  if (typeof value === 'number') return String(value)
  const inert = toInert(value)
  const text = FORMULA.test(inert) ? `'${inert}` : inert
  return /[",\r\n']/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
