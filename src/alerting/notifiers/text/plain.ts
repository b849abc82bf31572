// Words that come from outside (labels, model names, what a service answers) as they may be shown: one line, nothing invisible.
// Pure.

/** Spaces of any kind and line ends. */
const SPACES = /[\s\u0085\u2028\u2029]+/gu

/**
 * Controls, marks that turn the direction of what follows, characters without width and the tags that hide text in text. The joiner
 * U+200D stays where it holds emoji together, which are one character only with it.
 */
const INVISIBLE =
  /(?!\u200d)[\p{Cc}\p{Cf}\u115f\u1160\u3164\uffa0]|(?<!\p{Extended_Pictographic}[\ufe0f\p{Emoji_Modifier}]?)\u200d|\u200d(?!\p{Extended_Pictographic})/gu

/** More is no name, no value and no sentence. Also what the searches below may cost. */
const LONGEST = 20_000

export function toPlain(text: string): string {
  return text
    .slice(0, LONGEST)
    .toWellFormed()
    .replace(SPACES, ' ')
    .replace(INVISIBLE, '')
    .replace(/ {2,}/g, ' ')
    .trim()
}

const HTTP = /^https?:$/

/** A link as it may stand in any markup: http or https, and without the characters by which markups end a link. */
export function toSafeUrl(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined
  const { protocol, href } = new URL(url)
  if (!HTTP.test(protocol)) return undefined
  return href.replace(
    /[()[\]<>|"'`*_~\\]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}
