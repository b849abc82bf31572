// What must never be printed: every secret of the configuration and of the flags. Servers repeat keys in their errors, and an
// error is shown as it came.
import { Secret } from '../core/secret.ts'
import type { Setup } from './check.ts'
import type { Finding } from './finding.ts'

/** Shorter ones would be found in words that have nothing to do with them. */
const LEAST_CHARACTERS = 6
/** A path of a webhook with something in it that nobody guesses. */
const LEAST_TOKEN_CHARACTERS = 20
const HIDDEN = '<secret>'

/** Longest first: one may hold another. */
export function secretsOf({ config, options }: Setup): readonly string[] {
  const found = new Set<string>()
  const seen = new Set<object>()
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null || seen.has(value)) return
    seen.add(value)
    if (!(value instanceof Secret)) return Object.values(value).forEach(walk)
    for (const text of partsOf(value.reveal())) found.add(text)
  }
  walk(config)
  walk(options)
  const texts = [...found].filter((text) => text.length >= LEAST_CHARACTERS)
  return texts.sort((left, right) => right.length - left.length)
}

/** Of an address who is called may be shown: what is secret is the password, and what stands behind the host of a webhook. */
function partsOf(text: string): readonly string[] {
  if (!URL.canParse(text)) return [text]
  const { password, protocol, pathname, search } = new URL(text)
  const behind = `${pathname}${search}`
  const isToken = protocol.startsWith('http') && behind.length >= LEAST_TOKEN_CHARACTERS
  return [password, decode(password), ...(isToken ? [behind] : [])]
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

export function hideSecrets<F extends Finding>(finding: F, secrets: readonly string[]): F {
  const hide = (text: string | undefined): string | undefined =>
    text === undefined ? undefined : secrets.reduce((left, each) => left.replaceAll(each, HIDDEN), text)
  const { seen, means, fix } = finding
  return {
    ...finding,
    seen: hide(seen) ?? '',
    ...(means === undefined ? {} : { means: hide(means) }),
    ...(fix === undefined ? {} : { fix: hide(fix) }),
  }
}
