// The series that a PromQL expression selects, each as it stands in it: enough to ask whether anything matches. Pure. It reads
// what people write in panels, with Grafana's variables; it is no parser, and finds nothing where it is not sure.

export interface Selector {
  readonly name: string
  /** With braces; empty where there is none. */
  readonly matchers: string
}

/** What stands in place of a value that a person chooses in Grafana: everything. */
const ANYTHING = '.*'

/** `=` to a variable becomes a match, since what will be chosen is not known. */
function fillVariables(expression: string): string {
  return expression
    .replaceAll(/(=|!=)\s*"(?:\$\w+|\$\{[^}]*\}|\[\[\w+\]\])"/g, `=~"${ANYTHING}"`)
    .replaceAll(/(=~|!~)\s*"[^"]*(?:\$\w+|\$\{[^}]*\}|\[\[\w+\]\])[^"]*"/g, `=~"${ANYTHING}"`)
    .replaceAll(/\$\{?\w+(?::\w+)?\}?/g, '1')
}

const WORDS = new Set([
  ...[
    'and',
    'or',
    'unless',
    'bool',
    'offset',
    'by',
    'without',
    'on',
    'ignoring',
    'group_left',
    'group_right',
    'atan2',
  ],
  ...['inf', 'nan', 'start', 'end', 'e'],
])

/** Strings first, so that nothing in them is taken for a name. */
const PARTS = /"(?:[^"\\]|\\.)*"|\{(?:[^{}"]|"(?:[^"\\]|\\.)*")*\}|\[[^\]]*\]|[A-Za-z_:][\w:]*|\S/g

export function selectorsOf(expression: string): readonly Selector[] {
  // Label names in parentheses are no series.
  const grouped = /\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g
  const parts = [...fillVariables(expression).replaceAll(grouped, ' ').matchAll(PARTS)].map(([part]) => part)
  const found = new Map<string, Selector>()
  for (const [at, part] of parts.entries()) {
    const next = parts[at + 1] ?? ''
    const isName = /^[A-Za-z_:]/.test(part) && !WORDS.has(part.toLowerCase()) && next !== '('
    // `1h` is a number and its unit.
    const isUnit = /^\d/.test(parts[at - 1] ?? '') && part.length <= 2
    if (!isName || isUnit) continue
    const matchers = next.startsWith('{') ? next : ''
    found.set(part + matchers, { name: part, matchers })
  }
  return [...found.values()]
}
