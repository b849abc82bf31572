// Rows of `records` and `details` back into packed records: the way of insert.ts, the other way round. No object per record.
import { PackBuilder } from '../codec/builder.ts'
import { NUM, REF } from '../codec/layout.ts'
import type { PackedRecords } from '../codec/layout.ts'
import { ByteReader, readAttempts, readGaps } from './bytes.ts'
import { OTHER_NUMBERS, OTHER_WORDS, OWN_COLUMNS, SEARCHED_NUMBERS, SEARCHED_WORDS } from './columns.ts'
import { readHex, readId } from './ids.ts'
import { msOfSeq } from './seq.ts'
import type { Words } from './words.ts'

const NUMBERS = [...SEARCHED_NUMBERS, ...OTHER_NUMBERS]
const WORDS = [...SEARCHED_WORDS, ...OTHER_WORDS]
const FIRST_NUMBER = OWN_COLUMNS.length
const FIRST_WORD = FIRST_NUMBER + NUMBERS.length
const COLUMNS = [
  // The number of the row stands in both tables.
  ...OWN_COLUMNS.map((column) => (column === 'seq' ? 'r.seq' : column)),
  ...[...NUMBERS, ...WORDS].map(({ column }) => column),
]

/** Rows of it are lists of values: as objects they take several times as long. */
export const ROW_SQL = `SELECT ${COLUMNS.join(', ')} FROM records r CROSS JOIN details d ON d.seq = r.seq`

export type Row = readonly unknown[]

const NO_BYTES = new Uint8Array()
/** Behind the flags, words, statuses and times of an attempt comes the next: each has at least one time. */
const LEAST_ATTEMPT_BYTES = 6

export class RowPacker {
  readonly #words: Words
  readonly #into = new PackBuilder()

  constructor(words: Words) {
    this.#words = words
  }

  add(row: Row): void {
    const into = this.#into
    const [seq, startMs, id, traceId, spanId, flags, verdictText, attempts, gaps] = row
    const attemptBytes = toBytes(attempts)
    const gapBytes = toBytes(gaps)
    into.begin(Math.ceil(attemptBytes.length / LEAST_ATTEMPT_BYTES), gapBytes.length)
    into.text(REF.idLength, readId(id))
    into.text(REF.traceLength, readHex(traceId) ?? '')
    into.text(REF.spanLength, readHex(spanId) ?? '')
    into.text(REF.verdictLength, toText(verdictText))
    const { refs, ref, numbers, number } = into
    refs[ref + REF.flags] = Number(flags)
    numbers[number + NUM.startedAt] = startMs === null ? msOfSeq(Number(seq)) : Number(startMs)
    for (let at = 0; at < NUMBERS.length; at += 1) {
      const value = row[FIRST_NUMBER + at]
      numbers[number + (NUMBERS[at]?.number ?? 0)] = value === null ? Number.NaN : Number(value)
    }
    for (let at = 0; at < WORDS.length; at += 1) {
      const place = WORDS[at]?.ref ?? 0
      refs[ref + place] = into.word(place, this.#words.read(row[FIRST_WORD + at]))
    }
    const count = readAttempts(new ByteReader(attemptBytes), into, this.#wordOf)
    refs[ref + REF.attempts] = count
    into.end(count, gapBytes.length === 0 ? 0 : readGaps(new ByteReader(gapBytes), into, count))
  }

  take(): PackedRecords {
    return this.#into.take()
  }

  readonly #wordOf = (id: number): string | undefined => this.#words.read(id === 0 ? null : id)
}

function toBytes(value: unknown): Uint8Array {
  return value instanceof Uint8Array ? value : NO_BYTES
}

function toText(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
