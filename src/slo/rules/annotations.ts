// What an alert of Prometheus says to people, in Prometheus' own template language. Values are asked for when it fires.
import { toText } from '../promql.ts'

/** A text of our own inside a template: two braces would begin one. */
export function toLiteral(text: string): string {
  return text.replaceAll('{{', '{{"{{"}}')
}

/** Prometheus reads the labels of alerts as templates too: one it cannot read makes it refuse the whole file. */
export function toLiteralLabels(labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(labels).map(([label, value]) => [label, toLiteral(value)]))
}

/** The one value of a query, printed as a percentage; `unknown` where it has no data. */
export function toPercentageOf(query: string): string {
  return toValueOf(query, 'humanizePercentage')
}

/** The one value of a query, printed by a function of the template language. */
export function toValueOf(query: string, print: string): string {
  return `{{ with query ${toText(query)} }}{{ . | first | value | ${print} }}{{ else }}unknown{{ end }}`
}

/** Those that have a text. */
export function toAnnotations(
  given: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(given).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
}
