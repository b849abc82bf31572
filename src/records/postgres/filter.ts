// From a filter to the condition of a query. Everything a person wrote travels as a parameter.
import type { RecordFilter } from '../store.ts'
import { toSafeText } from './rows.ts'

/** The parameters of one query, as they are named in it. */
export interface Parameters {
  readonly values: unknown[]
  /** Adds a value and answers what stands for it: `$3`. */
  readonly add: (value: unknown) => string
}

export function createParameters(): Parameters {
  const values: unknown[] = []
  return { values, add: (value) => `$${values.push(value)}` }
}

/** A condition that is always there, so that more can be added with `and`. */
export function toCondition(filter: RecordFilter, { add }: Parameters): string {
  const { sinceMs, untilMs, status, slowerThanMs, model } = filter
  const parts = [
    // Whole milliseconds, as they are kept: a comparison with a fraction would miss the index and the days.
    ...(sinceMs === undefined ? [] : [`started_ms >= ${add(toBound(sinceMs))}::bigint`]),
    ...(untilMs === undefined ? [] : [`started_ms < ${add(toBound(untilMs))}::bigint`]),
    ...(status === undefined ? [] : [`status between ${add(status.from)} and ${add(status.to)}`]),
    // A failure is looked for by an index of its own, if the planner is told that it is one.
    ...(status !== undefined && status.from >= FIRST_FAILURE ? [`status >= ${FIRST_FAILURE}`] : []),
    ...(slowerThanMs === undefined ? [] : [`duration_ms > ${add(slowerThanMs)}::double precision`]),
    ...(model === undefined ? [] : [toModelCondition(toSafeText(model), add)]),
    ...EQUAL.flatMap((name) => {
      const value = filter[name]
      return value === undefined ? [] : [`${name} = ${add(toSafeText(value))}`]
    }),
  ]
  return parts.length === 0 ? 'true' : parts.join(' and ')
}

const FIRST_FAILURE = 400
const EQUAL = ['backend', 'key', 'tenant', 'outcome', 'endpoint'] as const

function toModelCondition(model: string, add: Parameters['add']): string {
  if (!model.includes('*')) {
    const value = add(model)
    return `(model_routed = ${value} or model_asked = ${value})`
  }
  const pattern = add(toLikePattern(model))
  return `(model_routed like ${pattern} or model_asked like ${pattern})`
}

/** `*` stands for any run of characters; what means something to LIKE means itself. */
export function toLikePattern(pattern: string): string {
  return pattern.replaceAll(/[\\%_]/g, (letter) => `\\${letter}`).replaceAll(/\*+/g, '%')
}

/** Kept in 64 bits; a bound outside of them leaves out nothing, or everything. */
const MOST_MS = 2 ** 53

function toBound(ms: number): number {
  return Math.min(MOST_MS, Math.max(-MOST_MS, Math.ceil(ms)))
}
