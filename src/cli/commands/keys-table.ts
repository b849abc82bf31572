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
  const titles = toCells(columns.map(({ title }) => title))
  const cells = rows.map(toCells)
  const natural = columns.map((_, at) =>
    [titles, ...cells].reduce((most, row) => Math.max(most, row[at]?.wide ?? 0), 0),
  )
  const most = columns.map((column) => column.most ?? Infinity)
  const toWidths = (): number[] => natural.map((wide, at) => Math.min(wide, most[at] ?? wide))
  for (const squeeze of squeezes) {
    if (widthOf(toWidths()) <= width) break
    const at = columns.findIndex(({ title }) => title === squeeze.title)
    if (at !== -1) most[at] = Math.min(most[at] ?? Infinity, squeeze.most)
  }
  const widths = toWidths()
  const isOver = widthOf(widths) > width
  const toLine = (row: readonly Cell[]): string => {
    const line = widths
      .flatMap((wide, at) => (wide === 0 ? [] : [toWide(row[at], wide)]))
      .join(GAP)
      .trimEnd()
    return isOver ? cutTo(line, width) : line
  }
  return { heading: toLine(titles), lines: cells.map(toLine) }
}

/** Measured once: with thousands of lines that is what takes the time. */
interface Cell {
  readonly text: string
  readonly wide: number
}

function toCells(row: readonly string[]): readonly Cell[] {
  return row.map((text) => ({ text, wide: displayWidth(text) }))
}

function toWide(cell: Cell | undefined, wide: number): string {
  if (cell === undefined) return ' '.repeat(wide)
  if (cell.wide > wide) return padEnd(cutTo(cell.text, wide), wide)
  return cell.text + ' '.repeat(wide - cell.wide)
}

function widthOf(widths: readonly number[]): number {
  const shown = widths.filter((wide) => wide > 0)
  return shown.reduce((sum, wide) => sum + wide, 0) + Math.max(0, shown.length - 1) * GAP.length
}
