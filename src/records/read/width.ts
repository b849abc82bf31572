// How wide a text is on a terminal, and what of it may be sent to one. Callers choose their own words: nothing they wrote
// may move the cursor, change colours or reverse the line.

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' })

/** Two cells: Chinese, Japanese, Korean, their punctuation and full-width forms (UAX 11), and pictures. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6]|[\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}|\ufe0f/u
const NO_WIDTH = /^[\p{M}\u200b-\u200d\ufeff]+$/u

export function displayWidth(text: string): number {
  let width = 0
  for (const { segment } of segmenter.segment(text)) {
    if (!NO_WIDTH.test(segment)) width += WIDE.test(segment) ? 2 : 1
  }
  return width
}

export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - displayWidth(text)))
}

export function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - displayWidth(text))) + text
}

const CUT = '…'

/** No wider than this; what was left out is shown by one sign. */
export function cutTo(text: string, width: number): string {
  if (displayWidth(text) <= width) return text
  let shown = ''
  let used = 0
  for (const { segment } of segmenter.segment(text)) {
    used += displayWidth(segment)
    if (used > width - 1) break
    shown += segment
  }
  return shown + CUT
}

/** Control characters, format characters that turn a line around, and halves of surrogate pairs. */
const UNPRINTABLE = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]|\p{Cs}/gu

/** In one line; what a terminal would obey is written out: `\u001b`. */
export function toPrintable(text: string): string {
  return text.replace(UNPRINTABLE, escape)
}

/** The same for longer texts: line ends and tabs stay. */
export function toPrintableLines(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .replace(UNPRINTABLE, (sign) => (sign === '\n' || sign === '\t' ? sign : escape(sign)))
}

const HEX = 16
const HEX_DIGITS = 4

function escape(sign: string): string {
  return `\\u${sign.charCodeAt(0).toString(HEX).padStart(HEX_DIGITS, '0')}`
}
