// Panels of many values at once: heat maps, tables, lines of the log. They ask nothing.
import { GRID_WIDTH, toPanel, type Panel, type Step, type Unit, type Words } from './panel.ts'

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

/** How many requests took how long: the buckets of a histogram of seconds, with single requests as dots. */
export function heatOfTimes({
  buckets,
  ...words
}: Pick<Words, 'title' | 'description' | 'width'> & { readonly buckets: string }): Panel {
  return heat({
    ...words,
    queries: [{ expr: buckets, legend: '{{le}}', format: 'heatmap', hasExemplars: true }],
    unit: 'short',
    rows: 's',
    scheme: 'Spectral',
  })
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
