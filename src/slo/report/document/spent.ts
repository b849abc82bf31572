// What spent a budget, as a document shows it: incidents, worst hours, and what only records tell. Pure.
import type { Blamed, Breach, Details, Incident, ObjectiveReport } from '../report.ts'
import type { Phrases } from '../texts/phrases.ts'
import {
  printAttained,
  printCount,
  printMinute,
  printNumber,
  printPercent,
  printSpan,
  printUntil,
} from '../texts/values.ts'
import {
  MOST_ROWS,
  NOTHING,
  heading,
  printShare,
  text,
  toMomentColumn,
  toMore,
  toNumberColumn,
  toTable,
  type Block,
} from './blocks.ts'

export function toIncidents(
  { incidents, outside, timeZone, recordsFromMinute }: ObjectiveReport,
  phrases: Phrases,
): readonly Block[] {
  const { heads, units } = phrases
  const title = heading(3, phrases.sections.incidents)
  const rest =
    outside.spent.ratio === undefined
      ? []
      : [text(phrases.outside(printCount(outside.bad), printShare(outside.spent)))]
  if (incidents.length === 0) return [title, text(phrases.noIncidents), ...rest]
  const large = incidents.filter(({ isSmall }) => !isSmall)
  const shown = new Set(large.toSorted((left, right) => right.bad - left.bad).slice(0, MOST_ROWS))
  const rows = incidents
    .filter((incident) => shown.has(incident))
    .map(({ fromMinute, toMinute, bad, total, spent, isByHour, blamed }) => [
      printMinute(fromMinute, timeZone),
      printUntil(fromMinute, toMinute, timeZone),
      printSpan(toMinute - fromMinute, units),
      printCount(bad),
      printCount(total),
      printShare(spent),
      spent.minutes === undefined ? NOTHING : printSpan(spent.minutes, units),
      [
        ...(isByHour ? [phrases.byHour] : []),
        blamed === undefined
          ? (recordsFromMinute ?? Infinity) < toMinute
            ? phrases.noRecordFits
            : phrases.recordsGone
          : toBlame(blamed, phrases),
      ].join('; '),
    ])
  const columns = [
    ...[heads.began, heads.until].map(toMomentColumn),
    ...[heads.lasted, heads.bad, heads.requests, heads.budget, heads.asTime].map(toNumberColumn),
    { head: heads.carriedBy },
  ]
  return [
    title,
    ...(rows.length === 0 ? [] : [toTable(columns, rows)]),
    ...toMore(large.length - rows.length, phrases),
    ...toSmallOnes(
      incidents.filter(({ isSmall }) => isSmall),
      phrases,
    ),
    ...rest,
  ]
}

function toSmallOnes(small: readonly Incident[], phrases: Phrases): readonly Block[] {
  if (small.length === 0) return []
  const bad = small.reduce((sum, incident) => sum + incident.bad, 0)
  const ratio = small.reduce((sum, incident) => sum + (incident.spent.ratio ?? 0), 0)
  const parts = { count: printCount(small.length), isOne: small.length === 1, bad: printCount(bad) }
  return [text(phrases.smallOnes({ ...parts, spent: printPercent(ratio) }))]
}

function toBlame(blamed: Blamed, phrases: Phrases): string {
  return phrases.blamed(blamed) ?? NOTHING
}

export function toWorstHours({ worstHours, timeZone }: ObjectiveReport, phrases: Phrases): readonly Block[] {
  if (worstHours.length === 0) return []
  const { heads } = phrases
  const columns = [
    toMomentColumn(heads.hour),
    ...[heads.bad, heads.requests, heads.budget].map(toNumberColumn),
  ]
  const rows = worstHours.map(({ fromMinute, bad, total, spent }) => [
    printMinute(fromMinute, timeZone),
    ...[printCount(bad), printCount(total), printShare(spent)],
  ])
  return [heading(3, phrases.sections.worstHours), toTable(columns, rows)]
}

export function toDetailBlocks(objective: ObjectiveReport, phrases: Phrases): readonly Block[] {
  const { details, total, bad, about, timeZone } = objective
  const { sections, heads } = phrases
  const title = heading(3, about.kind === 'availability' ? sections.whyFailed : sections.whySlow)
  if (details === undefined) {
    const isKept = (objective.recordsFromMinute ?? Infinity) < objective.toMinute
    return bad === 0 ? [] : [title, text(isKept ? phrases.noneFits : phrases.noRecords)]
  }
  const from = printMinute(details.fromMinute, timeZone)
  const counts = { kept: printCount(details.total), counted: printCount(total), from }
  const seen = text([phrases.seen(counts), ...toSampled(details, phrases)].join(phrases.sentenceJoint))
  if (details.bad === 0) return bad === 0 ? [] : [title, seen]
  const said = phrases.blamed(details.blamed)
  const hit = [heading(3, sections.hit), ...toBreaches(heads.model, details.models, phrases)]
  const hasTenants = details.tenants.some(({ name }) => name !== undefined)
  if (hasTenants) hit.push(...toBreaches(heads.tenant, details.tenants, phrases))
  return [
    title,
    ...(said === undefined ? [] : [text(said + phrases.fullStop)]),
    toCauses(details, phrases),
    seen,
    ...hit,
  ]
}

function toSampled({ sampledRecords, bad }: Details, phrases: Phrases): readonly string[] {
  if (sampledRecords === undefined) return []
  return [phrases.sampled({ bad: printCount(bad), others: printCount(sampledRecords) })]
}

function toCauses({ causes, bad }: Details, phrases: Phrases): Block {
  const { heads } = phrases
  const columns = [
    { head: heads.cause },
    ...[heads.bad, heads.share].map(toNumberColumn),
    { head: heads.example },
  ]
  const rows = causes
    .slice(0, MOST_ROWS)
    .map(({ cause, badEvents, example }) => [
      (Object.hasOwn(phrases.causes, cause) ? phrases.causes[cause] : undefined) ?? cause,
      printCount(badEvents),
      printPercent(badEvents / bad),
      [printTook(example.durationMs), example.text, example.id]
        .filter((part) => part !== undefined)
        .join(', '),
    ])
  return toTable(columns, rows)
}

const SECOND_MS = 1_000

function printTook(ms: number): string {
  return ms < SECOND_MS ? `${Math.round(ms)} ms` : `${printNumber(ms / SECOND_MS)} s`
}

function toBreaches(head: string, breaches: readonly Breach[], phrases: Phrases): readonly Block[] {
  const { heads } = phrases
  const columns = [{ head }, ...[heads.bad, heads.requests, heads.attained].map(toNumberColumn)]
  const rows = breaches
    .slice(0, MOST_ROWS)
    .map(({ name, bad, total, good }) => [
      name ?? phrases.unnamed,
      ...[printCount(bad), printCount(total), printAttained(good / total)],
    ])
  return [toTable(columns, rows), ...toMore(breaches.length - rows.length, phrases)]
}
