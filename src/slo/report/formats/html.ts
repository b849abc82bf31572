// A document as one HTML file that needs nothing else, on a screen and on paper. Every text is escaped; there is no script.
import type { Block, Column, Document } from '../document/blocks.ts'
import { toInert } from './inert.ts'

const STYLE = `
:root { color-scheme: light }
body { font: 14px/1.5 system-ui, "Segoe UI", "PingFang SC", "Microsoft YaHei", sans-serif; color: #1b1f24; background: #fff;
  max-width: 62rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.7rem; margin: 0 0 .5rem }
h2 { font-size: 1.25rem; margin: 2.2rem 0 .5rem; padding-top: .8rem; border-top: 2px solid #1b1f24 }
h3 { font-size: 1rem; margin: 1.4rem 0 .3rem }
p { margin: .4rem 0; overflow-wrap: anywhere }
.warning { border-left: 4px solid #b35900; padding-left: .6rem }
.table { overflow-x: auto }
table { border-collapse: collapse; min-width: min(100%, 34rem); margin: .4rem 0 }
th, td { text-align: left; vertical-align: top; padding: .25rem 1.6rem .25rem 0; border-bottom: 1px solid #d0d7de }
th:last-child, td:last-child { padding-right: 0 }
th { font-weight: 600; white-space: nowrap }
td { min-width: 8em; overflow-wrap: anywhere }
.number, .moment { min-width: 0; white-space: nowrap; overflow-wrap: normal; font-variant-numeric: tabular-nums }
.number { text-align: right }
.marked { color: #a40e26; font-weight: 600 }
thead { display: table-header-group }
tr { break-inside: avoid }
h2, h3 { break-after: avoid }
@page { size: A4; margin: 16mm 14mm }
@media (max-width: 40rem) { body { margin: 1rem auto; font-size: 13px } th, td { padding-right: .9rem }
  td:not(.number, .moment) { min-width: 6.5em; overflow-wrap: break-word } td:last-child:not(.number, .moment) { min-width: 15em } }
@media print { body { font-size: 9.5pt; margin: 0; max-width: none; padding: 0 } .table { overflow: visible } th, td { padding-right: .8rem } }
`

/** Nothing is fetched and nothing runs, whatever stands in a text. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'"

export function printHtml({ title, language, blocks }: Document): string {
  return `<!doctype html>
<html lang="${escape(language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<title>${escape(title)}</title>
<style>${STYLE}</style>
</head>
<body>
${blocks.map(printBlock).join('\n')}
</body>
</html>
`
}

function printBlock(block: Block): string {
  switch (block.kind) {
    case 'heading':
      return `<h${block.level}>${escape(block.text)}</h${block.level}>`
    case 'text':
      return `<p${block.isWarning === true ? ' class="warning"' : ''}>${escape(block.text)}</p>`
    case 'table': {
      const { columns, rows } = block
      const head = columns.map((column) => `<th${classOf(column)}>${escape(column.head)}</th>`).join('')
      const body = rows.map(
        (row) =>
          `<tr>${row.map((cell, at) => `<td${classOf(columns[at], cell)}>${escape(cell)}</td>`).join('')}</tr>`,
      )
      return `<div class="table"><table>\n<thead><tr>${head}</tr></thead>\n<tbody>\n${body.join('\n')}\n</tbody>\n</table></div>`
    }
  }
}

function classOf(column: Column | undefined, cell?: string): string {
  const name =
    column?.isNumber === true
      ? 'number'
      : column?.isMoment === true
        ? 'moment'
        : cell !== undefined && cell === column?.marked
          ? 'marked'
          : undefined
  return name === undefined ? '' : ` class="${name}"`
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escape(text: string): string {
  return toInert(text).replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign)
}
