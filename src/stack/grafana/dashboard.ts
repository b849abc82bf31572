// A dashboard as Grafana reads it from a file: rows of panels with a place, an id and the data source of a variable. The model of
// schema version 41 is read by Grafana 10 to 13; newer ones migrate it while they load it.
import { GRID_WIDTH, type DataSourceKind, type Panel, type Query } from './panel.ts'
import type { Variable } from './variable.ts'

export interface Row {
  readonly title: string
  /** Its panels ask nothing until somebody opens it. */
  readonly isCollapsed?: boolean
  readonly panels: readonly Panel[]
}

export interface Dashboard {
  /** Of the file, and `weir-NAME` is what links and bookmarks know it by. */
  readonly name: string
  readonly title: string
  readonly description: string
  readonly variables: readonly Variable[]
  readonly rows: readonly Row[]
  /** What rings, drawn over every graph. */
  readonly alerts: string
}

const SCHEMA_VERSION = 41
const COMMON_TAG = 'weir'
/** Several scrapes lie between two looks. */
const REFRESH = '30s'
const SHOWN_FROM = 'now-6h'

const SOURCES: Readonly<Record<DataSourceKind, { readonly type: string; readonly uid: string }>> = {
  prometheus: { type: 'prometheus', uid: '${datasource}' },
  loki: { type: 'loki', uid: '${loki}' },
}

export function toUid(name: string): string {
  return `${COMMON_TAG}-${name}`
}

export function toModel({ name, title, description, variables, rows, alerts }: Dashboard): object {
  return {
    id: null,
    uid: toUid(name),
    title,
    description,
    tags: [COMMON_TAG],
    editable: true,
    schemaVersion: SCHEMA_VERSION,
    version: 1,
    timezone: 'browser',
    time: { from: SHOWN_FROM, to: 'now' },
    refresh: REFRESH,
    graphTooltip: 1,
    fiscalYearStartMonth: 0,
    links: [toLinkToOthers()],
    annotations: { list: [toAlertAnnotation(alerts)] },
    templating: { list: variables },
    panels: toPanels(rows),
  }
}

function toLinkToOthers(): object {
  return {
    type: 'dashboards',
    title: 'Weir',
    tooltip: 'The other dashboards of this gateway, for the same time and the same choices',
    icon: 'external link',
    tags: [COMMON_TAG],
    asDropdown: false,
    includeVars: true,
    keepTime: true,
    targetBlank: false,
  }
}

function toAlertAnnotation(expr: string): object {
  return {
    name: 'Alerts',
    datasource: SOURCES.prometheus,
    enable: true,
    hide: false,
    iconColor: 'red',
    expr,
    step: '60s',
    titleFormat: '{{alertname}}',
    textFormat: '{{slo}}{{rule}}{{backend}}',
    tagKeys: 'severity',
    useValueForTime: false,
  }
}

interface Place {
  readonly x: number
  readonly y: number
}

/** From left to right, in lines as high as the highest panel in them; ids in the same order. */
function toPanels(rows: readonly Row[]): readonly object[] {
  const shown: object[] = []
  let id = 0
  let y = 0
  for (const { title, isCollapsed = false, panels } of rows) {
    const rowId = (id += 1)
    const rowY = y
    y += 1
    const placed: object[] = []
    let x = 0
    let lineHeight = 0
    for (const panel of panels) {
      if (x + panel.width > GRID_WIDTH) {
        x = 0
        y += lineHeight
        lineHeight = 0
      }
      placed.push(toPlaced(panel, (id += 1), { x, y }))
      x += panel.width
      lineHeight = Math.max(lineHeight, panel.height)
    }
    // Panels of a closed row take no place until it is opened.
    y = isCollapsed ? rowY + 1 : y + lineHeight
    const row = {
      id: rowId,
      type: 'row',
      title,
      collapsed: isCollapsed,
      gridPos: { x: 0, y: rowY, w: GRID_WIDTH, h: 1 },
    }
    shown.push({ ...row, panels: isCollapsed ? placed : [] }, ...(isCollapsed ? [] : placed))
  }
  return shown
}

function toPlaced(panel: Panel, id: number, { x, y }: Place): object {
  const { type, title, description, kind, width, height, queries, fieldConfig, options } = panel
  const datasource = SOURCES[kind]
  return {
    ...{ id, type, title, description, datasource },
    gridPos: { x, y, w: width, h: height },
    ...(panel.interval !== undefined && { interval: panel.interval }),
    targets: queries.map((query, index) => ({ ...toTarget(kind, query), refId: toRefId(index), datasource })),
    fieldConfig,
    options,
    ...(panel.transformations !== undefined && { transformations: panel.transformations }),
  }
}

function toTarget(kind: DataSourceKind, query: Query): object {
  const { expr, legend, isInstant = false, format = 'time_series', hasExemplars = false } = query
  if (kind === 'loki') return { expr, queryType: 'range' }
  return {
    expr,
    editorMode: 'code',
    format,
    instant: isInstant,
    range: !isInstant,
    exemplar: hasExemplars,
    legendFormat: legend ?? '__auto',
  }
}

const FIRST_LETTER = 'A'.charCodeAt(0)

function toRefId(index: number): string {
  return String.fromCharCode(FIRST_LETTER + index)
}
