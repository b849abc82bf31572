// Prints the YAML files of a stack: a heading in comments, then the value. What they say is not its business.
import { stringify } from 'yaml'

/** Lines without their `# `; an empty one stays empty. */
export function toComment(lines: readonly string[]): string {
  return lines.map((line) => (line === '' ? '#\n' : `# ${line}\n`)).join('')
}

/** No line is folded: what people search for stays in one piece. */
export function toYaml(heading: readonly string[], value: unknown): string {
  return `${toComment(heading)}\n${stringify(value, { lineWidth: 0 })}`
}

export const MADE_BY =
  'Written by "weir stack init". Run it again after a change of weir.yaml; what is changed here by hand is kept, and said.'
