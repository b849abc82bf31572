// What a query says, as Prometheus' own grammar reads it: which series it selects, by which labels.
import { parser } from '@prometheus-io/lezer-promql'

export interface Selection {
  readonly metric: string
  readonly labels: readonly string[]
}

export interface ReadQuery {
  /** Pieces that are no PromQL. */
  readonly errors: readonly string[]
  readonly selections: readonly Selection[]
  /** After `by`, `on` and the like. */
  readonly groupings: readonly string[]
}

export function readQuery(query: string): ReadQuery {
  const errors: string[] = []
  const selections: { metric: string; labels: string[] }[] = []
  const groupings: string[] = []
  let isGrouping = false
  parser.parse(query).iterate({
    enter({ type, name, from, to }) {
      const text = query.slice(from, to)
      if (type.isError) errors.push(`${text || 'something missing'} at ${from}`)
      if (name === 'VectorSelector') selections.push({ metric: '', labels: [] })
      if (name === 'GroupingLabels') isGrouping = true
      const last = selections.at(-1)
      if (name === 'Identifier' && last !== undefined) last.metric = text
      if (name === 'LabelName') {
        if (isGrouping) groupings.push(text)
        else last?.labels.push(text)
      }
    },
    leave({ name }) {
      if (name === 'GroupingLabels') isGrouping = false
    },
  })
  return { errors, selections, groupings }
}
