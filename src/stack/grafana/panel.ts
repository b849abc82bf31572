// What a panel is before it has a place, and how each kind is drawn. It asks nothing and knows no metric.

/** A question and how its answer is named in the legend. */
export interface Query {
  readonly expr: string
  /** `{{label}}` is replaced by Grafana. */
  readonly legend?: string
  /** The latest value instead of a line. */
  readonly isInstant?: boolean
  readonly format?: 'heatmap' | 'table'
  /** Shows single requests beside the line, which lead to their lines in the log. */
  readonly hasExemplars?: boolean
}

export type DataSourceKind = 'prometheus' | 'loki'

export interface Panel {
  readonly type: string
  readonly title: string
  readonly description: string
  readonly kind: DataSourceKind
  readonly width: number
  readonly height: number
  readonly queries: readonly Query[]
  readonly fieldConfig: Readonly<Record<string, unknown>>
  readonly options: Readonly<Record<string, unknown>>
  /** The least time between two points, where a minute is what is to be seen. */
  readonly interval?: string
  readonly transformations?: readonly Readonly<Record<string, unknown>>[]
}

/** Grafana's grid is 24 columns wide; a step is 30 pixels high. */
export const GRID_WIDTH = 24
const GRAPH_HEIGHT = 8
const STAT_HEIGHT = 4
const THIRD = 8

/** Grafana's words for units. */
export type Unit =
  | 's'
  | 'percentunit'
  | 'bytes'
  | 'Bps'
  | 'reqps'
  | 'short'
  | 'none'
  | 'celsius'
  | 'watt'
  | 'suffix: tok/s'
  | 'suffix: tok'
  | 'suffix:x'

export interface Step {
  /** From this value on; the first has none. */
  readonly from: number | null
  readonly color: 'green' | 'yellow' | 'orange' | 'red' | 'blue' | 'text'
}

interface Words {
  readonly title: string
  /** What is shown, and how to read it. */
  readonly description: string
  readonly queries: readonly Query[]
  readonly unit: Unit
  readonly width?: number
  readonly height?: number
  readonly min?: number
  readonly max?: number
  readonly decimals?: number
  readonly steps?: readonly Step[]
  /** Words for values: `{ 0: ['down', 'red'] }`. */
  readonly values?: Readonly<Record<number, readonly [text: string, color: Step['color']]>>
  readonly links?: readonly DataLink[]
}

/** Where a click on a value leads. */
export interface DataLink {
  readonly title: string
  readonly url: string
}

const ALL_GREEN: readonly Step[] = [{ from: null, color: 'green' }]
const NOTHING_COUNTED = 'nothing counted'

function toDefaults(words: Words): Record<string, unknown> {
  const { unit, min, max, decimals, steps = ALL_GREEN, values = {}, links } = words
  const named = Object.entries(values).map(([value, [text, color]], index) => [value, { text, color, index }])
  return {
    unit,
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
    ...(decimals !== undefined && { decimals }),
    noValue: NOTHING_COUNTED,
    thresholds: { mode: 'absolute', steps: steps.map(({ from, color }) => ({ value: from, color })) },
    mappings: [
      ...(named.length === 0 ? [] : [{ type: 'value', options: Object.fromEntries(named) }]),
      { type: 'special', options: { match: 'nan', result: { text: NOTHING_COUNTED, index: named.length } } },
    ],
    ...(links !== undefined && { links: links.map((link) => ({ ...link, targetBlank: false })) }),
  }
}

function toPanel(
  type: string,
  words: Words,
  drawn: {
    readonly custom?: Record<string, unknown>
    readonly options: Record<string, unknown>
    readonly color?: Record<string, unknown>
  },
): Panel {
  const { title, description, queries, width = THIRD, height = GRAPH_HEIGHT } = words
  const { custom, options, color } = drawn
  return {
    ...{ type, title, description, kind: 'prometheus' as const, width, height, queries, options },
    fieldConfig: {
      defaults: { ...toDefaults(words), ...(color && { color }), ...(custom && { custom }) },
      overrides: [],
    },
  }
}

interface LineWords extends Words {
  readonly isStacked?: boolean
  /** Draws the steps as lines or areas behind the series. */
  readonly showSteps?: boolean
  /** In a table at the right, sorted by the largest. */
  readonly hasTable?: boolean
}

export function lines(words: LineWords): Panel {
  const { isStacked = false, showSteps = false, hasTable = false } = words
  return toPanel('timeseries', words, {
    color: { mode: 'palette-classic' },
    custom: {
      drawStyle: 'line',
      lineInterpolation: 'linear',
      lineWidth: 1,
      fillOpacity: isStacked ? 30 : 8,
      showPoints: 'never',
      // A gap says that nothing was counted; a line across it would say that nothing changed.
      spanNulls: false,
      stacking: { mode: isStacked ? 'normal' : 'none', group: 'A' },
      thresholdsStyle: { mode: showSteps ? 'dashed' : 'off' },
      ...(words.min === 0 && { axisSoftMin: 0 }),
    },
    options: {
      legend: hasTable
        ? {
            displayMode: 'table',
            placement: 'right',
            showLegend: true,
            calcs: ['lastNotNull', 'max'],
            sortBy: 'Max',
            sortDesc: true,
          }
        : { displayMode: 'list', placement: 'bottom', showLegend: true, calcs: [] },
      tooltip: { mode: 'multi', sort: 'desc' },
    },
  })
}

export function stat(words: Words & { readonly hasGraph?: boolean }): Panel {
  const { width = 4, height = STAT_HEIGHT, steps, hasGraph = true } = words
  return toPanel(
    'stat',
    { ...words, width, height },
    {
      color: { mode: 'thresholds' },
      options: {
        colorMode: steps === undefined && words.values === undefined ? 'none' : 'value',
        graphMode: hasGraph ? 'area' : 'none',
        justifyMode: 'auto',
        orientation: 'auto',
        textMode: 'auto',
        reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
      },
    },
  )
}

export function bars(words: Words): Panel {
  return toPanel('bargauge', words, {
    color: { mode: 'thresholds' },
    options: {
      displayMode: 'basic',
      orientation: 'horizontal',
      showUnfilled: true,
      valueMode: 'color',
      minVizHeight: 16,
      minVizWidth: 8,
      reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
    },
  })
}

export function pie(words: Words): Panel {
  return toPanel('piechart', words, {
    color: { mode: 'palette-classic' },
    options: {
      pieType: 'donut',
      displayLabels: ['percent'],
      legend: { displayMode: 'list', placement: 'right', showLegend: true, calcs: [], values: ['value'] },
      tooltip: { mode: 'single', sort: 'none' },
      reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
    },
  })
}

/** One band for each series, coloured by its value. */
export function states(words: Words): Panel {
  return toPanel('state-timeline', words, {
    color: { mode: 'thresholds' },
    custom: { fillOpacity: 70, lineWidth: 0 },
    options: {
      mergeValues: true,
      showValue: 'auto',
      alignValue: 'left',
      rowHeight: 0.9,
      legend: { displayMode: 'list', placement: 'bottom', showLegend: true, calcs: [] },
      tooltip: { mode: 'single', sort: 'none' },
    },
  })
}

export interface HeatWords extends Omit<Words, 'steps' | 'values' | 'min' | 'max'> {
  /** Of the axis, where rows are buckets; rows that are names have none. */
  readonly rows?: Unit
  readonly scheme?: 'Blues' | 'Reds' | 'Spectral'
  /** The value with the strongest colour; without it the largest that is shown. */
  readonly strongest?: number
  readonly interval?: string
}

export function heat(words: HeatWords): Panel {
  const { rows, scheme = 'Blues', strongest, unit, interval } = words
  const panel = toPanel('heatmap', words, {
    custom: { scaleDistribution: { type: 'linear' } },
    options: {
      calculate: false,
      cellGap: 1,
      // Zero is nothing: it gets no colour.
      filterValues: { le: 1e-9 },
      cellValues: { unit },
      color: {
        mode: 'scheme',
        scheme,
        scale: 'exponential',
        exponent: 0.5,
        steps: 64,
        reverse: scheme === 'Spectral',
        fill: 'dark-blue',
        ...(strongest !== undefined && { min: 0, max: strongest }),
      },
      exemplars: { color: 'rgba(255,0,255,0.7)' },
      legend: { show: true },
      rowsFrame: { layout: 'auto' },
      showValue: 'never',
      tooltip: { mode: 'single', yHistogram: rows !== undefined, showColorScale: true },
      yAxis: { axisPlacement: 'left', reverse: false, ...(rows !== undefined && { unit: rows }) },
    },
  })
  return interval === undefined ? panel : { ...panel, interval }
}

export interface Column {
  /** The label, or `Value #A` for the value of the first query. */
  readonly field: string
  readonly name: string
  readonly unit?: Unit
  readonly steps?: readonly Step[]
}

/** The answers of several questions side by side, a row for each value of their labels. */
export function table(words: Words & { readonly columns: readonly Column[] }): Panel {
  const { columns, queries } = words
  const panel = toPanel(
    'table',
    { ...words, queries: queries.map((query) => ({ ...query, isInstant: true, format: 'table' })) },
    {
      custom: { align: 'auto', inspect: false, cellOptions: { type: 'auto' } },
      options: { showHeader: true, cellHeight: 'sm', frameIndex: 0 },
    },
  )
  const overrides = columns.flatMap(({ name, unit, steps }) => {
    const properties = [
      ...(unit === undefined ? [] : [{ id: 'unit', value: unit }]),
      ...(steps === undefined
        ? []
        : [
            {
              id: 'thresholds',
              value: { mode: 'absolute', steps: steps.map(({ from, color }) => ({ value: from, color })) },
            },
            { id: 'custom.cellOptions', value: { type: 'color-text' } },
          ]),
    ]
    return properties.length === 0 ? [] : [{ matcher: { id: 'byName', options: name }, properties }]
  })
  return {
    ...panel,
    fieldConfig: { ...panel.fieldConfig, overrides },
    transformations: [
      { id: 'merge', options: {} },
      {
        id: 'organize',
        options: {
          excludeByName: { Time: true },
          indexByName: Object.fromEntries(columns.map(({ field }, index) => [field, index])),
          renameByName: Object.fromEntries(columns.map(({ field, name }) => [field, name])),
        },
      },
    ],
  }
}

/** Lines of the log. */
export function logs({
  title,
  description,
  expr,
}: {
  title: string
  description: string
  expr: string
}): Panel {
  return {
    ...{ type: 'logs', title, description, kind: 'loki', width: GRID_WIDTH, height: 10 },
    queries: [{ expr }],
    fieldConfig: { defaults: {}, overrides: [] },
    options: {
      dedupStrategy: 'none',
      enableLogDetails: true,
      prettifyLogMessage: false,
      showCommonLabels: false,
      showLabels: false,
      showLogContextToggle: false,
      showTime: true,
      sortOrder: 'Descending',
      wrapLogMessage: true,
    },
  }
}
