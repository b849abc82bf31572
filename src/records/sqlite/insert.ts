// Writes packed records and their contents into the tables, inside a transaction of the caller's. No object per record.
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { NUM, REF } from '../codec/layout.ts'
import type { PackedRecords } from '../codec/layout.ts'
import { PackedReader } from '../codec/unpack.ts'
import type { StoredContent } from '../store.ts'
import { ByteWriter, writeAttempts, writeGaps } from './bytes.ts'
import { OTHER_NUMBERS, OTHER_WORDS, OWN_COLUMNS, SEARCHED_NUMBERS, SEARCHED_WORDS } from './columns.ts'
import type { NumberColumn, WordColumn } from './columns.ts'
import { IdBlocks, toHash } from './id-blocks.ts'
import { toHexValue, toIdValue } from './ids.ts'
import { Sequence, msOfSeq } from './seq.ts'
import type { Words, WordValue } from './words.ts'

type Value = number | string | Uint8Array | null

function prepareInsert(db: DatabaseSync, table: string, columns: readonly string[]): StatementSync {
  const places = columns.map(() => '?').join(', ')
  return db.prepare(`INSERT INTO ${table} (${columns.join(', ')}) VALUES (${places})`)
}

const columnOf = ({ column }: { readonly column: string }): string => column

export class RecordInserter {
  readonly #words: Words
  readonly #sequence: Sequence
  readonly #insertRecord: StatementSync
  readonly #insertDetails: StatementSync
  readonly #insertContent: StatementSync
  readonly #ids: IdBlocks
  readonly #attempts = new ByteWriter()
  readonly #gaps = new ByteWriter()
  /** By reference of the pack in hand: what stands for its word in the file. */
  #wordValues: (WordValue | undefined)[] = []

  constructor(db: DatabaseSync, words: Words) {
    this.#words = words
    const greatest = db.prepare('SELECT max(seq) AS seq FROM records WHERE seq >= ? AND seq < ?')
    this.#sequence = new Sequence((from, to) => {
      const seq = greatest.get(from, to)?.['seq']
      return typeof seq === 'number' ? seq : undefined
    })
    this.#insertRecord = prepareInsert(db, 'records', [
      'seq',
      ...SEARCHED_NUMBERS.map(columnOf),
      ...SEARCHED_WORDS.map(columnOf),
    ])
    this.#insertDetails = prepareInsert(db, 'details', [
      ...OWN_COLUMNS,
      ...OTHER_NUMBERS.map(columnOf),
      ...OTHER_WORDS.map(columnOf),
    ])
    this.#insertContent = db.prepare(
      'INSERT OR REPLACE INTO contents (seq, prompt, answer, is_cut) VALUES (?, ?, ?, ?)',
    )
    this.#ids = new IdBlocks(db)
  }

  insert(packed: PackedRecords): void {
    const reader = new PackedReader(packed)
    this.#wordValues = new Array<undefined>(packed.words.length + 1)
    const hashes = new Uint32Array(packed.count)
    const seqs = new Float64Array(packed.count)
    for (let at = 0; reader.next(); at += 1) {
      const id = toIdValue(reader.id)
      hashes[at] = toHash(id)
      seqs[at] = this.#insert(reader, id)
    }
    if (packed.count > 0) this.#ids.add(hashes, seqs)
  }

  /** Of what was said in requests whose records are there; the rest is left out. */
  insertContents(contents: readonly StoredContent[]): void {
    for (const { requestId, prompt, answer, isCut } of contents) {
      const seq = this.#ids.findRecent(requestId)
      if (seq !== undefined) this.#insertContent.run(seq, prompt, answer, isCut ? 1 : 0)
    }
  }

  /** Returns the number of its row. */
  #insert(reader: PackedReader, id: string | Uint8Array): number {
    const startedAtMs = reader.number(NUM.startedAt)
    const seq = this.#sequence.take(startedAtMs)
    const searched: Value[] = [seq]
    pushNumbers(searched, reader, SEARCHED_NUMBERS)
    this.#pushWords(searched, reader, SEARCHED_WORDS)
    this.#insertRecord.run(...searched)
    const details: Value[] = [
      seq,
      msOfSeq(seq) === startedAtMs ? null : startedAtMs,
      id,
      toHexValue(reader.traceId),
      toHexValue(reader.parentSpanId),
      reader.ref(REF.flags),
      reader.ref(REF.cause) === 0 ? null : reader.verdictText,
      reader.attempts === 0
        ? null
        : writeAttempts(this.#attempts, reader, (ref) => this.#nameOf(reader, ref)),
      reader.ref(REF.gapBounds) === 0 ? null : writeGaps(this.#gaps, reader),
    ]
    pushNumbers(details, reader, OTHER_NUMBERS)
    this.#pushWords(details, reader, OTHER_WORDS)
    this.#insertDetails.run(...details)
    return seq
  }

  #pushWords(values: Value[], reader: PackedReader, columns: readonly WordColumn[]): void {
    for (const { ref: place, isFree } of columns) {
      const ref = reader.ref(place)
      values.push(ref === 0 ? null : this.#wordOf(reader, ref, isFree === true))
    }
  }

  /** Names in attempts are our own: always words. */
  #nameOf(reader: PackedReader, ref: number): number {
    return ref === 0 ? 0 : Number(this.#wordOf(reader, ref, false))
  }

  /** A word that is free in one column and our own in another must become a number. */
  #wordOf({ packed }: PackedReader, ref: number, isFree: boolean): WordValue {
    const known = this.#wordValues[ref]
    if (typeof known === 'number' || (isFree && known !== undefined)) return known ?? null
    const value = this.#words.put(packed.words[ref - 1] ?? '', isFree)
    this.#wordValues[ref] = value
    return value
  }
}

function pushNumbers(values: Value[], reader: PackedReader, columns: readonly NumberColumn[]): void {
  for (const { number: place } of columns) {
    const value = reader.number(place)
    values.push(Number.isNaN(value) ? null : value)
  }
}
