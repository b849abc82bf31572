// Panels of values: over time, now, side by side, as shares, as states. They ask nothing.
import { toPanel, type Panel, type Words } from './panel.ts'

const STAT_HEIGHT = 4

interface LineWords extends Omit<Words, 'min'> {
  /** Values may be below zero, or are nowhere near it; else the axis begins there. */
  readonly isSigned?: boolean
  readonly isStacked?: boolean
  /** Draws the steps as lines or areas behind the series. */
  readonly showSteps?: boolean
  /** In a table at the right, sorted by the largest. */
  readonly hasTable?: boolean
}

export function lines(words: LineWords): Panel {
  const { isStacked = false, showSteps = false, hasTable = false, isSigned = false } = words
  return toPanel('timeseries', isSigned ? words : { ...words, min: 0 }, {
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
  return toPanel(
    'bargauge',
    { min: 0, ...words },
    {
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
    },
  )
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
