// A report as headings, sentences and tables in one language: what every printed form of it shows. Pure.
import type { ObjectiveReport, SlaReport } from '../report.ts'
import { EN } from '../texts/en.ts'
import type { Language, Phrases } from '../texts/phrases.ts'
import {
  printAttained,
  printCount,
  printMinute,
  printNumber,
  printPercent,
  printSpan,
  printTarget,
} from '../texts/values.ts'
import { ZH } from '../texts/zh.ts'
import { NOTHING, heading, printShare, text, toTable, type Block, type Document } from './blocks.ts'
import { toExclusions, toKnown, toMaintenance } from './known.ts'
import { toDetailBlocks, toIncidents, toWorstHours } from './spent.ts'

const PHRASES: Readonly<Record<Language, Phrases>> = { en: EN, zh: ZH }

export function toDocument(report: SlaReport, language: Language): Document {
  const phrases = PHRASES[language]
  const [first] = report.objectives
  const zone = first?.timeZone ?? 'UTC'
  const blocks: Block[] = [
    { kind: 'heading', level: 1, text: phrases.title },
    { kind: 'text', text: phrases.written(`${printMinute(report.writtenAtMs / MINUTE_MS, zone)} ${zone}`) },
    toOverview(report, phrases),
    ...report.objectives.flatMap((objective) => toObjectiveBlocks(objective, phrases)),
  ]
  return { title: phrases.title, language: phrases.htmlLanguage, blocks }
}

const MINUTE_MS = 60_000

function toOverview({ objectives }: SlaReport, phrases: Phrases): Block {
  const { heads } = phrases
  return toTable(
    [
      { head: heads.objective },
      { head: heads.promise },
      { head: heads.attained, isNumber: true },
      { head: heads.verdict, marked: phrases.verdicts.broken },
      { head: heads.budgetSpent, isNumber: true },
      { head: heads.notCounted, isNumber: true },
    ],
    objectives.map((objective) => [
      objective.name,
      toPromise(objective, phrases),
      objective.attainedRatio === undefined ? NOTHING : printAttained(objective.attainedRatio),
      phrases.verdicts[objective.verdict],
      printShare(objective.budget.spent),
      objective.coverage.missing === 0 ? NOTHING : printSpan(objective.coverage.missing, phrases.units),
    ]),
  )
}

function toPromise({ about, targetRatio, promise }: ObjectiveReport, phrases: Phrases): string {
  return phrases.promise(about, printTarget(targetRatio), promise)
}

function toObjectiveBlocks(objective: ObjectiveReport, phrases: Phrases): readonly Block[] {
  const { name, description, fromMinute, toMinute, endMinute, timeZone } = objective
  const period = {
    from: printMinute(fromMinute, timeZone),
    to: printMinute(toMinute, timeZone),
    ...{ zone: timeZone, soFar: endMinute > toMinute },
  }
  return [
    heading(2, `${name}: ${toPromise(objective, phrases)}`),
    ...(description === undefined ? [] : [text(description)]),
    text(phrases.period(period)),
    ...toResult(objective, phrases).map(text),
    ...toIncidents(objective, phrases),
    ...toWorstHours(objective, phrases),
    ...toDetailBlocks(objective, phrases),
    ...toExclusions(objective, phrases),
    ...toMaintenance(objective, phrases),
    ...toKnown(objective, phrases),
  ]
}

function toResult(
  { attainedRatio, good, total, bad, targetRatio, budget, coverage }: ObjectiveReport,
  phrases: Phrases,
): string[] {
  if (attainedRatio === undefined)
    return [coverage.counted === 0 ? phrases.attainedUncounted : phrases.attainedNothing]
  return [
    phrases.attained({
      ratio: printAttained(attainedRatio),
      ...{ good: printCount(good), total: printCount(total), target: printTarget(targetRatio) },
    }),
    phrases.budget({
      events: printNumber(budget.events),
      time: printSpan(budget.minutes, phrases.units),
      bad: printCount(bad),
      spent: printShare(budget.spent),
      left: budget.remainingRatio === undefined ? NOTHING : printPercent(budget.remainingRatio),
    }),
  ]
}
