// Regular expressions that people write into a configuration and that then run on text of strangers. JavaScript's own engine
// tries every way to match, so a pattern is taken only if the ways are few: no repetition without an end, and few in all.

/** A pattern that was refused, in words for whoever wrote it. */
export interface PatternProblem {
  readonly problem: string
}

/**
 * At one place of the text. Measured on 64 KiB made to go through all of them: 256 take some 0.1 s, which a batch of records
 * bears now and then.
 */
const MAX_WAYS = 256
const MAX_SOURCE_LENGTH = 400
const MAX_MATCH_LENGTH = 512

const ENDLESS = 'has a repetition without an end: write {1,20} instead of +, and {0,20} instead of *'
const REFERS_BACK = 'refers back to what it matched: write it out'
const TOO_MANY_WAYS = `can match in more than ${MAX_WAYS} ways at one place: make its repetitions shorter or fewer`
const TOO_LONG = `can match more than ${MAX_MATCH_LENGTH} characters`
const MATCHES_NOTHING = 'matches the empty text, and so everywhere'

export function parseBoundedPattern(source: string): RegExp | PatternProblem {
  if (source.length > MAX_SOURCE_LENGTH) return { problem: `is longer than ${MAX_SOURCE_LENGTH} characters` }
  let pattern: RegExp
  try {
    pattern = new RegExp(source, 'gu')
  } catch (thrown) {
    const reason = thrown instanceof Error ? (thrown.message.split(': ').at(-1) ?? '') : ''
    return { problem: `is no regular expression: ${reason}` }
  }
  const extent = new Reader(source).read()
  if ('problem' in extent) return extent
  if (extent.ways > MAX_WAYS) return { problem: TOO_MANY_WAYS }
  if (extent.longest > MAX_MATCH_LENGTH) return { problem: TOO_LONG }
  return extent.shortest === 0 ? { problem: MATCHES_NOTHING } : pattern
}

interface Extent {
  readonly ways: number
  readonly shortest: number
  readonly longest: number
}

const NOTHING: Extent = { ways: 1, shortest: 0, longest: 0 }
const ONE: Extent = { ways: 1, shortest: 1, longest: 1 }

class Refused extends Error {}

/** Reads the syntax of RegExp with the flag `u`, which was found valid before. */
class Reader {
  readonly #source: string
  #at = 0

  constructor(source: string) {
    this.#source = source
  }

  read(): Extent | PatternProblem {
    try {
      return this.#alternatives()
    } catch (thrown) {
      if (thrown instanceof Refused) return { problem: thrown.message }
      throw thrown
    }
  }

  #alternatives(): Extent {
    let extent = this.#sequence()
    while (this.#source[this.#at] === '|') {
      this.#at += 1
      const other = this.#sequence()
      extent = {
        ways: extent.ways + other.ways,
        shortest: Math.min(extent.shortest, other.shortest),
        longest: Math.max(extent.longest, other.longest),
      }
    }
    return extent
  }

  #sequence(): Extent {
    let extent = NOTHING
    while (this.#at < this.#source.length && !'|)'.includes(this.#source.charAt(this.#at))) {
      const term = this.#quantified(this.#atom())
      extent = {
        ways: extent.ways * term.ways,
        shortest: extent.shortest + term.shortest,
        longest: extent.longest + term.longest,
      }
    }
    return extent
  }

  #atom(): Extent {
    const char = this.#source.charAt(this.#at)
    if (char === '(') return this.#group()
    if (char === '\\') return this.#escape()
    if (char === '[') {
      this.#skip(/(?:[^\]\\]|\\.)*\]/suy)
      return ONE
    }
    this.#skip(/./suy)
    return char === '^' || char === '$' ? NOTHING : ONE
  }

  #group(): Extent {
    const opening = this.#skip(/\((?:\?(?:<?[=!]|:|<[^>]*>|[a-z-]*:))?/uy)
    const inside = this.#alternatives()
    this.#at += 1
    return /[=!]$/u.test(opening) ? { ...NOTHING, ways: inside.ways } : inside
  }

  #escape(): Extent {
    const escaped = this.#skip(/\\(?:[pPu]\{[^}]*\}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|c[A-Za-z]|.)/suy)
    if (/^\\[1-9k]/u.test(escaped)) throw new Refused(REFERS_BACK)
    return escaped === '\\b' || escaped === '\\B' ? NOTHING : ONE
  }

  #quantified(atom: Extent): Extent {
    const quantifier = this.#skip(/(?:[*+?]|\{[\d,]+\})?\??/uy)
    if (quantifier === '') return atom
    const [least, most] = toRange(quantifier)
    return {
      ways: waysOf(atom.ways, least, most),
      shortest: atom.shortest * least,
      longest: atom.longest * most,
    }
  }

  #skip(pattern: RegExp): string {
    pattern.lastIndex = this.#at
    const text = pattern.exec(this.#source)?.[0] ?? ''
    this.#at += text.length
    return text
  }
}

function toRange(quantifier: string): readonly [least: number, most: number] {
  if (quantifier.startsWith('?')) return [0, 1]
  const counts = /^\{(\d+)(,?)(\d*)\}/u.exec(quantifier)
  const [, least = '', comma = '', most = ''] = counts ?? []
  if (counts === null || (comma !== '' && most === '')) throw new Refused(ENDLESS)
  return [Number(least), Number(most === '' ? least : most)]
}

function waysOf(ways: number, least: number, most: number): number {
  if (ways === 1) return most - least + 1
  let sum = 0
  for (let count = least; count <= most && sum <= MAX_WAYS; count += 1) sum += ways ** count
  return sum
}
