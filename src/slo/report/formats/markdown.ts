// A document as Markdown (GitHub's, for its tables). What others wrote is text in it, never markup.
import type { Block, Document } from '../document/blocks.ts'
import { toInert } from './inert.ts'

export function printMarkdown({ blocks }: Document): string {
  return `${blocks.map(printBlock).join('\n\n')}\n`
}

function printBlock(block: Block): string {
  switch (block.kind) {
    case 'heading':
      return `${'#'.repeat(block.level)} ${escape(block.text)}`
    case 'text':
      return block.isWarning === true ? `**${escape(block.text)}**` : escape(block.text)
    case 'table': {
      const { columns, rows } = block
      const lines = [
        columns.map(({ head }) => escape(head)),
        columns.map(({ isNumber }) => (isNumber === true ? '---:' : '---')),
        ...rows.map((row) => row.map(escape)),
      ]
      return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')
    }
  }
}

/** A list, a heading or a line below one: what a line may begin with (CommonMark 4 and 5). */
const BEGINNING = /^(?:(?:#{1,6}|[-+]|=+)(?=\s|$)|\d{1,9}(?=[.)](?:\s|$)))/
/** Each of these may be written behind a backslash (CommonMark 2.4); within a word an underscore is one. */
const MARKUP = /[\\`*[\]<>|&~]|(?<!\p{L}|\d)_|_(?!\p{L}|\d)/gu

function escape(text: string): string {
  return toInert(text)
    .replace(MARKUP, '\\$&')
    .replace(BEGINNING, (start) => (/^\d/.test(start) ? `${start}\\` : `\\${start}`))
}
