// Keeps secrets out of what a service says: some quote the URL they were called by. Pure.
import { cut, inUnits } from '../text/cut.ts'
import { toPlain } from '../text/plain.ts'

const HIDDEN = '[secret]'
/** Enough for the sentence of a service and its number. */
const LONGEST_SHOWN = 200
/** Shorter parts of a URL are words: `robot`, `send`, `v2`. */
const SHORTEST_TOKEN = 8

export type Scrub = (text: string) => string

/** Makes what a service said fit to be shown: without these secrets, on one line, and short. */
export function createScrub(secrets: readonly string[]): Scrub {
  const hidden = [...new Set(secrets.flatMap(partsOf))]
    .filter((part) => part !== '')
    .sort((left, right) => right.length - left.length)
  return (text) => {
    const scrubbed = hidden.reduce((left, part) => left.replaceAll(part, HIDDEN), text)
    return cut(toPlain(scrubbed), { max: LONGEST_SHOWN, measure: inUnits })
  }
}

/** The secret, and of a URL whatever in it may be a token, as it is written and as it is meant. */
function partsOf(secret: string): readonly string[] {
  if (!URL.canParse(secret)) return [secret, encodeURIComponent(secret)]
  const { pathname, searchParams, search, username, password, href } = new URL(secret)
  const steps = [...pathname.split('/'), username, password].filter((step) => step.length >= SHORTEST_TOKEN)
  const values = [...searchParams.values()].filter((value) => value.length >= SHORTEST_TOKEN)
  const written = search
    .slice(1)
    .split('&')
    .map((pair) => pair.slice(pair.indexOf('=') + 1))
  const parts = [...steps, ...values, ...written.filter((value) => value.length >= SHORTEST_TOKEN)]
  return [secret, href, ...parts, ...parts.map(decode)]
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
