// What the records of a period add to its counts: who is to blame for each incident, which models and tenants were hit, why slow
// requests were slow, what was left out. Of any number of records, in little memory.
import { createAttributor, type Attributor } from '../attribution.ts'
import type { ExplainedOutline, RecordOutline } from '../../core/outline.ts'
import { toAttributionText } from '../attribution-text.ts'
import { createJudge } from '../indicator.ts'
import type { MaintainedMinutes } from '../maintenance/maintained-minutes.ts'
import type { Objective } from '../objective.ts'
import type { Usual } from '../usual.ts'
import { MINUTE_MS } from '../windows/config.ts'
import {
  EXCLUSIONS,
  type Blamed,
  type Breach,
  type Cause,
  type Details,
  type Exclusion,
  type Span,
} from './report.ts'

export interface DetailsInput {
  readonly objective: Objective
  readonly span: Span
  /** In the order of time; none lies across another. */
  readonly incidents: readonly Span[]
  readonly isMaintained: MaintainedMinutes
  readonly usual: Usual
}

/** What was counted while records were kept. */
export interface Known {
  readonly good: number
  readonly excluded: number
}

export interface Collector {
  add(explained: ExplainedOutline): void
  /** Where not each is read: one of those that were not bad, which stands for others; */
  sample(explained: ExplainedOutline): void
  /** and each that was. What is neither is left out by both. */
  addBad(explained: ExplainedOutline): void
  /** Of the records since this minute; undefined where there were none. */
  result(recordsFromMinute: number, known: Known): Details | undefined
  /** In the order of the incidents. */
  blamed(): readonly (Blamed | undefined)[]
}

export function minuteOf({ startedAtMs, durationMs }: RecordOutline): number {
  return Math.floor((startedAtMs + durationMs) / MINUTE_MS)
}

export function createCollector({
  objective,
  span,
  incidents,
  isMaintained,
  usual,
}: DetailsInput): Collector {
  const judge = createJudge(objective)
  const isFailure = objective.indicator.kind === 'availability'
  const whole = createAttributor(objective, usual)
  const each = incidents.map(() => createAttributor(objective, usual))
  const models = createTally()
  const tenants = createTally()
  const causes = createCauses(isFailure)
  const exclusions = new Map<Exclusion, number>()
  let good = 0
  let total = 0
  const incidentAt = createFinder(incidents, each)
  let sampled: number | undefined

  const note = (explained: ExplainedOutline, wants: (isBad: boolean) => boolean): void => {
    const { record } = explained
    const minute = minuteOf(record)
    if (minute < span.fromMinute || minute >= span.toMinute) return
    const judgement = judge(record)
    if (judgement === undefined) return
    const isOut = isMaintained(minute)
    if (!wants(judgement === 'bad' && !isOut)) return
    if (isOut || judgement === 'excluded') {
      const reason = isOut ? 'maintenance' : whyExcluded(record, objective)
      exclusions.set(reason, (exclusions.get(reason) ?? 0) + 1)
      return
    }
    const isGood = judgement === 'good'
    total += 1
    if (isGood) good += 1
    else causes.add(explained)
    models.add(record.modelRouted, isGood)
    tenants.add(record.tenant, isGood)
    whole.addJudged(explained, isGood)
    incidentAt(minute)?.addJudged(explained, isGood)
  }

  return {
    add: (explained) => note(explained, () => true),
    sample(explained) {
      sampled ??= 0
      note(explained, (isBad) => {
        if (!isBad) sampled = (sampled ?? 0) + 1
        return !isBad
      })
    },
    addBad: (explained) => note(explained, (isBad) => isBad),
    result(recordsFromMinute, known) {
      const isNothing = total === 0 && exclusions.size === 0
      if (isNothing) return undefined
      const bad = total - good
      const left = [...exclusions.values()].reduce((sum, events) => sum + events, 0)
      const [goodScale, leftScale] =
        sampled === undefined ? [1, 1] : [toScale(known.good, good), toScale(known.excluded, left)]
      const allGood = Math.round(good * goodScale)
      return {
        fromMinute: Math.max(span.fromMinute, recordsFromMinute),
        sampledRecords: sampled,
        ...{ good: allGood, total: allGood + bad, bad, blamed: toBlamed(whole) },
        ...{ models: models.rows(goodScale), tenants: tenants.rows(goodScale), causes: causes.rows() },
        exclusions: toExclusions(exclusions, leftScale),
      }
    },
    blamed: () =>
      each.map((attributor) => (attributor.result().badEvents === 0 ? undefined : toBlamed(attributor))),
  }
}

/** Records come in the order of their beginning, which is nearly that of their end: the next is near the last. */
function createFinder<T>(spans: readonly Span[], values: readonly T[]): (minute: number) => T | undefined {
  let at = 0
  return (minute) => {
    while (at > 0 && minute < (spans[at]?.fromMinute ?? Infinity)) at -= 1
    while (at < spans.length && minute >= (spans[at]?.toMinute ?? Infinity)) at += 1
    const span = spans[at]
    return span !== undefined && minute >= span.fromMinute ? values[at] : undefined
  }
}

function toExclusions(counts: ReadonlyMap<Exclusion, number>, scale: number): Details['exclusions'] {
  return EXCLUSIONS.flatMap((reason) => {
    const events = Math.round((counts.get(reason) ?? 0) * scale)
    return events === 0 ? [] : [{ reason, events }]
  })
}

/** For how many each of a sample stands. */
function toScale(all: number, sampled: number): number {
  return sampled === 0 ? 1 : all / sampled
}

function toBlamed(attributor: Attributor): Blamed {
  const { of, slices, badEvents } = attributor.result()
  return { of, slices, badEvents, text: toAttributionText({ of, slices }) }
}

function whyExcluded({ outcome, cold }: RecordOutline, { excludeCold, indicator }: Objective): Exclusion {
  if (excludeCold && cold) return 'cold'
  switch (outcome) {
    case 'caller_error':
      return 'caller'
    case 'rejected':
      return 'policy'
    case 'abandoned':
      return 'abandoned'
    case 'backend_error':
    case 'gateway_error':
      return 'failed'
    case 'ok':
      return indicator.kind === 'availability' ? 'cold' : 'unmeasured'
  }
}

/** Whoever has more models or tenants reads the rest as one. */
const MOST_NAMES = 2_000
const OTHERS = 'other'

function createTally() {
  const counts = new Map<string | undefined, { good: number; total: number }>()
  const take = (name: string | undefined) => {
    const count = counts.get(name) ?? { good: 0, total: 0 }
    counts.set(name, count)
    return count
  }
  return {
    add(name: string | undefined, isGood: boolean): void {
      const count = counts.get(name) ?? take(counts.size < MOST_NAMES ? name : OTHERS)
      count.total += 1
      if (isGood) count.good += 1
    },
    rows: (goodScale: number): readonly Breach[] =>
      [...counts]
        .map(([name, { good, total }]) => {
          const [bad, allGood] = [total - good, Math.round(good * goodScale)]
          return { name, good: allGood, total: allGood + bad, bad }
        })
        .toSorted((left, right) => right.bad - left.bad || right.total - left.total),
  }
}

/** Codes and causes are few. */
function createCauses(isFailure: boolean) {
  const causes = new Map<string, Cause>()
  return {
    add({ record, verdict }: ExplainedOutline): void {
      const { id, durationMs } = record
      const cause = isFailure ? (record.code ?? 'unknown') : (verdict?.cause ?? 'unknown')
      const known = causes.get(cause)
      const isLonger = known === undefined || durationMs > known.example.durationMs
      // That nothing was slow about it is no help to whoever asks why it failed.
      const text = isFailure && verdict?.cause === 'nothing' ? undefined : verdict?.text
      const example = isLonger ? { id, durationMs, text } : known.example
      causes.set(cause, { cause, badEvents: (known?.badEvents ?? 0) + 1, example })
    },
    rows: (): readonly Cause[] =>
      [...causes.values()].toSorted((left, right) => right.badEvents - left.badEvents),
  }
}
