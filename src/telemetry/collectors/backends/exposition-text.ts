// Reads the metrics page of somebody else: Prometheus text and OpenMetrics, of which only the families that are wanted. Pure, and
// never throws: a line that cannot be read is passed over.
// prometheus.io/docs/instrumenting/exposition_formats, openmetrics.io

export interface PageSample {
  readonly name: string
  readonly labels: ReadonlyMap<string, string>
  readonly value: number
}

const NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/y
const LABEL_NAME = /\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"/y
const LABEL_TEXT = /[^"\\]*(?:\\.[^"\\]*)*/y
const SEPARATOR = /"\s*(,?)\s*/y
/** The value; what follows (a time, an exemplar) is not read. */
const VALUE = /\s*([^\s#]+)/y

/** A longer line of a family that is wanted is none: its few labels are names of models and ranks. */
const MOST_LINE_CHARACTERS = 16_384

/** More series of the few families that are wanted are no page of a model server. */
const MOST_SAMPLES = 2_000

export function parsePage(page: string, wanted: ReadonlySet<string>): readonly PageSample[] {
  const samples: PageSample[] = []
  for (let from = 0; from < page.length && samples.length < MOST_SAMPLES;) {
    const newline = page.indexOf('\n', from)
    const to = newline === -1 ? page.length : newline
    // Most lines are of histograms that nobody wants: they are not even cut out.
    const name = page[from] === '#' ? undefined : match(NAME, page, from)?.[0]
    if (name !== undefined && wanted.has(name) && to - from <= MOST_LINE_CHARACTERS) {
      const sample = parseLine(page.slice(from + name.length, to), name)
      if (sample !== undefined) samples.push(sample)
    }
    from = to + 1
  }
  return samples
}

function parseLine(rest: string, name: string): PageSample | undefined {
  const labels = new Map<string, string>()
  let at = rest.search(/\S/)
  if (rest[at] === '{') {
    const end = readLabels(rest, at + 1, labels)
    if (end === undefined) return undefined
    at = end
  }
  const text = match(VALUE, rest, Math.max(0, at))?.[1]
  const value = text === undefined ? undefined : toValue(text)
  return value === undefined ? undefined : { name, labels, value }
}

/** Returns where the value begins; undefined when this is no set of labels. */
function readLabels(rest: string, from: number, labels: Map<string, string>): number | undefined {
  let at = from
  for (;;) {
    const isOver = /\s*\}/y
    isOver.lastIndex = at
    if (isOver.test(rest)) return isOver.lastIndex
    const label = match(LABEL_NAME, rest, at)
    if (label === undefined) return undefined
    at += label[0].length
    const text = match(LABEL_TEXT, rest, at)?.[0] ?? ''
    const separator = match(SEPARATOR, rest, at + text.length)
    if (separator === undefined) return undefined
    at += text.length + separator[0].length
    // Without a comma nothing but the end may follow.
    if (separator[1] === '' && rest[at] !== '}') return undefined
    labels.set(label[1] ?? '', unescape(text))
  }
}

const ESCAPED: Readonly<Record<string, string>> = { n: '\n', '"': '"', '\\': '\\' }

function unescape(text: string): string {
  return text.includes('\\')
    ? text.replace(/\\(.)/g, (whole, character: string) => ESCAPED[character] ?? whole)
    : text
}

/** Go's words for what no digits can say. */
const WORDS: ReadonlyMap<string, number> = new Map([
  ['nan', NaN],
  ['inf', Infinity],
  ['+inf', Infinity],
  ['-inf', -Infinity],
])

function toValue(text: string): number | undefined {
  const word = WORDS.get(text.toLowerCase())
  if (word !== undefined) return word
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined
}

function match(expression: RegExp, text: string, at: number): RegExpExecArray | undefined {
  expression.lastIndex = at
  return expression.exec(text) ?? undefined
}
