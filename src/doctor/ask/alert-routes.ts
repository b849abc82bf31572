// Walks the routes of an Alertmanager as it does itself, to find which receivers an alert reaches, and which of them have
// nowhere to go. Pure: the text of its configuration in, names out.
import { parse } from 'yaml'
import { field, labelsAt, listAt, textAt } from './json.ts'

export type Labels = Readonly<Record<string, string>>

export interface RoutingTable {
  /** The receivers that an alert with these labels reaches. */
  receiversOf(labels: Labels): readonly string[]
  /** Whether a receiver has at least one integration. */
  isConnected(receiver: string): boolean
  /** Every receiver of the configuration. */
  readonly receivers: readonly string[]
}

/** Undefined for what is no configuration of an Alertmanager. */
export function parseRoutes(text: string): RoutingTable | undefined {
  const config = parseYaml(text)
  const route = field(config, 'route')
  const receivers = listAt(config, 'receivers') ?? []
  if (typeof route !== 'object' || route === null) return undefined
  const root = textAt(route, 'receiver') ?? ''
  return {
    receivers: receivers.map((receiver) => textAt(receiver, 'name') ?? ''),
    receiversOf: (labels) => [...new Set(walk(route, root, labels))],
    isConnected: (name) =>
      receivers.some((receiver) => textAt(receiver, 'name') === name && hasIntegration(receiver)),
  }
}

function parseYaml(text: string): unknown {
  try {
    return parse(text) as unknown
  } catch {
    return undefined
  }
}

function hasIntegration(receiver: unknown): boolean {
  return Object.entries(receiver as object).some(
    ([key, value]) => key.endsWith('_configs') && Array.isArray(value) && value.length > 0,
  )
}

/** dispatch/route.go of Alertmanager: the deepest routes that match, the first of siblings unless it says `continue`. */
function walk(route: unknown, inherited: string, labels: Labels): readonly string[] {
  const receiver = textAt(route, 'receiver') ?? inherited
  const found: string[] = []
  for (const child of listAt(route, 'routes') ?? []) {
    if (!matches(child, labels)) continue
    found.push(...walk(child, receiver, labels))
    if (field(child, 'continue') !== true) break
  }
  return found.length === 0 ? [receiver] : found
}

function matches(route: unknown, labels: Labels): boolean {
  const equal = Object.entries(labelsAt(route, 'match')).every(
    ([name, value]) => (labels[name] ?? '') === value,
  )
  const alike = Object.entries(labelsAt(route, 'match_re')).every(([name, value]) =>
    isWhole(value, labels[name] ?? ''),
  )
  const matchers = (listAt(route, 'matchers') ?? []).flatMap((text) => splitMatchers(String(text)))
  return equal && alike && matchers.every((matcher) => holds(matcher, labels))
}

/** One entry may hold several: `{severity="page", team=~"a|b"}`. */
function splitMatchers(text: string): readonly string[] {
  const inner = text.trim().replace(/^\{/, '').replace(/\}$/, '')
  return [...inner.matchAll(/(?:"(?:[^"\\]|\\.)*"|[^,"])+/g)]
    .map(([part]) => part.trim())
    .filter((part) => part !== '')
}

const MATCHER = /^"?([^"=~!\s]+)"?\s*(=~|!~|!=|=)\s*(.*)$/

function holds(matcher: string, labels: Labels): boolean {
  const [, name = '', operator, written = ''] = MATCHER.exec(matcher) ?? []
  const value = written.replace(/^"(.*)"$/, '$1').replaceAll(/\\(.)/g, '$1')
  const pattern = written.replace(/^"(.*)"$/, '$1')
  const actual = labels[name] ?? ''
  switch (operator) {
    case '=':
      return actual === value
    case '!=':
      return actual !== value
    case '=~':
      return isWhole(pattern, actual)
    case '!~':
      return !isWhole(pattern, actual)
    default:
      return false
  }
}

/** Go's expressions are anchored there, and nearly those of JavaScript. */
function isWhole(pattern: string, text: string): boolean {
  try {
    return new RegExp(`^(?:${pattern})$`).test(text)
  } catch {
    return false
  }
}
