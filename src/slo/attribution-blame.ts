// Who is to blame for what burns now, from stored records, soon enough for an alert: a sample spread over the time in question,
// and where failures are rare in it, those themselves. Little traffic is read whole.
import type { Clock } from '../core/clock.ts'
import type { Outcome } from '../core/record.ts'
import type { ExplainedOutline } from '../core/outline.ts'
import { createAttributor, type Attribution, type Attributor } from './attribution.ts'
import { createJudge } from './indicator.ts'
import type { Counted, Indicator } from './objective.ts'
import type { Usual } from './usual.ts'

export interface BlameFilter {
  readonly sinceMs: number
  readonly untilMs: number
  readonly model: string | undefined
  readonly backend: string | undefined
  readonly tenant: string | undefined
  readonly endpoint: string | undefined
  readonly slowerThanMs?: number | undefined
  readonly outcome?: Outcome | undefined
}

export interface BlameOptions {
  readonly clock: Clock
  /** Stored records, latest first, as the record store gives a page of them. */
  readonly page: (query: {
    readonly filter: BlameFilter
    readonly limit: number
  }) => Promise<{ readonly records: readonly ExplainedOutline[] }>
  /** Stands in for the healthy where there was none. */
  readonly usual?: Usual | undefined
}

/** The time in question is read in so many pieces, so that its last seconds do not stand for all of it. */
const SPANS = 24
const PER_SPAN = 400
/** Fewer bad events than this among all are looked for by themselves, so many in each piece. */
const ENOUGH_BAD = 100
const BAD_PER_SPAN = 100

const MINUTE_MS = 60_000

export type AttributeLast = (objective: Counted, lastMinutes: number) => Promise<Attribution>

export function createAttributeLast({ clock, page, usual }: BlameOptions): AttributeLast {
  return async (objective, lastMinutes) => {
    const attributor = createAttributor(objective, usual)
    const { model, backend, tenant, route } = objective.scope
    const scope = { model, backend: exact(backend), tenant: exact(tenant), endpoint: exact(route) }
    const seen = createBadRegister(objective, attributor)
    const spans = toSpans(clock.wall(), lastMinutes * MINUTE_MS)
    for (const span of spans) {
      const { records } = await page({ filter: { ...scope, ...span }, limit: PER_SPAN })
      for (const each of records) seen.add(each)
    }
    if (seen.count >= ENOUGH_BAD) return attributor.result()
    for (const wanted of badFilters(objective.indicator))
      for (const span of spans) {
        const { records } = await page({ filter: { ...scope, ...span, ...wanted }, limit: BAD_PER_SPAN })
        for (const each of records) seen.addBad(each)
      }
    return attributor.result()
  }
}

/** Patterns are matched by the objective's own judge; of all fields the store knows them of models only. */
function exact(pattern: string | undefined): string | undefined {
  return pattern?.includes('*') === true ? undefined : pattern
}

function toSpans(nowMs: number, lengthMs: number): { sinceMs: number; untilMs: number }[] {
  const stepMs = lengthMs / SPANS
  return Array.from({ length: SPANS }, (_, at) => {
    const sinceMs = Math.round(nowMs - lengthMs + at * stepMs)
    return { sinceMs, untilMs: Math.round(nowMs - lengthMs + (at + 1) * stepMs) }
  })
}

/** Knows which bad events were added, so that none is twice. */
function createBadRegister(objective: Counted, attributor: Attributor) {
  const judge = createJudge(objective)
  const ids = new Set<string>()
  return {
    get count() {
      return ids.size
    },
    add(each: ExplainedOutline) {
      if (judge(each.record) === 'bad') ids.add(each.record.id)
      attributor.add(each)
    },
    addBad(each: ExplainedOutline) {
      if (judge(each.record) === 'bad' && !ids.has(each.record.id)) this.add(each)
    },
  }
}

/** Filters that let few good events pass; none where a store cannot tell bad ones. */
export function badFilters(indicator: Indicator): readonly Pick<BlameFilter, 'slowerThanMs' | 'outcome'>[] {
  switch (indicator.kind) {
    case 'availability':
      return [{ outcome: 'backend_error' }, { outcome: 'gateway_error' }]
    case 'duration':
    case 'firstToken':
    case 'guard':
      return [{ slowerThanMs: indicator.thresholdMs }]
    case 'perToken':
    case 'interToken':
      return []
  }
}
