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

/** CommonMark 2.4: each of these may be written behind a backslash. A line that begins like a list or a heading is none. */
function escape(text: string): string {
  return toInert(text)
    .replace(/[\\`*_[\]<>|&~]/g, '\\$&')
    .replace(/^([#+\-=]|\d+[.)])/, (start) =>
      /^\d/.test(start) ? `${start.slice(0, -1)}\\${start.slice(-1)}` : `\\${start}`,
    )
}
