// How a question is written in PromQL: selectors, durations, numbers, patterns. It knows no objective and no rule; the
// names of metrics come from its callers.

/** `=` and `!=` compare, `=~` and `!~` match the whole value by an RE2 pattern. */
export interface Matcher {
  readonly label: string
  readonly operator: '=' | '!=' | '=~' | '!~'
  readonly value: string
}

export function equals(label: string, value: string): Matcher {
  return { label, operator: '=', value }
}

/** `weir_slo_events_total{slo="chat"}`; a metric without matchers stands alone. */
export function toSelector(metric: string, matchers: readonly Matcher[]): string {
  if (matchers.length === 0) return metric
  const conditions = matchers.map(({ label, operator, value }) => `${label}${operator}${toText(value)}`)
  return `${metric}{${conditions.join(',')}}`
}

/** A text in double quotes. What JSON escapes, PromQL reads the same way. */
export function toText(value: string): string {
  return JSON.stringify(value.toWellFormed())
}

const SPECIAL_IN_RE2 = /[\\.+*?()|[\]{}^$]/g

/** `qwen3*` -> a matcher for everything that begins so; a name without `*` is compared, which is cheaper. */
export function toGlobMatcher(label: string, glob: string): Matcher {
  if (!glob.includes('*')) return equals(label, glob)
  const parts = glob.split('*').map((part) => part.replaceAll(SPECIAL_IN_RE2, '\\$&'))
  return { label, operator: '=~', value: parts.join('.*') }
}

const MINUTES_PER_UNIT = [
  ['d', 1_440],
  ['h', 60],
  ['m', 1],
] as const

/** Whole minutes in the largest unit that holds them: `5m`, `6h`, `90m`, `30d`. */
export function toRange(minutes: number): string {
  const [unit, size] = MINUTES_PER_UNIT.find(([, minutesEach]) => minutes % minutesEach === 0) ?? ['m', 1]
  return `${minutes / size}${unit}`
}

/** The shortest text that is read back as the same double, as Go and PromQL write numbers. */
export function toNumber(value: number): string {
  return String(value)
}
