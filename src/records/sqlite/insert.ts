// Writes packed records and their contents into the tables, inside a transaction of the caller's. No object per record.
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { NUM } from '../codec/layout.ts'
import type { PackedRecords } from '../codec/layout.ts'
import { PackPlaces, PackedReader } from '../codec/reader.ts'
import type { StoredContent } from '../store.ts'
import { IdBlocks, toHash } from './id-blocks.ts'
import { RecordRows } from './record-rows.ts'
import { PER_MS, Sequence, firstSeqOf } from './seq.ts'
import type { Words } from './words.ts'

export class RecordInserter {
  readonly #sequence: Sequence
  readonly #rows: RecordRows
  readonly #insertContent: StatementSync
  readonly #ids: IdBlocks
  readonly #places = new PackPlaces(PER_MS)
  readonly #order = new Float64Array(PER_MS)

  constructor(db: DatabaseSync, words: Words) {
    const greatest = db.prepare('SELECT max(seq) AS seq FROM records WHERE seq >= ? AND seq < ?')
    this.#sequence = new Sequence((from, to) => {
      const seq = greatest.get(from, to)?.['seq']
      return typeof seq === 'number' ? seq : undefined
    })
    this.#rows = new RecordRows(db, words)
    this.#insertContent = db.prepare(
      'INSERT OR REPLACE INTO contents (seq, prompt, answer, is_cut) VALUES (?, ?, ?, ?)',
    )
    this.#ids = new IdBlocks(db)
  }

  insert(packed: PackedRecords): void {
    const { count } = packed
    if (count === 0) return
    // One goes through them as they lie, the other one back and forth.
    const walk = new PackedReader(packed)
    const reader = new PackedReader(packed)
    const hashes = new Uint32Array(count)
    const seqs = new Float64Array(count)
    this.#rows.begin(reader)
    for (let from = 0; from < count; from += PER_MS) {
      const some = Math.min(count - from, PER_MS)
      this.#sort(walk, some)
      for (let at = 0; at < some; at += 1) {
        const key = this.#order[at] ?? 0
        reader.goTo(this.#places, key - Math.floor(key / PER_MS) * PER_MS)
        const seq = this.#sequence.take(reader.number(NUM.startedAt))
        seqs[from + at] = seq
        hashes[from + at] = toHash(this.#rows.add(seq))
      }
    }
    this.#rows.flush()
    this.#ids.add(hashes, seqs)
  }

  /** Of what was said in requests whose records are there; the rest is left out. */
  insertContents(contents: readonly StoredContent[]): void {
    for (const { requestId, prompt, answer, isCut } of contents) {
      const seq = this.#ids.findRecent(requestId)
      if (seq !== undefined) this.#insertContent.run(seq, prompt, answer, isCut ? 1 : 0)
    }
  }

  /**
   * The next records in the order in which they began: they come in the order in which they ended, and rows that lie behind all
   * others cost less, as do the pages they leave full. Each key is a beginning and a place.
   */
  #sort(walk: PackedReader, count: number): void {
    const order = this.#order
    for (let at = 0; at < count; at += 1) {
      walk.next()
      walk.note(this.#places, at)
      order[at] = firstSeqOf(walk.number(NUM.startedAt)) + at
    }
    order.subarray(0, count).sort()
  }
}
