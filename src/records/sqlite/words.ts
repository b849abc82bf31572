// The dictionary of a file: texts that occur again and again, as numbers. A number never changes its text.
import type { DatabaseSync, StatementSync } from 'node:sqlite'

/** What stands in a column for a text: its number, or the text itself behind a mark. */
export type WordValue = number | string | null

/** Free texts of callers and backends are kept as words until there are this many: each may be a new one for ever. */
const MOST_FREE_WORDS = 10_000
const LONGEST_FREE_WORD = 200
/** No number begins so, and no column takes it for one. */
const MARK = '='

export class Words {
  readonly #select: StatementSync
  readonly #selectText: StatementSync
  readonly #insert: StatementSync
  readonly #count: StatementSync
  readonly #ids = new Map<string, number>()
  readonly #texts = new Map<number, string>()
  #known = 0

  constructor(db: DatabaseSync) {
    this.#select = db.prepare('SELECT id FROM words WHERE text = ?')
    this.#selectText = db.prepare('SELECT text FROM words WHERE id = ?')
    this.#insert = db.prepare('INSERT INTO words (text) VALUES (?) RETURNING id')
    this.#count = db.prepare('SELECT max(id) AS count FROM words')
    this.#known = Number(this.#count.get()?.['count'] ?? 0)
  }

  /** The number of a text that is there already. */
  find(text: string): number | undefined {
    const known = this.#ids.get(text)
    if (known !== undefined) return known
    const id = this.#select.get(text)?.['id']
    if (typeof id !== 'number') return undefined
    this.#note(id, text)
    return id
  }

  /** What to write for a text; names of our own configuration are always words, so that rows can be grouped by them. */
  put(text: string, isFree: boolean): WordValue {
    const id = this.find(text)
    if (id !== undefined) return id
    if (isFree && (this.#known >= MOST_FREE_WORDS || text.length > LONGEST_FREE_WORD)) return MARK + text
    const added = Number(this.#insert.get(text)?.['id'])
    this.#known = Math.max(this.#known, added)
    this.#note(added, text)
    return added
  }

  /** What a column holds, as text. */
  read(value: unknown): string | undefined {
    if (typeof value === 'string') return value.slice(MARK.length)
    if (typeof value !== 'number') return undefined
    const known = this.#texts.get(value)
    if (known !== undefined) return known
    const text = String(this.#selectText.get(value)?.['text'])
    this.#note(value, text)
    return text
  }

  /** After a transaction that came to nothing: what it added is not there. */
  forget(): void {
    this.#ids.clear()
    this.#texts.clear()
    this.#known = Number(this.#count.get()?.['count'] ?? 0)
  }

  #note(id: number, text: string): void {
    this.#ids.set(text, id)
    this.#texts.set(id, text)
  }
}

/** The SQL condition that a column holds a text which fits a pattern; `*` stands for any run of characters. */
export function toWordCondition(
  column: string,
  { pattern, words }: { pattern: string; words: Words },
): { readonly sql: string; readonly values: readonly WordValue[] } {
  if (!pattern.includes('*')) {
    const id = words.find(pattern)
    return { sql: `${column} IN (?, ?)`, values: [id ?? null, MARK + pattern] }
  }
  // GLOB has two more special characters than our patterns; in brackets they stand for themselves.
  const glob = pattern.replace(/[?[]/g, '[$&]')
  return {
    sql: `(${column} IN (SELECT id FROM words WHERE text GLOB ?) OR (typeof(${column}) = 'text' AND ${column} GLOB ?))`,
    values: [glob, MARK + glob],
  }
}
