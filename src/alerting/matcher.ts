// What a silence, a route or an inhibition holds for: conditions on an alert, all of which must hold. Pure.
import type { Alert } from '../core/alert.ts'
import { parseGlob } from '../core/glob.ts'

/** Not labels, but asked for in the same way. */
export const ALERT_KEY = 'alert'
export const SEVERITY_KEY = 'severity'

export interface Matcher {
  /** A label, or `alert` for the name, or `severity`. */
  readonly key: string
  /** `*` stands for any run of characters. */
  readonly pattern: string
}

const KEY = /^[A-Za-z_][A-Za-z0-9_]*$/

/** `slo=chat-*`; undefined for anything else. */
export function parseMatcher(text: string): Matcher | undefined {
  const at = text.indexOf('=')
  const key = text.slice(0, Math.max(at, 0)).trim()
  const pattern = text.slice(at + 1).trim()
  return at > 0 && KEY.test(key) && pattern !== '' ? { key, pattern } : undefined
}

export function printMatcher({ key, pattern }: Matcher): string {
  return `${key}=${pattern}`
}

type Matched = Pick<Alert, 'name' | 'severity' | 'labels'>

export function valueOf(alert: Matched, key: string): string | undefined {
  if (key === ALERT_KEY) return alert.name
  if (key === SEVERITY_KEY) return alert.severity
  return Object.hasOwn(alert.labels, key) ? alert.labels[key] : undefined
}

/** A condition on a label that the alert does not have does not hold, also not for `*`. */
export function matches(alert: Matched, matchers: readonly Matcher[]): boolean {
  return matchers.every(({ key, pattern }) => {
    const value = valueOf(alert, key)
    return value !== undefined && parseGlob(pattern)(value)
  })
}
