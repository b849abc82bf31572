// Lines in columns that make room on a narrow terminal: cells are shortened and columns left out in a given order, what
// matters least first. Words alone; it knows no keys.
import { cutTo, displayWidth, padEnd } from '../../records/read/width.ts'

export interface Column {
  readonly title: string
  /** Names may be of any length; wider cells are cut. */
  readonly most?: number
}

/** What is done while lines are too wide: a column gets this many cells at most; 0 leaves it out. */
export interface Squeeze {
  readonly title: string
  readonly most: number
}

export interface TableInput {
  readonly columns: readonly Column[]
  /** One cell for each column. */
  readonly rows: readonly (readonly string[])[]
  /** Of the terminal; undefined where lines may be of any length. */
  readonly width: number | undefined
  readonly squeezes: readonly Squeeze[]
}

export interface Table {
  readonly heading: string
  readonly lines: readonly string[]
}

const GAP = '  '

export function layTable({ columns, rows, width = Infinity, squeezes }: TableInput): Table {
  const most = columns.map((column) => column.most ?? Infinity)
  const natural = columns.map(({ title }, at) =>
    Math.max(displayWidth(title), ...rows.map((row) => displayWidth(row[at] ?? ''))),
  )
  const toWidths = (): number[] => natural.map((wide, at) => Math.min(wide, most[at] ?? wide))
  for (const squeeze of squeezes) {
    if (widthOf(toWidths()) <= width) break
    const at = columns.findIndex(({ title }) => title === squeeze.title)
    if (at !== -1) most[at] = Math.min(most[at] ?? Infinity, squeeze.most)
  }
  const widths = toWidths()
  const toLine = (cells: readonly string[]): string => {
    const shown = widths.flatMap((wide, at) =>
      wide === 0 ? [] : [padEnd(cutTo(cells[at] ?? '', wide), wide)],
    )
    return cutTo(shown.join(GAP).trimEnd(), width)
  }
  return { heading: toLine(columns.map(({ title }) => title)), lines: rows.map(toLine) }
}

function widthOf(widths: readonly number[]): number {
  const shown = widths.filter((wide) => wide > 0)
  return shown.reduce((sum, wide) => sum + wide, 0) + Math.max(0, shown.length - 1) * GAP.length
}
