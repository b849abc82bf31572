// What of a record is a list, as bytes for one column: attempts and the buckets of gaps. They stand in files for months:
// another form needs another version of the tables.
import { ATTEMPT_NUMS, ATTEMPT_REFS, GAP_NUMS, NUMS, REFS } from '../codec/layout.ts'
import type { PackBuilder } from '../codec/builder.ts'
import type { PackedReader } from '../codec/reader.ts'

const MORE = 0x80
const LOW_BITS = 0x7f
const BITS_OF_A_BYTE = 7
const BITS = 128
const MOST_OF_BITS = 0x7fff_ffff
const DOUBLE_BYTES = 8
/** A number below 2^53 in steps of seven bits. */
const LONGEST_COUNT = 8

/** What a batch of short answers takes: ids and attempts. */
const FIRST_BYTES = 65_536

/** Of an attempt: its times, each of which may be missing, and its status. */
const TIMES = ATTEMPT_NUMS - 1
const LONGEST_ATTEMPT = 1 + (ATTEMPT_REFS + 1) * LONGEST_COUNT + TIMES * DOUBLE_BYTES

/** Writes one value after the other into a buffer of its own. All of them are good until the next `clear`. */
export class ByteWriter {
  #bytes = new Uint8Array(FIRST_BYTES)
  #view = new DataView(this.#bytes.buffer)
  #begun = 0
  #used = 0

  clear(): void {
    this.#used = 0
  }

  /** A new value, of at most so many bytes. */
  begin(room: number): void {
    // What was written stays where it is: a larger buffer is another one.
    if (this.#used + room > this.#bytes.length) this.#replace(room)
    this.#begun = this.#used
  }

  byte(value: number): void {
    this.#bytes[this.#used] = value
    this.#used += 1
  }

  /** A whole number from 0. */
  count(value: number): void {
    let rest = value
    // Bits only know numbers below 2^31.
    while (rest > MOST_OF_BITS) {
      const above = Math.floor(rest / BITS)
      this.byte((rest - above * BITS) | MORE)
      rest = above
    }
    while (rest >= BITS) {
      this.byte((rest & LOW_BITS) | MORE)
      rest >>>= BITS_OF_A_BYTE
    }
    this.byte(rest)
  }

  double(value: number): void {
    this.#view.setFloat64(this.#used, value, true)
    this.#used += DOUBLE_BYTES
  }

  /** The value that was begun last. */
  get written(): Uint8Array {
    return new Uint8Array(this.#bytes.buffer, this.#begun, this.#used - this.#begun)
  }

  #replace(room: number): void {
    this.#bytes = new Uint8Array(Math.max(room, this.#bytes.length * 2))
    this.#view = new DataView(this.#bytes.buffer)
    this.#used = 0
  }
}

/** Reads what a writer wrote. */
export class ByteReader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length
  }

  count(): number {
    let value = 0
    let factor = 1
    for (;;) {
      const byte = this.#bytes[this.#at] ?? 0
      this.#at += 1
      value += (byte & LOW_BITS) * factor
      if ((byte & MORE) === 0) return value
      factor *= BITS
    }
  }

  double(): number {
    const value = this.#view.getFloat64(this.#at, true)
    this.#at += DOUBLE_BYTES
    return value
  }
}

/** `wordOf` gives the number of a word of the pack in the file. */
export function writeAttempts(
  writer: ByteWriter,
  reader: PackedReader,
  wordOf: (ref: number) => number,
): Uint8Array {
  const { attempts } = reader
  writer.begin(attempts * LONGEST_ATTEMPT)
  for (let at = 0; at < attempts; at += 1) {
    const ref = REFS + at * ATTEMPT_REFS
    const number = NUMS + at * ATTEMPT_NUMS
    let present = 0
    for (let time = 0; time < TIMES; time += 1) {
      if (!Number.isNaN(reader.number(number + time))) present |= 1 << time
    }
    const status = reader.number(number + TIMES)
    writer.count(present)
    writer.count(Number.isNaN(status) ? 0 : status)
    for (let word = 0; word < ATTEMPT_REFS; word += 1) writer.count(wordOf(reader.ref(ref + word)))
    for (let time = 0; time < TIMES; time += 1) {
      if ((present & (1 << time)) !== 0) writer.double(reader.number(number + time))
    }
  }
  return writer.written
}

/** Behind the record in hand; answers how many there were. `wordOf` gives the text of a number of the file. */
export function readAttempts(
  reader: ByteReader,
  into: PackBuilder,
  wordOf: (id: number) => string | undefined,
): number {
  const { numbers, refs } = into
  let at = 0
  for (; !reader.isAtEnd; at += 1) {
    const ref = into.ref + REFS + at * ATTEMPT_REFS
    const number = into.number + NUMS + at * ATTEMPT_NUMS
    const present = reader.count()
    const status = reader.count()
    for (let word = 0; word < ATTEMPT_REFS; word += 1) {
      refs[ref + word] = into.word(REFS + word, wordOf(reader.count()))
    }
    for (let time = 0; time < TIMES; time += 1) {
      numbers[number + time] = (present & (1 << time)) === 0 ? Number.NaN : reader.double()
    }
    numbers[number + TIMES] = status === 0 ? Number.NaN : status
  }
  return at
}

export function writeGaps(writer: ByteWriter, reader: PackedReader): Uint8Array {
  const at = reader.gapsAt
  const buckets = reader.number(at)
  writer.begin((buckets + GAP_NUMS) * DOUBLE_BYTES)
  writer.double(reader.number(at + 2))
  writer.double(reader.number(at + 3))
  writer.count(reader.number(at + 1))
  for (let bucket = 0; bucket < buckets; bucket += 1) writer.count(reader.number(at + GAP_NUMS + bucket))
  return writer.written
}

/** Behind the attempts; answers how many numbers they took. */
export function readGaps(reader: ByteReader, into: PackBuilder, attempts: number): number {
  const { numbers, number } = into
  const at = number + NUMS + attempts * ATTEMPT_NUMS
  numbers[at + 2] = reader.double()
  numbers[at + 3] = reader.double()
  numbers[at + 1] = reader.count()
  let buckets = 0
  for (; !reader.isAtEnd; buckets += 1) numbers[at + GAP_NUMS + buckets] = reader.count()
  numbers[at] = buckets
  return GAP_NUMS + buckets
}
