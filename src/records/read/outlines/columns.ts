// Which columns an outline takes, and its rows as packed records: what nobody asked for is undefined there. No object per record.
import type { OutlineWants } from '../../../core/outline.ts'
import { PHASES } from '../../../core/record.ts'
import { PackBuilder } from '../../codec/builder.ts'
import { FLAG, NUM, NUMS, REF, REFS, type PackedRecords } from '../../codec/layout.ts'
import { ByteReader, readAttempts, readGaps } from '../../sqlite/bytes.ts'
import { OTHER_NUMBERS, OTHER_WORDS, SEARCHED_NUMBERS, SEARCHED_WORDS } from '../../sqlite/columns.ts'
import { msOfSeq } from '../../sqlite/seq.ts'
import type { Words } from '../../sqlite/words.ts'

const JUDGED_NUMBERS = [NUM.duration, NUM.firstToken, NUM.outputTokens, NUM.phases + PHASES.indexOf('guard')]
const ADDED_NUMBERS = [
  ...[NUM.promptBytes, NUM.promptTokens, NUM.cachedTokens, NUM.queueWait, NUM.verdictShare, NUM.loopStall],
  ...PHASES.map((_, phase) => NUM.phases + phase),
]
const JUDGED_WORDS = [
  ...[REF.outcome, REF.endpoint, REF.operation, REF.modelAsked, REF.modelRouted, REF.fallbackFrom],
  ...[REF.backend, REF.tenant],
]
const ADDED_WORDS = [REF.cause, REF.code, REF.queuedBackend]

/** As text: bytes of a row take a buffer each, which costs more than all numbers of it. */
const ID_SQL = `CASE typeof(id) WHEN 'blob' THEN 'req_' || lower(hex(id)) ELSE id END`
/** Nobody asks for the attempts of a request whose first one gave the answer. */
const ATTEMPTS_SQL = 'CASE WHEN retry_ms > 0 THEN attempts END'

const SEQ = 0
const FIRST_OF_ALL = ['seq', 'start_ms', 'flags']
const TEXTS = ['id_text', 'verdict_text', 'retried']
const GAPS = ['gap_bounds', 'gaps']

export interface OutlineColumns {
  readonly numbers: readonly { readonly column: string; readonly number: number }[]
  readonly words: readonly { readonly column: string; readonly ref: number }[]
  /** Of `records` and `details` together, in the order in which a row has them. */
  readonly sql: string
  readonly wants: OutlineWants
}

export function toColumns(wants: OutlineWants): OutlineColumns {
  const wantedNumbers = new Set<number>([...JUDGED_NUMBERS, ...(wants.sums ? ADDED_NUMBERS : [])])
  const wantedWords = new Set<number>([...JUDGED_WORDS, ...(wants.sums ? ADDED_WORDS : [])])
  const numbers = [...SEARCHED_NUMBERS, ...OTHER_NUMBERS].filter(({ number }) => wantedNumbers.has(number))
  const words = [...SEARCHED_WORDS, ...OTHER_WORDS].filter(({ ref }) => wantedWords.has(ref))
  const columns = [
    ...FIRST_OF_ALL,
    ...[...numbers, ...words].map(({ column }) => column),
    ...(wants.sums ? [ID_SQL, 'verdict_text', ATTEMPTS_SQL] : []),
    ...(wants.gaps ? GAPS : []),
  ]
  return { numbers, words, sql: columns.join(', '), wants }
}

export type Row = readonly unknown[]

const NO_BYTES = new Uint8Array()
/** Behind the flags, words, statuses and times of an attempt comes the next: each has at least one time. */
const LEAST_ATTEMPT_BYTES = 6
/** Texts and flags that no outline has. */
const KEPT_FLAGS = ~(FLAG.hasTrace | FLAG.hasSpan)

export class OutlinePacker {
  readonly #words: Words
  readonly #columns: OutlineColumns
  readonly #into = new PackBuilder()
  /** Of each value in a column of words that was met since the last `take`: its place in the pack. */
  readonly #refs = new Map<unknown, number>()

  constructor(words: Words, columns: OutlineColumns) {
    this.#words = words
    this.#columns = columns
  }

  add(row: Row): void {
    const into = this.#into
    const { numbers, words, wants } = this.#columns
    const firstText = FIRST_OF_ALL.length + numbers.length + words.length
    const firstGap = firstText + (wants.sums ? TEXTS.length : 0)
    const attempts = wants.sums ? toBytes(row[firstText + 2]) : NO_BYTES
    const gaps = wants.gaps ? toBytes(row[firstGap + 1]) : NO_BYTES
    into.begin(Math.ceil(attempts.length / LEAST_ATTEMPT_BYTES), gaps.length)
    this.#addFields(row)
    if (wants.sums) this.#addTexts(row, firstText)
    if (gaps.length > 0) into.refs[into.ref + REF.gapBounds] = this.#refOf(row[firstGap])
    const count = attempts.length === 0 ? 0 : readAttempts(new ByteReader(attempts), into, this.#wordOf)
    into.refs[into.ref + REF.attempts] = count
    into.end(count, gaps.length === 0 ? 0 : readGaps(new ByteReader(gaps), into, count))
  }

  #addFields(row: Row): void {
    const { numbers: numberColumns, words: wordColumns, wants } = this.#columns
    const firstWord = FIRST_OF_ALL.length + numberColumns.length
    const { refs, ref, numbers, number } = this.#into
    refs.fill(0, ref, ref + REFS)
    numbers.fill(Number.NaN, number, number + NUMS)
    const flags = Number(row[2]) & KEPT_FLAGS
    refs[ref + REF.flags] = wants.sums ? flags : flags & ~FLAG.hasVerdict
    const startMs = row[1]
    numbers[number + NUM.startedAt] = startMs === null ? msOfSeq(Number(row[SEQ])) : Number(startMs)
    for (let at = 0; at < numberColumns.length; at += 1) {
      const value = row[FIRST_OF_ALL.length + at]
      if (value !== null) numbers[number + (numberColumns[at]?.number ?? 0)] = Number(value)
    }
    for (let at = 0; at < wordColumns.length; at += 1) {
      const value = row[firstWord + at]
      if (value !== null) refs[ref + (wordColumns[at]?.ref ?? 0)] = this.#refOf(value)
    }
  }

  take(): PackedRecords {
    this.#refs.clear()
    return this.#into.take()
  }

  #addTexts(row: Row, first: number): void {
    const into = this.#into
    into.text(REF.idLength, toText(row[first]))
    into.text(REF.traceLength, '')
    into.text(REF.spanLength, '')
    into.text(REF.verdictLength, toText(row[first + 1]))
  }

  /** Numbers of words, and texts behind a mark: neither is taken for the other. */
  #refOf(value: unknown): number {
    const known = this.#refs.get(value)
    if (known !== undefined) return known
    const ref = this.#into.word(REF.outcome, this.#words.read(value))
    this.#refs.set(value, ref)
    return ref
  }

  readonly #wordOf = (id: number): string | undefined => this.#words.read(id === 0 ? null : id)
}

function toBytes(value: unknown): Uint8Array {
  return value instanceof Uint8Array ? value : NO_BYTES
}

function toText(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
