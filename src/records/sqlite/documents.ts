// Documents as rows of the record file. Also written by commands beside a running gateway.
import type { DatabaseSync } from 'node:sqlite'

export class DocumentTable {
  readonly #db: DatabaseSync

  constructor(db: DatabaseSync) {
    this.#db = db
  }

  read(name: string): string | undefined {
    const row = this.#db.prepare('SELECT text FROM documents WHERE name = ?').get(name)
    return row === undefined ? undefined : String(row['text'])
  }

  write(name: string, text: string): void {
    this.#db
      .prepare(
        'INSERT INTO documents (name, text) VALUES (?, ?) ON CONFLICT DO UPDATE SET text = excluded.text',
      )
      .run(name, text)
  }

  remove(name: string): boolean {
    return Number(this.#db.prepare('DELETE FROM documents WHERE name = ?').run(name).changes) > 0
  }

  list(prefix: string): { readonly name: string; readonly text: string }[] {
    return this.#db
      .prepare('SELECT name, text FROM documents WHERE substr(name, 1, length(?1)) = ?1 ORDER BY name')
      .all(prefix)
      .map(({ name, text }) => ({ name: String(name), text: String(text) }))
  }
}
