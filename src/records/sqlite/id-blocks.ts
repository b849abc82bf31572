// Where the record with an id is. Ids are random: an index over them would touch a page of the file for each record. So each
// batch leaves one row instead, with a hash of every id in it, and who looks for one looks through those: 4 bytes a record.
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { toIdValue } from './ids.ts'

/** What was said comes with its record or soon after: how many batches are looked through then, the latest first. */
const RECENT_BLOCKS = 256

const FNV_OFFSET = 0x811c9dc5
const FNV_PRIME = 0x01000193

/** Of an id of ours its first bytes: they are random. */
export function toHash(id: string | Uint8Array): number {
  if (typeof id !== 'string') {
    return ((id[0] ?? 0) | ((id[1] ?? 0) << 8) | ((id[2] ?? 0) << 16) | ((id[3] ?? 0) << 24)) >>> 0
  }
  let hash = FNV_OFFSET
  for (let at = 0; at < id.length; at += 1) hash = Math.imul(hash ^ id.charCodeAt(at), FNV_PRIME)
  return hash >>> 0
}

export class IdBlocks {
  readonly #insert: StatementSync
  readonly #search: StatementSync
  readonly #recent: StatementSync
  readonly #hasId: StatementSync

  constructor(db: DatabaseSync) {
    this.#insert = db.prepare('INSERT INTO id_blocks (first_seq, last_seq, hashes, seqs) VALUES (?, ?, ?, ?)')
    // It may also find what lies across two hashes: each hit is looked at.
    this.#search = db.prepare('SELECT hashes, seqs FROM id_blocks WHERE instr(hashes, ?) > 0')
    this.#recent = db.prepare(`SELECT hashes, seqs FROM id_blocks ORDER BY block DESC LIMIT ${RECENT_BLOCKS}`)
    this.#hasId = db.prepare('SELECT 1 FROM details WHERE seq = ? AND id = ?')
  }

  /** Inside the transaction that writes the records themselves. */
  add(hashes: Uint32Array, seqs: Float64Array): void {
    let first = Infinity
    let last = -Infinity
    for (let at = 0; at < seqs.length; at += 1) {
      const seq = seqs[at] ?? 0
      if (seq < first) first = seq
      if (seq > last) last = seq
    }
    this.#insert.run(first, last, toBytes(hashes), toBytes(seqs))
  }

  /** The latest record with this id. */
  find(id: string): number | undefined {
    const value = toIdValue(id)
    const hash = Uint32Array.of(toHash(value))
    const found: number[] = []
    for (const row of this.#search.iterate(toBytes(hash))) found.push(...this.#hits(row, value))
    return found.length === 0 ? undefined : Math.max(...found)
  }

  /** One that was written lately. */
  findRecent(id: string): number | undefined {
    const value = toIdValue(id)
    for (const row of this.#recent.iterate()) {
      const [seq] = this.#hits(row, value)
      if (seq !== undefined) return seq
    }
    return undefined
  }

  #hits(row: Readonly<Record<string, unknown>>, id: string | Uint8Array): number[] {
    const { hashes, seqs } = row
    if (!(hashes instanceof Uint8Array) || !(seqs instanceof Uint8Array)) return []
    const hash = toHash(id)
    // Copies, because a blob may begin anywhere in memory.
    const words = new Uint32Array(hashes.slice().buffer)
    const places = new Float64Array(seqs.slice().buffer)
    const found: number[] = []
    for (let at = words.indexOf(hash); at !== -1; at = words.indexOf(hash, at + 1)) {
      const seq = places[at]
      if (seq !== undefined && this.#hasId.get(seq, id) !== undefined) found.push(seq)
    }
    return found
  }
}

function toBytes(array: Uint32Array | Float64Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
}
