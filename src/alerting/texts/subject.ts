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
import type { FactName, Phrases } from './phrases.ts'
import { printNumber, printShare, printSpan, printValue } from './values.ts'

/** A threshold in words a person knows: `chat-first-token spends its error budget 16.2 times too fast`. */
export function toSubject({ facts, name }: Alert, phrases: Phrases): string {
  const { subject } = phrases
  switch (facts.kind) {
    case 'burn':
      return subject.burn(facts.slo.objective, printNumber(facts.burnRate))
    case 'exhausted':
      return subject.exhausted(facts.slo.objective)
    case 'no-data':
      return subject.noData(facts.slo.objective, printSpan(facts.sinceMs, phrases))
    case 'threshold':
      return subject.threshold(
        facts.rule === '' ? name : facts.rule,
        toMeasure(facts, phrases),
        printValue(facts.value, facts.unit, phrases),
      )
    case 'backend-down':
      return subject.backendDown(facts.backend)
    case 'gateway-down':
      return subject.gatewayDown
    case 'watchdog':
      return subject.watchdog
  }
}

/** Without what comes after it in a message: since when, for whom, why. */
export function toSentence(facts: AlertFacts, phrases: Phrases): string {
  const { what } = phrases
  switch (facts.kind) {
    case 'burn': {
      const { badEvents, events, longWindow, slo } = facts
      const parts = {
        bad: String(badEvents),
        events: String(events),
        window: toSpan(longWindow, phrases),
        promise: toPromise(slo, phrases),
      }
      return what.burn(parts)
    }
    case 'exhausted':
      return what.exhausted({
        promise: toPromise(facts.slo, phrases),
        window: phrases.window(facts.slo.windowText),
      })
    case 'no-data':
      return what.noData(toPromise(facts.slo, phrases))
    case 'threshold':
      return what.threshold({
        measure: toMeasure(facts, phrases),
        value: printValue(facts.value, facts.unit, phrases),
        threshold: printValue(facts.threshold, facts.unit, phrases),
        duration: facts.forMs === 0 ? undefined : printSpan(facts.forMs, phrases),
      })
    case 'backend-down':
      return what.backendDown(facts.backend, facts.reason, toModels(facts, phrases))
    case 'gateway-down':
      return what.gatewayDown
    case 'watchdog':
      return what.watchdog(facts.broken)
  }
}

function toPromise({ about, promise, targetRatio }: ObjectiveFacts, phrases: Phrases): string {
  const what = inWords(about, phrases.promises, phrases)
  return what === undefined ? promise : phrases.promised(printShare(targetRatio, phrases), what)
}

function toMeasure(
  { about, measure }: Extract<AlertFacts, { readonly kind: 'threshold' }>,
  phrases: Phrases,
): string {
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

const SCOPE_LABELS = ['model', 'tenant', 'route', 'backend'] as const

/** For whom; undefined where that stands in the sentence already, or is everybody. */
export function toScope({ labels, facts }: Alert, phrases: Phrases): string | undefined {
  if (facts.kind === 'backend-down') return undefined
  const parts = SCOPE_LABELS.flatMap((label) => {
    const value = labels[label]
    return value === undefined || value === '' ? [] : [phrases.scopePart[label](value)]
  })
  return parts.length === 0 ? undefined : phrases.scope(parts)
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
  const named = Object.hasOwn(phrases.phases, phase) ? phrases.phases[phase] : undefined
  // A whole percent is as exact as such a share is.
  const share = phrases.percent(String(Math.round(shareRatio * 100)))
  return phrases.blamedSlice({ phase: named ?? phase, backend, model, band, tenant, share, slowdown })
}

export function toFacts({ facts }: Alert, phrases: Phrases): readonly MessageFact[] {
  const row = (fact: FactName, text: string): MessageFact => ({ label: phrases.facts[fact], text })
  if (facts.kind === 'threshold') return [row('limit', printValue(facts.threshold, facts.unit, phrases))]
  if (!('slo' in facts)) return []
  const { slo } = facts
  const rows = [row('promise', toPromise(slo, phrases)), row('attained', toAttained(slo, phrases))]
  if (slo.budgetRemainingRatio !== undefined)
    rows.push(row('budget', toBudget(slo.budgetRemainingRatio, phrases)))
  if (slo.exhaustedInMs !== undefined && facts.kind === 'burn') {
    rows.push(row('exhausted', printSpan(slo.exhaustedInMs, phrases)))
  }
  if (facts.kind === 'burn') {
    const { burnRate, longWindow, shortWindow, factor } = facts
    const parts = {
      rate: printNumber(burnRate),
      long: toSpan(longWindow, phrases),
      short: toSpan(shortWindow, phrases),
      factor: printNumber(factor),
    }
    rows.push(row('rate', phrases.rate(parts)))
  }
  return rows
}

function toAttained({ attainedRatio, windowText, targetRatio }: ObjectiveFacts, phrases: Phrases): string {
  const target = printShare(targetRatio, phrases)
  return attainedRatio === undefined
    ? phrases.attainedNothing(phrases.window(windowText), target)
    : phrases.attained(printShare(attainedRatio, phrases), phrases.window(windowText), target)
}

function toBudget(remainingRatio: number, phrases: Phrases): string {
  return remainingRatio <= 0
    ? phrases.budgetSpent(printShare(-remainingRatio, phrases))
    : phrases.budgetLeft(printShare(remainingRatio, phrases))
}
