// Takes out of a text what should not be kept: secrets, and what identifies people. Pure, and linear in the length of the text
// whatever stands in it: strangers write it.
import { parseBoundedPattern } from '../../core/bounded-pattern.ts'
import { OFF_BY_DEFAULT, type RedactSettings } from './config.ts'
import { IDENTITY_RULES } from './identities.ts'
import { rewriteJsonTexts } from './json-text.ts'
import { applyRule, type Rule, type Searched } from './rule.ts'
import { isSecretField, SECRET_RULES } from './secrets.ts'

export interface Redactor {
  /** Prose, or a JSON document, or prose with one in it. */
  redact(text: string, options?: RedactOptions): string
}

export interface RedactOptions {
  /** Its end was cut off: what may be the beginning of something that can no longer be recognised goes as well. */
  readonly isCut?: boolean
}

/** Arguments of a tool call are JSON in a text of JSON; deeper ones are redacted as prose. */
const MAX_DEPTH = 4

/** Pictures and files are carried as base64: nobody reads them, and they would fill the store. */
const FEWEST_DATA_CHARS = 512
const DATA_URL: Rule = {
  name: 'data',
  needs: [';base64,'],
  pattern: /(?<=data:[\w/+.-]{1,64};base64,)[\w+/=-]{64,}/g,
}

export function createRedactor(settings: RedactSettings): Redactor {
  const isOn = (name: string): boolean =>
    !settings.off.includes(name) && (!OFF_BY_DEFAULT.has(name) || settings.on.includes(name))
  const ours = [DATA_URL, ...SECRET_RULES, ...IDENTITY_RULES].filter(({ name }) => isOn(name))
  const hides = { fields: isOn('password'), data: isOn('data') }
  return new RuleRedactor({ own: settings.extra.map(toRule), ours, hides })
}

function toRule({ name, pattern: source }: RedactSettings['extra'][number]): Rule {
  const pattern = parseBoundedPattern(source)
  if ('problem' in pattern) throw new TypeError(`pattern ${name} was not checked: ${pattern.problem}`)
  return { name, pattern }
}

/** Of every kind of ours the shortest is an address of mail, `a@b.cc`: most texts of a document are words such as `user`. */
const SHORTEST_FOUND = 6

interface RuleSet {
  /** The patterns of this house. */
  readonly own: readonly Rule[]
  readonly ours: readonly Rule[]
  readonly hides: { readonly fields: boolean; readonly data: boolean }
}

class RuleRedactor implements Redactor {
  readonly #own: readonly Rule[]
  readonly #rules: readonly Rule[]
  readonly #hides: RuleSet['hides']

  constructor({ own, ours, hides }: RuleSet) {
    this.#own = own
    this.#rules = [...own, ...ours]
    this.#hides = hides
  }

  redact(text: string, { isCut = false }: RedactOptions = {}): string {
    return this.#any(text, { isCut, depth: 0 })
  }

  #any(text: string, { isCut, depth }: { isCut: boolean; depth: number }): string {
    if (depth >= MAX_DEPTH || !looksLikeJson(text)) return this.#prose(isCut ? withoutLastWord(text) : text)
    const whole = isCut ? text.replace(/\d{1,19}$/, '') : text
    const written = rewriteJsonTexts(whole, {
      rewriteText: (inner, { field, isTorn }) => this.#field(inner, { field, isCut: isCut && isTorn, depth }),
      rewriteRest: (rest) => this.#rest(rest),
    })
    // It may be prose that merely begins like JSON: what reaches over its quotes is found here.
    return depth === 0 && isSound(text) ? written : this.#prose(written)
  }

  #field(
    text: string,
    { field, isCut, depth }: { field: string | undefined; isCut: boolean; depth: number },
  ): string {
    if (this.#hides.fields && field !== undefined && text !== '' && isSecretField(field)) return '[password]'
    if (this.#hides.data && text.length >= FEWEST_DATA_CHARS && BASE64.test(text)) return '[data]'
    return this.#any(text, { isCut, depth: depth + 1 })
  }

  /** A whole number of some length becomes a text, so that the document stays one. */
  #rest(text: string): string {
    return text.replace(/(?<![\w.-])\d{7,19}(?![\w.])/g, (number) => {
      const written = this.#prose(number)
      return written === number ? number : `"${written}"`
    })
  }

  #prose(text: string): string {
    const rules = text.length < SHORTEST_FOUND ? this.#own : this.#rules
    if (rules.length === 0) return text
    const plain = withoutHidden(text)
    let searched: Searched = { text: plain, view: toView(plain) }
    for (const rule of rules) searched = applyRule(searched, rule)
    return searched.text === plain ? text : searched.text
  }
}

const BASE64 = /^[\w+/-]+={0,2}$/

function looksLikeJson(text: string): boolean {
  return /^\s*[[{"]/.test(text)
}

function isSound(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/**
 * Searched as what they stand for, one character for one: the full-width forms of ASCII, as Chinese and Japanese keyboards write
 * them, spaces and dashes of typesetters, as web pages have them in numbers that are not to be broken, and digits of other scripts.
 */
const OTHER_FORMS =
  /[\uff01-\uff5e\u00a0\u2000-\u200a\u202f\u205f\u3000\u2010-\u2015\u2212\u0660-\u0669\u06f0-\u06f9\u0966-\u096f]/

function toView(text: string): string {
  return OTHER_FORMS.test(text) ? text.replace(ALL_OTHER_FORMS, toAscii) : text
}

const ALL_OTHER_FORMS = new RegExp(OTHER_FORMS, 'g')
const FULL_WIDTH_OFFSET = 0xff01 - 0x21
/** Of Arabic, of Persian and Urdu, of Hindi. */
const ZEROS = [0x0660, 0x06f0, 0x0966]

function toAscii(char: string): string {
  const code = char.charCodeAt(0)
  if (code >= 0xff01) return String.fromCharCode(code - FULL_WIDTH_OFFSET)
  const zero = ZEROS.find((each) => code >= each && code <= each + 9)
  if (zero !== undefined) return String(code - zero)
  return (code >= 0x2010 && code <= 0x2015) || code === 0x2212 ? '-' : ' '
}

/** Characters without a width, as chats and web pages leave them in what is copied, within a number. */
const HIDDEN_IN_NUMBERS =
  /(?<=[\p{Nd} .-])[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]+(?=[\p{Nd} .-])/gu

function withoutHidden(text: string): string {
  return text.replace(HIDDEN_IN_NUMBERS, '')
}

/** Characters of keys and tokens; and those between the groups of a number. */
const OF_WORDS = /[\w.~+/=@%:-]/
const OF_NUMBERS = /[\d ().+\u00ad\u200b-\u200f\u2060-\u2064\ufeff-]/

/** Longer numbers than this with their spaces are none of those we look for. */
const LONGEST_NUMBER = 48

function withoutLastWord(text: string): string {
  const view = toView(text)
  let end = text.length
  while (end > 0 && OF_WORDS.test(view.charAt(end - 1))) end -= 1
  const least = Math.max(0, end - LONGEST_NUMBER)
  while (end > least && OF_NUMBERS.test(view.charAt(end - 1))) end -= 1
  return text.slice(0, end)
}
