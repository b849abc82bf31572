// Collects the values of a query by group on this side of SQLite: it calls us for each row, which takes a third of the time
// that handing out the rows does. One query at a time.
import type { DatabaseSync } from 'node:sqlite'

/** What it is called in SQL: the first argument is collected, the others are its group. */
export const COLLECT = 'weir_collect'

export interface Collected {
  readonly group: readonly unknown[]
  readonly values: number[]
}

export class Collector {
  readonly #groups = new Map<string, Collected>()
  #lastKey: string | undefined
  #last: Collected | undefined

  constructor(db: DatabaseSync) {
    db.aggregate(COLLECT, {
      varargs: true,
      start: 0,
      step: (count: number, ...args: readonly unknown[]) => {
        this.#add(args)
        return count + 1
      },
    })
  }

  clear(): void {
    this.#groups.clear()
    this.#lastKey = undefined
  }

  take(): Collected[] {
    const all = [...this.#groups.values()]
    this.clear()
    return all
  }

  #add(args: readonly unknown[]): void {
    const key = toKey(args)
    if (key !== this.#lastKey || this.#last === undefined) {
      this.#lastKey = key
      this.#last = this.#groups.get(key) ?? { group: args.slice(1), values: [] }
      this.#groups.set(key, this.#last)
    }
    this.#last.values.push(Number(args[0]))
  }
}

function toKey(args: readonly unknown[]): string {
  let key = ''
  for (let at = 1; at < args.length; at += 1) key += `${String(args[at])},`
  return key
}
