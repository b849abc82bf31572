// Turns what the schema library finds into problems in our own words: what was expected, what stands there, what to write.
import type { z } from 'zod'
import type { FieldNode } from './field-tree.ts'
import { nodeAt } from './field-tree.ts'
import type { Form } from './fields.ts'
import { LATER_KEYS } from './later.ts'
import { findNearest } from './nearest.ts'
import { isMap, printPath, printPattern, valueAt, type ConfigPath } from './path.ts'
import type { Place, Problem } from './problem.ts'

export interface IssueContext {
  readonly tree: FieldNode
  /** What was held against the schema. */
  readonly value: unknown
  /** By printed path: text with `${…}` as it stands in the file. */
  readonly written: ReadonlyMap<string, string>
  placeOf(path: ConfigPath): Place | undefined
}

const EXPECTED: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map of keys',
}

/** The sentence for an issue whose schema brings none of its own. */
export function toMessage(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${EXPECTED[issue.expected] ?? issue.expected}`
    case 'invalid_value':
      return `expected ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map(String).join(', ')}`
    case 'too_small':
      return issue.origin === 'string'
        ? 'expected text that is not empty'
        : `expected at least ${issue.minimum}`
    case 'too_big':
      return `expected at most ${issue.maximum}${issue.origin === 'string' ? ' characters' : ''}`
    default:
      return 'expected another value'
  }
}

/** One issue may be several problems: every unknown key is one of its own. */
export function toProblems(issue: z.core.$ZodIssue, context: IssueContext): readonly Problem[] {
  const path = issue.path.map((step) => (typeof step === 'number' ? step : String(step)))
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => toUnknownKey([...path, key], context))
  const value = valueAt(context.value, path)
  const params = issue.code === 'custom' ? (issue.params ?? {}) : {}
  const missing = value === undefined && issue.code !== 'custom'
  const message =
    (issue.code === 'custom' ? undefined : nodeAt(context.tree, path)?.expectation) ?? issue.message
  return [
    {
      path,
      message: missing ? `is missing: ${message}` : message,
      found: missing ? undefined : printFound(path, context),
      advice: typeof params['advice'] === 'string' ? params['advice'] : adviseOn(value, path, context),
      place: context.placeOf(path),
    },
  ]
}

function toUnknownKey(path: ConfigPath, context: IssueContext): Problem {
  const later = LATER_KEYS.get(printPattern(path))
  const place = context.placeOf(path)
  if (later !== undefined) {
    return { path, message: `this version of Weir does not have ${later} yet`, advice: 'leave it out', place }
  }
  const known = [...(nodeAt(context.tree, path.slice(0, -1))?.fields.keys() ?? [])].filter(
    (key) => !key.startsWith('$'),
  )
  const [key] = path.slice(-1)
  // The tree has the keys of all kinds of an entry: one that is known stands in the wrong kind.
  if (known.includes(String(key))) {
    const kind = valueAt(context.value, [...path.slice(0, -1), 'kind'])
    const whose = typeof kind === 'string' ? `of kind ${kind}` : 'written like this'
    return { path, message: `is not a key of an entry ${whose}`, advice: 'leave it out', place }
  }
  const [near] = findNearest(String(key), known)
  const advice = near === undefined ? `possible here: ${known.join(', ')}` : `did you mean ${near}?`
  return { path, message: 'is not a key that Weir knows', advice, place }
}

const HOST_AND_PORT = /^[A-Za-z0-9.-]+:\d{1,5}(?:\/[A-Za-z0-9/_-]*)?$/
const PORT_ALONE = /^\d{1,5}$/

function adviseOn(value: unknown, path: ConfigPath, { tree }: IssueContext): string | undefined {
  const node = nodeAt(tree, path)
  const text = typeof value === 'number' ? String(value) : value
  if (typeof text !== 'string') return undefined
  if (node?.form !== undefined) return adviseOnForm(text, node.form)
  const [near] = findNearest(text, node?.values ?? [])
  return near === undefined ? undefined : `did you mean ${near}?`
}

function adviseOnForm(text: string, form: Form): string | undefined {
  if (form === 'address' && PORT_ALONE.test(text)) return `write ":${text}"`
  return form === 'url' && HOST_AND_PORT.test(text) ? `write http://${text}` : undefined
}

const MAX_SHOWN = 60
/** The beginnings by which keys of model providers are known, in case one was written where none belongs. */
const LIKE_A_KEY = /\b(?:wk_|sk-|sk_|hf_|gsk_|bearer )/i

/** What is or may hold a secret. */
const UNPRINTED: readonly Form[] = ['secret', 'hash', 'state', 'store']

/** What stands at a path, fit for a terminal and a log. */
function printFound(path: ConfigPath, { tree, value, written }: IssueContext): string | undefined {
  const expression = written.get(printPath(path))
  if (expression !== undefined) return JSON.stringify(expression)
  const form = nodeAt(tree, path)?.form
  if (form !== undefined && UNPRINTED.includes(form)) return undefined
  const found = valueAt(value, path)
  if (Array.isArray(found)) return 'a list'
  if (isMap(found)) return 'a map'
  if (found === null) return 'nothing'
  if (typeof found !== 'string') return JSON.stringify(found)
  if (LIKE_A_KEY.test(found)) return undefined
  const shown = found.replace(/\/\/[^/@]*@/, '//…@').replace(/[?#].*$/s, (tail) => `${tail.charAt(0)}…`)
  return JSON.stringify(shown.length > MAX_SHOWN ? `${shown.slice(0, MAX_SHOWN)}…` : shown)
}
