// Cuts a text to what a service takes, counted as the service counts, between two characters as people see them. Pure.

/** How much a service takes a text for. Of two texts one after the other it must be the sum. */
export type Measure = (text: string) => number

export const inBytes: Measure = (text) => Buffer.byteLength(text)
/** As bytes of a JSON text, without the quotes. */
export const inJsonBytes: Measure = (text) => Buffer.byteLength(JSON.stringify(text)) - 2
/** UTF-16 units: no service counts more than these for a character. */
export const inUnits: Measure = (text) => text.length

const ELLIPSIS = '…'
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
  for (const { segment, index } of CHARACTERS.segment(text.slice(0, max))) {
    used += measure(segment)
    // The last character of the slice may have been cut by it.
    if (used > max || (index + segment.length === max && text.length > max)) break
    end = index + segment.length
  }
  return `${text.slice(0, end).trimEnd()}${ELLIPSIS}`
}
