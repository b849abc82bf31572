// Texts by name in PostgreSQL, shared by every gateway that uses the store.
import type { Documents } from '../../core/documents.ts'
import type { Session } from './session.ts'

export function createDocuments(session: Session): Documents {
  return {
    async read(name) {
      const [row] = await session.run((ask) => ask('select body from weir_documents where name = $1', [name]))
      return row === undefined ? undefined : String(row['body'])
    },
    async write(name, text) {
      const sql =
        'insert into weir_documents values ($1, $2) on conflict (name) do update set body = excluded.body'
      await session.run((ask) => ask(sql, [name, text]))
    },
    async remove(name) {
      const sql = 'delete from weir_documents where name = $1 returning name'
      return (await session.run((ask) => ask(sql, [name]))).length > 0
    },
    async list(prefix) {
      const sql = 'select name, body from weir_documents where starts_with(name, $1) order by name'
      const rows = await session.run((ask) => ask(sql, [prefix]))
      return rows.map(({ name, body }) => ({ name: String(name), text: String(body) }))
    },
  }
}
