// Which alerts the silences of an Alertmanager keep quiet now. Pure: its answer in, and what holds.
import type { Labels } from './alert-routes.ts'
import { field, listAt, parseJson, textAt } from './json.ts'

export interface Silence {
  readonly id: string
  readonly endsAt: string
  readonly createdBy: string
  readonly comment: string
  readonly holds: (labels: Labels) => boolean
}

/** Of /api/v2/silences; those that are over or yet to come are left out. Undefined for what is no such list. */
export function parseSilences(text: string): readonly Silence[] | undefined {
  const list = parseJson(text)
  if (!Array.isArray(list)) return undefined
  return list
    .filter((entry) => textAt(entry, 'status', 'state') === 'active')
    .map((entry) => ({
      id: textAt(entry, 'id') ?? '',
      endsAt: textAt(entry, 'endsAt') ?? '',
      createdBy: textAt(entry, 'createdBy') ?? '',
      comment: textAt(entry, 'comment') ?? '',
      holds: (labels) => {
        const matchers = listAt(entry, 'matchers') ?? []
        return matchers.length > 0 && matchers.every((matcher) => matches(matcher, labels))
      },
    }))
}

function matches(matcher: unknown, labels: Labels): boolean {
  const actual = labels[textAt(matcher, 'name') ?? ''] ?? ''
  const value = textAt(matcher, 'value') ?? ''
  const isAlike = field(matcher, 'isRegex') === true ? isWhole(value, actual) : actual === value
  // Older ones do not know of the opposite.
  return isAlike === (field(matcher, 'isEqual') !== false)
}

function isWhole(pattern: string, text: string): boolean {
  try {
    return new RegExp(`^(?:${pattern})$`).test(text)
  } catch {
    return false
  }
}
