// From a number to the lines of the log behind it: links into Grafana's Explore, and the words in which Loki is asked.
import { LOG_LABELS } from '../places.ts'
import { toSelector, equals } from '../../slo/promql.ts'

/** The stream of the gateway's log; LogQL writes selectors as PromQL does. */
export const LOG_STREAM = toSelector(
  '',
  Object.entries(LOG_LABELS).map(([label, value]) => equals(label, value)),
)

/** The lines of one request: cut down by its id before anything is parsed. */
export function toRequestLogQuery(id: string): string {
  return `${LOG_STREAM} |= "${id}" | json | request_id="${id}"`
}

export interface ExploreLink {
  /** A uid, or a variable of the dashboard. */
  readonly source: string
  readonly expr: string
  readonly from: string
  readonly to: string
}

/** A variable such as `${__value.raw}`: Grafana replaces it, percent-encoded, when somebody clicks. */
const VARIABLE = /\$\{[^}]+\}/g

export function toExploreUrl({ source, expr, from, to }: ExploreLink): string {
  const panes = {
    weir: {
      datasource: source,
      queries: [{ refId: 'A', expr, queryType: 'range', datasource: { type: 'loki', uid: source } }],
      range: { from, to },
    },
  }
  return `/explore?schemaVersion=1&panes=${encodeAround(JSON.stringify(panes))}`
}

function encodeAround(text: string): string {
  const variables = text.match(VARIABLE) ?? []
  return text
    .split(VARIABLE)
    .map((plain, index) => encodeURIComponent(plain) + (variables[index] ?? ''))
    .join('')
}
