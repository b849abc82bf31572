// The two text formats of a metrics page: which one a scraper asked for, and how names, labels and numbers are written.
// Prometheus text 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats) and OpenMetrics 1.0 (openmetrics.io).

export type ExpositionFormat = 'text' | 'openmetrics'

// Prometheus 3 refuses a page without a content type it knows.
export const CONTENT_TYPES: Readonly<Record<ExpositionFormat, string>> = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
}

interface MediaRange {
  readonly type: string
  readonly version: string | undefined
  readonly weight: number
}

function parseMediaRange(text: string): MediaRange {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim())
  const valueOf = (name: string): string | undefined =>
    parameters
      .find((parameter) => parameter.toLowerCase().startsWith(`${name}=`))
      ?.slice(name.length + 1)
      .replace(/^"(.*)"$/, '$1')
  const weight = Number(valueOf('q') ?? 1)
  return {
    type: type.toLowerCase(),
    version: valueOf('version'),
    weight: Number.isFinite(weight) ? weight : 0,
  }
}

/** OpenMetrics where the scraper likes it at least as much as plain text; plain text in every other case. */
export function chooseFormat(accept: string | undefined): ExpositionFormat {
  let openMetrics = 0
  let text = 0
  for (const { type, version, weight } of (accept ?? '').split(',').map(parseMediaRange)) {
    if (type === 'application/openmetrics-text' && (version === undefined || version === '1.0.0')) {
      openMetrics = Math.max(openMetrics, weight)
    }
    if (type === 'text/plain' && (version === undefined || version === '0.0.4')) text = Math.max(text, weight)
  }
  return openMetrics > 0 && openMetrics >= text ? 'openmetrics' : 'text'
}

const LABEL_ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', '\n': '\\n' }

export function escapeLabelValue(value: string): string {
  // A lone surrogate has no UTF-8; what the wire would carry is the replacement character.
  return value.toWellFormed().replace(/[\\"\n]/g, (character) => LABEL_ESCAPES[character] ?? character)
}

/** OpenMetrics escapes quotes in help texts as well; the older format takes the backslash literally. */
export function escapeHelp(help: string, format: ExpositionFormat): string {
  const escaped = help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
  return format === 'openmetrics' ? escaped.replaceAll('"', '\\"') : escaped
}

export function toNumberText(value: number): string {
  if (Number.isFinite(value)) return String(value)
  if (Number.isNaN(value)) return 'NaN'
  return value > 0 ? '+Inf' : '-Inf'
}

// Above these, Go's shortest form, which OpenMetrics and Prometheus 3 use for bounds, goes over to exponents.
const LEAST_EXPONENT = -4
const MOST_EXPONENT = 6

/**
 * A bucket bound as Prometheus 3 stores it, whatever a page says: `1.0`, `0.25`, `1.048576e+06`. Written so in both formats,
 * a bound is one label value for every scraper and in every rule.
 */
export function toBoundText(bound: number): string {
  if (!Number.isFinite(bound)) return toNumberText(bound)
  const [digits = '0', exponentText = '0'] = bound.toExponential().split('e')
  const exponent = Number(exponentText)
  if (bound !== 0 && (exponent < LEAST_EXPONENT || exponent >= MOST_EXPONENT)) {
    const size = String(Math.abs(exponent)).padStart(2, '0')
    return `${digits}e${exponent < 0 ? '-' : '+'}${size}`
  }
  const plain = String(bound)
  return plain.includes('.') ? plain : `${plain}.0`
}
