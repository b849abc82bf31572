// What one alert says: in a few words, in a sentence, and as facts in rows. Pure.
import type {
  AboutFacts,
  Alert,
  AlertFacts,
  BackendOut,
  BlamedSlice,
  ObjectiveFacts,
} from '../../core/alert.ts'
import { parseDuration } from '../../core/units.ts'
import type { MessageFact } from '../notifier.ts'
import {
  PLACE_LABELS,
  SCOPE_LABELS,
  type FactName,
  type Phrases,
  type ScopeLabel,
  type Watchdog,
} from './phrases.ts'
import { printNumber, printShare, printSpan, printValue } from './values.ts'

/** A threshold in words a person knows: `chat-first-token spends its error budget 16.2 times too fast`. */
export function toSubject({ facts, name, labels }: Alert, phrases: Phrases): string {
  const { subject } = phrases
  switch (facts.kind) {
    case 'burn':
      return subject.burn(facts.slo.objective, printNumber(facts.burnRate))
    case 'exhausted':
      return subject.exhausted(facts.slo.objective)
    case 'no-data':
      return subject.noData(facts.slo.objective)
    case 'threshold':
      return subject.threshold(
        facts.rule === '' ? name : facts.rule,
        toMeasure(facts, phrases),
        printMeasured(facts.value, facts, phrases),
      )
    case 'backend-down':
      return subject.backendDown(facts.backend)
    case 'gateway-down':
      return subject.gatewayDown
    case 'watchdog':
      return toWatchdog(subject.watchdog, labels)
  }
}

/** Without what comes after it in a message: since when, for whom, why. */
export function toSentence(
  { facts, labels }: Alert,
  phrases: Phrases,
  { isOver = false }: { readonly isOver?: boolean } = {},
): string {
  const what = isOver ? phrases.was : phrases.what
  switch (facts.kind) {
    case 'burn':
      return what.burn({
        bad: phrases.count(facts.badEvents),
        events: phrases.count(facts.events),
        window: toSpan(facts.longWindow, phrases),
        promise: toPromise(facts.slo, phrases),
      })
    case 'exhausted': {
      const { slo } = facts
      const parts = { promise: toPromise(slo, phrases), window: phrases.window(slo.windowText) }
      return [what.exhausted(parts), ...(isOver ? [] : [toSpending(facts, phrases)])].join(
        phrases.sentenceJoint,
      )
    }
    case 'no-data':
      return what.noData(toPromise(facts.slo, phrases))
    case 'threshold':
      return what.threshold({
        measure: toMeasure(facts, phrases),
        value: printMeasured(facts.value, facts, phrases),
        threshold: printMeasured(facts.threshold, facts, phrases),
      })
    case 'backend-down':
      return what.backendDown(facts.backend, facts.reason, toModels(facts, phrases))
    case 'gateway-down':
      return what.gatewayDown
    case 'watchdog':
      return toWatchdog(what.watchdog, labels)(facts.reason)
  }
}

/** A ticket about a spent budget hides the one that says that it burns, so it says that too. */
function toSpending(
  { spending }: Extract<AlertFacts, { readonly kind: 'exhausted' }>,
  phrases: Phrases,
): string {
  if (spending === undefined) return phrases.spending.allowed
  const { burnRate, longWindow, recentBurnRate = 0, recentWindow } = spending
  const parts = {
    times: printNumber(burnRate),
    window: toSpan(longWindow, phrases),
    recentWindow: toSpan(recentWindow, phrases),
  }
  return recentBurnRate > 1
    ? phrases.spending.ongoing({ ...parts, recentTimes: printNumber(recentBurnRate) })
    : phrases.spending.past(parts)
}

function toWatchdog<T>({ evaluation, delivery }: Watchdog<T>, { receiver }: Alert['labels']): T {
  return receiver === undefined ? evaluation : delivery(receiver)
}

type ThresholdFacts = Extract<AlertFacts, { readonly kind: 'threshold' }>

function printMeasured(value: number, { about, unit }: ThresholdFacts, phrases: Phrases): string {
  return about?.kind === 'gpuTemperature' ? `${printNumber(value)} °C` : printValue(value, unit, phrases)
}

function toPromise({ about, promise, targetRatio }: ObjectiveFacts, phrases: Phrases): string {
  const what = inWords(about, phrases.promises, phrases)
  return what === undefined ? promise : phrases.promised(printShare(targetRatio, phrases), what)
}

function toMeasure({ about, measure }: ThresholdFacts, phrases: Phrases): string {
  return inWords(about, phrases.measures, phrases) ?? measure
}

function inWords(
  about: AboutFacts | undefined,
  words: Phrases['promises'],
  phrases: Phrases,
): string | undefined {
  if (about === undefined || !Object.hasOwn(words, about.kind)) return undefined
  const { kind, thresholdMs = 0 } = about
  return words[kind]?.(printValue(thresholdMs / 1_000, 'seconds', phrases))
}

/** `1h`, as windows are written: `1 h`. */
function toSpan(text: string, phrases: Phrases): string {
  const ms = parseDuration(text)
  return ms === undefined ? text : printSpan(ms, phrases)
}

/** For whom, or where; undefined where that stands in the sentence already, or is everybody. */
export function toScope({ labels, facts }: Alert, phrases: Phrases): string | undefined {
  if (facts.kind === 'backend-down') return undefined
  const toParts = (names: readonly ScopeLabel[]): readonly string[] =>
    names.flatMap((label) => {
      const value = labels[label]
      return value === undefined || value === '' ? [] : [phrases.scopePart[label](value)]
    })
  const [whom, where] = [toParts(SCOPE_LABELS), toParts(PLACE_LABELS)]
  const sentences = [
    ...(whom.length === 0 ? [] : [phrases.scope(whom)]),
    ...(where.length === 0 ? [] : [phrases.place(where)]),
  ]
  return sentences.length === 0 ? undefined : sentences.join(phrases.sentenceJoint)
}

/** The first three say where to look; what carries less than this does not. */
const MOST_SLICES = 3
const LEAST_SHARE_RATIO = 0.05

/** Where the excess comes from; undefined where that is not known. */
export function toBlame(facts: AlertFacts, phrases: Phrases): string | undefined {
  if (!('slo' in facts)) return undefined
  const slices = facts.slo.blamed
    .toSorted((left, right) => right.shareRatio - left.shareRatio)
    .filter(({ shareRatio }, index) => index === 0 || shareRatio >= LEAST_SHARE_RATIO)
    .slice(0, MOST_SLICES)
  return slices.length === 0 ? undefined : phrases.blamed(slices.map((slice) => toSlice(slice, phrases)))
}

/** What does not answer while the promise is broken; undefined where everything does, as far as anybody knows. */
export function toUnanswered(facts: AlertFacts, phrases: Phrases): string | undefined {
  if (facts.kind !== 'burn' || facts.slo.down === undefined || facts.slo.down.length === 0) return undefined
  return phrases.unanswered(
    facts.slo.down.map((out) => ({ backend: out.backend, models: toModels(out, phrases) })),
  )
}

/** More names than this are no help to whoever is woken. */
const MOST_MODELS = 5

function toModels({ models }: BackendOut, phrases: Phrases): string | undefined {
  const shown = models.slice(0, MOST_MODELS)
  return shown.length === 0 ? undefined : phrases.models(shown, models.length - shown.length)
}

function toSlice(slice: BlamedSlice, phrases: Phrases): string {
  const { phase, backend, model, band, tenant, shareRatio } = slice
  const slowdown = slice.slowdown === undefined ? undefined : printNumber(slice.slowdown)
  const named = lookUp(phrases.phases, phase) ?? toCoded(phase, phrases)
  // A whole percent is as exact as such a share is.
  const share = phrases.percent(String(Math.round(shareRatio * 100)))
  return phrases.blamedSlice({ phase: named, backend, model, band, tenant, share, slowdown })
}

/** A code is what people search by, and words are what they understand. */
function toCoded(code: string, phrases: Phrases): string {
  const words = lookUp(phrases.codes, code)
  return words === undefined ? code : phrases.coded(words, code)
}

function lookUp(words: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(words, name) ? words[name] : undefined
}

/** Of what is over, only what is left after it: the rest was so then, and reads as if it still were. */
export function toFacts(
  { facts }: Alert,
  phrases: Phrases,
  { isOver = false }: { readonly isOver?: boolean } = {},
): readonly MessageFact[] {
  const row = (fact: FactName, text: string): MessageFact => ({ label: phrases.facts[fact], text })
  if (!('slo' in facts) || (isOver && facts.kind !== 'burn')) return []
  const { slo } = facts
  const rows = [row('attained', toAttained(slo, phrases))]
  if (slo.budgetRemainingRatio !== undefined)
    rows.push(row('budget', toBudget(slo.budgetRemainingRatio, phrases)))
  if (facts.kind !== 'burn' || isOver) return rows
  if (slo.exhaustedInMs !== undefined) {
    rows.push(row('exhausted', printSpan(slo.exhaustedInMs, phrases)))
  }
  const { burnRate, longWindow, shortWindow, factor } = facts
  const parts = {
    rate: printNumber(burnRate),
    long: toSpan(longWindow, phrases),
    short: toSpan(shortWindow, phrases),
    factor: printNumber(factor),
  }
  return [...rows, row('rate', phrases.rate(parts))]
}

function toAttained({ attainedRatio, windowText, targetRatio }: ObjectiveFacts, phrases: Phrases): string {
  const target = printShare(targetRatio, phrases)
  return attainedRatio === undefined
    ? phrases.attainedNothing(phrases.window(windowText), target)
    : phrases.attained(printShare(attainedRatio, phrases), phrases.window(windowText), target)
}

/** Less than this is no figure that says anything: `0 %`. */
const LEAST_OVER_RATIO = 0.001

function toBudget(remainingRatio: number, phrases: Phrases): string {
  if (remainingRatio > 0) return phrases.budgetLeft(printShare(remainingRatio, phrases))
  if (remainingRatio <= -1) return phrases.budgetSpentTimes(printNumber(1 - remainingRatio))
  return remainingRatio > -LEAST_OVER_RATIO
    ? phrases.budgetJustSpent
    : phrases.budgetSpent(printShare(-remainingRatio, phrases))
}

/** Since when it has been so; of silence, since it began and not since it was long enough to tell. */
export function begunAtMs({ facts, startedAtMs }: Alert): number {
  return facts.kind === 'no-data' ? startedAtMs - facts.sinceMs : startedAtMs
}
