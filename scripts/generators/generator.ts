// What a generated file is: where it stands, and how its text is made. Nothing here reads or writes files.

export interface Generator {
  /** From the repository root. */
  readonly target: string
  /** The sources people should edit instead, named in the file itself. */
  readonly from: string
  /** The whole text; scripts/generate.ts lays it out with Prettier, so indentation and table widths do not matter. */
  readonly write: () => Promise<string> | string
}

/** A Markdown page's first line, so that nobody edits the page by hand. */
export function generatedNotice(from: string): string {
  return `<!-- Generated from ${from} by \`npm run generate\`: edit that instead. -->\n\n`
}

/** A Markdown table; cells may hold any text. */
export function markdownTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(toCell).join(' | ')} |\n`
  return line(header) + line(header.map(() => '---')) + rows.map(line).join('')
}

function toCell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll(/\s*\n\s*/g, ' ')
}
