// Dashboards read back from their files, and their questions with the variables filled in as Grafana fills them in.
import assert from 'node:assert/strict'
import type { StackFile } from '../../../src/stack/stack.ts'

export interface AskedQuery {
  readonly dashboard: string
  readonly panel: string
  readonly expr: string
  readonly legend: string
  readonly isExemplar: boolean
}

export interface ReadVariable {
  readonly name: string
  /** Of `label_values(series, label)`. */
  readonly series: string
  readonly label: string
}

export interface ReadPanel {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly description?: string
  readonly datasource?: { readonly type: string; readonly uid: string }
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly collapsed?: boolean
  readonly panels?: readonly ReadPanel[]
  readonly targets?: readonly {
    readonly refId: string
    readonly expr: string
    readonly legendFormat?: string
    readonly exemplar?: boolean
    readonly datasource: { readonly type: string; readonly uid: string }
  }[]
  readonly fieldConfig?: { readonly defaults: Readonly<Record<string, unknown>> }
}

export interface ReadModel {
  readonly id: null
  readonly uid: string
  readonly title: string
  readonly schemaVersion: number
  readonly panels: readonly ReadPanel[]
  readonly templating: {
    readonly list: readonly {
      readonly name: string
      readonly type: string
      readonly query: string | { readonly query: string }
      readonly allValue?: string
    }[]
  }
  readonly annotations: { readonly list: readonly { readonly name: string; readonly expr: string }[] }
}

export interface ReadDashboard {
  readonly title: string
  readonly model: ReadModel
  /** Those of closed rows too; rows themselves are none. */
  readonly panels: readonly ReadPanel[]
  /** To Prometheus. */
  readonly queries: readonly AskedQuery[]
  readonly variables: readonly ReadVariable[]
}

export function readDashboards(files: readonly StackFile[]): readonly ReadDashboard[] {
  return files.filter(({ path }) => path.endsWith('.json')).map(({ text }) => readDashboard(text))
}

function readDashboard(text: string): ReadDashboard {
  const model = JSON.parse(text) as ReadModel
  const { title } = model
  const panels = model.panels.flatMap((panel) => (panel.type === 'row' ? (panel.panels ?? []) : [panel]))
  const asked = panels
    .filter(({ datasource }) => datasource?.type === 'prometheus')
    .flatMap((panel) =>
      (panel.targets ?? []).map(({ expr, legendFormat = '', exemplar = false }) => ({
        dashboard: title,
        panel: panel.title,
        expr,
        legend: legendFormat,
        isExemplar: exemplar,
      })),
    )
  const noted = model.annotations.list.map(({ name, expr }) => ({
    dashboard: title,
    panel: `annotation ${name}`,
    expr,
    legend: '',
    isExemplar: false,
  }))
  return { title, model, panels, queries: [...asked, ...noted], variables: readVariables(model) }
}

const LABEL_VALUES = /^label_values\((?<series>.+), (?<label>\w+)\)$/

function readVariables({ templating }: ReadModel): readonly ReadVariable[] {
  return templating.list
    .filter(({ type }) => type === 'query')
    .map(({ name, query }) => {
      const text = typeof query === 'string' ? query : query.query
      const { series = '', label = '' } = LABEL_VALUES.exec(text)?.groups ?? {}
      assert.notEqual(series, '', `${name}: ${text}`)
      return { name, series, label }
    })
}

/** Grafana computes both from the zoom and the scrape interval; these are right for a test of a minute. */
const WINDOWS: Readonly<Record<string, string>> = { __rate_interval: '1m', __range: '2m' }
const ALL_VALUES = '.*'
const SPECIAL = /[\\^$.*+?()[\]{}|]/g

/** Whatever is not chosen is "All". Several choices become `(a|b)`, with each special character escaped for a pattern in quotes. */
export function toFilled(expr: string, chosen: Readonly<Record<string, readonly string[]>>): string {
  return expr.replaceAll(/\$(\w+)/g, (_, name: string) => {
    const window = WINDOWS[name]
    if (window !== undefined) return window
    const values = chosen[name]
    if (values === undefined) return ALL_VALUES
    const escaped = values.map((value) => value.replaceAll(SPECIAL, '\\\\$&'))
    return escaped.length === 1 ? (escaped[0] ?? '') : `(${escaped.join('|')})`
  })
}
