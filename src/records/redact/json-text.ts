// Rewrites the texts inside a JSON document and leaves the rest as it came. It reads the document as it goes and builds no values:
// numbers keep every digit, and a document that was cut off in the middle is read as far as it goes.

export interface TextRewriter {
  /** A text with its escapes resolved; `field` is the name it stands behind, if it does. `isTorn`: its end is missing. */
  rewriteText(text: string, context: { readonly field: string | undefined; readonly isTorn: boolean }): string
  /** What stands between texts: numbers, words, punctuation. */
  rewriteRest(text: string): string
}

const QUOTE = '"'
const BACKSLASH = 0x5c

export function rewriteJsonTexts(json: string, rewriter: TextRewriter): string {
  let out = ''
  let at = 0
  let field: string | undefined
  while (at < json.length) {
    const open = json.indexOf(QUOTE, at)
    const rest = json.slice(at, open === -1 ? json.length : open)
    // A name and its value have a colon between them and nothing else.
    if (rest.trim() !== ':') field = undefined
    out += rest.length < SHORTEST_REST ? rest : rewriter.rewriteRest(rest)
    if (open === -1) return out
    const close = findClose(json, open + 1)
    const isTorn = close === -1
    const raw = json.slice(open + 1, isTorn ? json.length : close)
    const text = unescapeText(raw)
    const written = rewriter.rewriteText(text, { field, isTorn })
    out += QUOTE + (written === text ? raw : JSON.stringify(written).slice(1, -1)) + (isTorn ? '' : QUOTE)
    if (isTorn) return out
    field = text.length <= LONGEST_FIELD ? text : undefined
    at = close + 1
  }
  return out
}

/** `,` or `],` and the like hold nothing. */
const SHORTEST_REST = 8
const LONGEST_FIELD = 64

function findClose(json: string, from: number): number {
  for (let at = json.indexOf(QUOTE, from); at !== -1; at = json.indexOf(QUOTE, at + 1)) {
    let before = at - 1
    while (before >= from && json.charCodeAt(before) === BACKSLASH) before -= 1
    if ((at - 1 - before) % 2 === 0) return at
  }
  return -1
}

const SIMPLE: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }

/** Also of what is no sound JSON: an escape that is none stands for what follows it. */
export function unescapeText(raw: string): string {
  if (!raw.includes('\\')) return raw
  return raw.replace(/\\(?:u([0-9a-fA-F]{4})|([^]))/g, (_, hex: string | undefined, char = '') =>
    hex === undefined
      ? (SIMPLE[char as string] ?? (char as string))
      : String.fromCharCode(Number.parseInt(hex, 16)),
  )
}
