// Records as a table for people: one line each, columns as wide as what stands in them, the id whole so that it can be copied.
import type { RequestRecord } from '../../core/record.ts'
import type { StoredRecord } from '../store.ts'
import { colourOfStatus, type Paint } from './paint.ts'
import { printCount, printLocal, printTook } from './values.ts'
import { cutTo, displayWidth, padEnd, padStart, toPrintable } from './width.ts'

interface Column {
  readonly title: string
  readonly isNumber?: true
  /** Names that callers choose may be of any length. */
  readonly most?: number
  readonly print: (stored: StoredRecord, timeZone: string | undefined) => string
}

const NOTHING = '-'
const MOST_NAME = 32

const COLUMNS: readonly Column[] = [
  { title: 'TIME', print: ({ record }, timeZone) => printLocal(record.startedAtMs, timeZone) },
  { title: 'STATUS', print: ({ record }) => String(record.status) },
  { title: 'TOOK', isNumber: true, print: ({ record }) => printTook(record.durationMs) },
  {
    title: 'FIRST',
    isNumber: true,
    print: ({ record: { firstTokenMs } }) => (firstTokenMs === undefined ? NOTHING : printTook(firstTokenMs)),
  },
  { title: 'TOKENS', isNumber: true, print: ({ record }) => printTokens(record) },
  {
    title: 'MODEL',
    most: MOST_NAME,
    print: ({ record }) => record.modelRouted ?? record.modelAsked ?? NOTHING,
  },
  { title: 'BACKEND', most: MOST_NAME, print: ({ record }) => record.backend ?? NOTHING },
  { title: 'KEY', most: MOST_NAME, print: ({ record }) => record.key ?? NOTHING },
  { title: 'ID', print: ({ record }) => record.id },
  { title: 'WHY', print: printWhy },
]

/** What went in and what came out. */
function printTokens({ usage, estimated }: RequestRecord): string {
  const { promptTokens, outputTokens } = usage
  if (promptTokens === undefined && outputTokens === undefined) return NOTHING
  const [sent, got] = [promptTokens, outputTokens].map((count) =>
    count === undefined ? '?' : printCount(count),
  )
  return `${estimated.usage ? '~' : ''}${sent}+${got}`
}

/** Of a failure its code, of anything else why it took as long as it did. */
export function printWhy({ record, verdict }: StoredRecord): string {
  const slow = verdict === undefined || verdict.cause === 'nothing' ? '' : verdict.text
  return [record.code ?? '', slow].filter((text) => text !== '').join('; ')
}

export interface TableStyle {
  readonly paint: Paint
  /** Undefined: the zone of this machine. */
  readonly timeZone?: string | undefined
  /** Of the terminal; undefined where lines may be of any length. */
  readonly columns?: number | undefined
}

const GAP = '  '

/** Prints pages one after the other under one heading: columns only grow. */
export function createTable({
  paint,
  timeZone,
  columns,
}: TableStyle): (page: readonly StoredRecord[]) => string {
  const widths = COLUMNS.map(({ title }) => title.length)
  let isFirst = true
  return (page) => {
    const rows = page.map((stored) => ({
      colour: colourOfStatus(stored.record.status),
      cells: COLUMNS.map(({ print, most }) => cutTo(toPrintable(print(stored, timeZone)), most ?? Infinity)),
    }))
    for (const { cells } of rows) {
      for (const [at, cell] of cells.entries()) widths[at] = Math.max(widths[at] ?? 0, displayWidth(cell))
    }
    const titles = isFirst
      ? [
          toLine(
            COLUMNS.map(({ title }) => title),
            widths,
          ),
        ]
      : []
    isFirst = false
    const lines = rows.map(({ cells, colour }) => {
      const line = toLine(cells, widths)
      const fitting = columns === undefined ? line : cutLine(line, cells, columns)
      return colour === undefined ? fitting : paint(fitting, colour)
    })
    return [...titles.map((line) => paint(line, 'grey')), ...lines].map((line) => `${line}\n`).join('')
  }
}

function toLine(cells: readonly string[], widths: readonly number[]): string {
  const padded = cells.map((cell, at) =>
    COLUMNS[at]?.isNumber === true ? padStart(cell, widths[at] ?? 0) : padEnd(cell, widths[at] ?? 0),
  )
  return padded.join(GAP).trimEnd()
}

/** Only the sentence at the end is cut: an id that is not whole is of no use. */
function cutLine(line: string, cells: readonly string[], columns: number): string {
  const last = cells.at(-1) ?? ''
  const before = displayWidth(line) - displayWidth(last)
  return before + 1 >= columns ? line : cutTo(line, columns)
}
