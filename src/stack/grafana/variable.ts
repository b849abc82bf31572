// The variables of dashboards: what can be chosen above the panels. Names of metrics come from who asks for one.

export type Variable = Readonly<Record<string, unknown>> & { readonly name: string }

const ON_TIME_RANGE = 2
const ALPHABETICAL = 1
const ALL = '$__all'

/** Without a value of its own: Grafana takes the default data source of the kind, whatever its uid is. */
export function toSourceVariable(name: string, kind: 'prometheus' | 'loki', label: string): Variable {
  return {
    ...{ name, label, type: 'datasource', query: kind },
    ...{ hide: 0, includeAll: false, multi: false, refresh: 1, regex: '', skipUrlSync: false },
    ...{ current: {}, options: [] },
  }
}

export interface LabelVariable {
  readonly name: string
  readonly label: string
  readonly description: string
  /** Whose label it is, narrowed by the variables before it. */
  readonly series: string
  readonly of: string
}

/**
 * The values of a label, several or all of them. "All" is a pattern that everything matches: a list of all would be part of
 * every query, and would miss what came after the page was opened.
 */
export function toLabelVariable({ name, label, description, series, of }: LabelVariable): Variable {
  const query = `label_values(${series}, ${of})`
  return {
    ...{ name, label, description, type: 'query', definition: query },
    datasource: { type: 'prometheus', uid: '${datasource}' },
    query: { query, refId: name },
    ...{ hide: 0, multi: true, includeAll: true, allValue: '.*', regex: '', skipUrlSync: false },
    ...{ refresh: ON_TIME_RANGE, sort: ALPHABETICAL },
    ...{ current: { text: ['All'], value: [ALL] }, options: [] },
  }
}
