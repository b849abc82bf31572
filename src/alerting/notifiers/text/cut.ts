// Cuts a text to what a service takes, counted as the service counts, between two characters as people see them. Pure.

/** How much a service takes a text for. Of two texts one after the other it must be the sum. */
export type Measure = (text: string) => number

export const inBytes: Measure = (text) => Buffer.byteLength(text)
/** As bytes of a JSON text, without the quotes. */
export const inJsonBytes: Measure = (text) => Buffer.byteLength(JSON.stringify(text)) - 2
/** UTF-16 units: no service counts more than these for a character. */
export const inUnits: Measure = (text) => text.length

const ELLIPSIS = '…'
/** Units of a character as people see it; the longest families and flags have a third of it. */
const LONGEST_CHARACTER = 64
const CHARACTERS = new Intl.Segmenter('en', { granularity: 'grapheme' })

export interface Room {
  readonly max: number
  readonly measure: Measure
}

/** The text, or its beginning and an ellipsis; empty where there is no room even for that. */
export function cut(text: string, { max, measure }: Room): string {
  if (measure(text) <= max) return text
  const mark = measure(ELLIPSIS)
  if (mark > max) return ''
  let end = 0
  let used = mark
  // No measure counts less than one for a unit, so nothing beyond `max` units can fit.
  for (const { segment, index } of CHARACTERS.segment(text.slice(0, max + LONGEST_CHARACTER))) {
    used += measure(segment)
    if (used > max) break
    end = index + segment.length
  }
  return `${text.slice(0, end).trimEnd()}${ELLIPSIS}`
}
