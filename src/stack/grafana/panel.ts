// What a panel is before it has a place: words, questions, and how values look. graphs.ts and grids.ts draw the kinds.

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
/** Widths of panels that share a line. */
export const HALF = 12
export const THIRD = 8
export const QUARTER = 6
const GRAPH_HEIGHT = 8

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

export interface Words {
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
  const named = Object.entries(values).map(
    ([value, [text, color]], index) => [value, { text, color, index }] as const,
  )
  return {
    unit,
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
    ...(decimals !== undefined && { decimals }),
    noValue: NOTHING_COUNTED,
    thresholds: { mode: 'absolute', steps: steps.map(({ from, color }) => ({ value: from, color })) },
    mappings: [
      ...(named.length === 0 ? [] : [{ type: 'value', options: Object.fromEntries<unknown>(named) }]),
      { type: 'special', options: { match: 'nan', result: { text: NOTHING_COUNTED, index: named.length } } },
    ],
    ...(links !== undefined && { links: links.map((link) => ({ ...link, targetBlank: false })) }),
  }
}

export function toPanel(
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
