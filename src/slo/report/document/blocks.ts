// What a document is made of, whatever it is printed as. Pure.
import type { Spent } from '../report.ts'
import type { Phrases } from '../texts/phrases.ts'
import { printCount, printPercent } from '../texts/values.ts'

export interface Column {
  readonly head: string
  readonly isNumber?: true
  /** Nobody reads half a time of day at the end of one line and the rest on the next. */
  readonly isMoment?: true
  /** A cell of this text is to be seen at once. */
  readonly marked?: string
}

export type Block =
  | { readonly kind: 'heading'; readonly level: 1 | 2 | 3; readonly text: string }
  /** A warning is to be seen at once. */
  | { readonly kind: 'text'; readonly text: string; readonly isWarning?: true }
  | {
      readonly kind: 'table'
      readonly columns: readonly Column[]
      readonly rows: readonly (readonly string[])[]
    }

export interface Document {
  readonly title: string
  readonly language: string
  readonly blocks: readonly Block[]
}

/** Longer tables are for programs. */
export const MOST_ROWS = 20
export const NOTHING = '–'

export function printShare({ ratio }: Spent): string {
  return ratio === undefined ? NOTHING : printPercent(ratio)
}

export function heading(level: 1 | 2 | 3, words: string): Block {
  return { kind: 'heading', level, text: words }
}

export function text(words: string): Block {
  return { kind: 'text', text: words }
}

export function toTable(columns: readonly Column[], rows: readonly (readonly string[])[]): Block {
  return { kind: 'table', columns, rows }
}

export function toNumberColumn(head: string): Column {
  return { head, isNumber: true }
}

export function toMomentColumn(head: string): Column {
  return { head, isMoment: true }
}

/** Says that a table was cut. */
export function toMore(left: number, phrases: Phrases): readonly Block[] {
  return left > 0 ? [text(phrases.moreRows(printCount(left)))] : []
}

export function warning(words: string): Block {
  return { kind: 'text', text: words, isWarning: true }
}
