// Collects a block of lines up to its empty line, however it is cut into reads, and reads its fields. Heads and trailers alike.
import { codeAt } from '../../core/code-at.ts'
import { lowerCase } from '../http/headers.ts'
import { invalid, tooLarge } from './fault.ts'
import type { ReadWindow } from './read-window.ts'
import { COLON, CR, FIELD_TEXT, HTAB, LF, MAX_HEAD_BYTES, SP, TOKEN } from './syntax.ts'

const FIRST_HELD_BYTES = 1_024
const EMPTY_LINE_BYTES = 2

/** Grows with what comes, never beyond the limit; almost every block comes in one read and is not copied at all. */
export class BlockCollector {
  readonly #maxBytes: number
  /** Once `take` has returned true: the block's lines, each with its end, without the empty line behind them. */
  text = ''
  #held: Buffer | undefined
  #size = 0

  constructor(maxBytes = MAX_HEAD_BYTES) {
    this.#maxBytes = maxBytes
  }

  /** Whether a block has begun and is not complete. */
  get isHolding(): boolean {
    return this.#size > 0
  }

  /** Takes what belongs to the block; returns whether that was all of it. */
  take(window: ReadWindow): boolean {
    if (this.#size > 0) return this.#takeMore(window)
    const { bytes, at: start, end } = window
    const blockEnd = findBlockEnd(bytes, { start, from: start, end, maxBytes: this.#maxBytes })
    if (blockEnd === -1) this.#hold(window)
    else {
      this.#finish(bytes, start, blockEnd)
      window.at = blockEnd
    }
    return blockEnd !== -1
  }

  /** Whether an unfinished block may become one that begins so. */
  mayBegin(prefix: string): boolean {
    const held = this.#held?.toString('latin1', 0, Math.min(this.#size, prefix.length)) ?? ''
    return prefix.startsWith(held)
  }

  reset(): void {
    this.#held = undefined
    this.#size = 0
  }

  #takeMore(window: ReadWindow): boolean {
    const { at: start } = window
    const before = this.#size
    const held = this.#hold(window)
    // An end of line may have been cut in two.
    const blockEnd = findBlockEnd(held, {
      ...{ start: 0, from: Math.max(0, before - 1) },
      ...{ end: this.#size, maxBytes: this.#maxBytes },
    })
    if (blockEnd === -1) return false
    this.#finish(held, 0, blockEnd)
    window.at = start + blockEnd - before
    return true
  }

  /** Keeps everything in the window. */
  #hold(window: ReadWindow): Buffer {
    const { bytes, at, end } = window
    // One more than is allowed shows that it is too much.
    const taken = Math.min(end - at, this.#maxBytes + 1 - this.#size)
    const size = this.#size + taken
    let held = this.#held
    if (held === undefined || held.length < size) {
      const grown = Buffer.allocUnsafeSlow(Math.max(FIRST_HELD_BYTES, size, 2 * this.#size))
      held?.copy(grown, 0, 0, this.#size)
      held = grown
    }
    bytes.copy(held, this.#size, at, at + taken)
    this.#held = held
    this.#size = size
    window.at = end
    return held
  }

  #finish(bytes: Buffer, start: number, blockEnd: number): void {
    this.text = bytes.toString('latin1', start, blockEnd - EMPTY_LINE_BYTES)
    this.reset()
  }
}

interface Span {
  readonly start: number
  readonly from: number
  readonly end: number
  readonly maxBytes: number
}

/** Behind the empty line; -1 without one. A line that ends otherwise than by CR LF is refused as soon as it is seen. */
function findBlockEnd(bytes: Buffer, { start, from, end, maxBytes }: Span): number {
  const most = Math.min(end, start + maxBytes)
  for (let at = from; at < most; at += 1) {
    if (bytes[at] !== LF) continue
    if (at === start || bytes[at - 1] !== CR || bytes[at - 2] === CR)
      throw invalid('a line that does not end in CR LF')
    if (at - start >= 3 && bytes[at - 2] === LF) return at + 1
  }
  if (end > most) throw tooLarge(`over ${maxBytes} bytes of headers`)
  return -1
}

/** By lower-case name; nothing is inherited, so that a header called `constructor` is a header. */
export type Fields = Record<string, string | string[]>

/**
 * With a prototype, an empty one: the engine keeps objects that have none as hash tables, and reading an ordinary head and
 * going through it once for the caller took 1.6 µs instead of 1.0.
 */
export function createFieldsClass<T>(): new () => Record<string, T> {
  const FieldsObject = function () {
    // Fields are added as they are read.
  } as unknown as new () => Record<string, T>
  FieldsObject.prototype = Object.create(null) as Record<string, T>
  return FieldsObject
}

const FieldsObject = createFieldsClass<string | string[]>()

/** Of these more than one value is one text, so that whoever expects one value is never given a list. */
const ONE_VALUE = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'keep-alive',
  'retry-after',
  'transfer-encoding',
])

/** One `name: value` line, read into the same object again and again: a head has a dozen of them. */
export class FieldLine {
  /** As it was written. */
  name = ''
  value = ''

  /** Returns where the next line begins, or -1 for a control character in the value. Throws for what is no field at all. */
  read(text: string, at: number): number {
    const colon = endOf(TOKEN, text, at)
    if (colon === at || codeAt(text, colon) !== COLON) throw invalid('a line that is no header')
    this.name = text.slice(at, colon)
    let start = colon + 1
    while (isBlank(codeAt(text, start))) start += 1
    const lineEnd = endOf(FIELD_TEXT, text, start)
    if (codeAt(text, lineEnd) !== CR || codeAt(text, lineEnd + 1) !== LF) return -1
    let end = lineEnd
    while (end > start && isBlank(codeAt(text, end - 1))) end -= 1
    this.value = text.slice(start, end)
    return lineEnd + EMPTY_LINE_BYTES
  }

  /** A slice keeps the whole head in memory, credentials and all. */
  forget(): void {
    this.name = this.value = ''
  }
}

const line = new FieldLine()

/** Reads `name: value` lines from there to the text's end. Of what came twice the values are a list. */
export function readFields(text: string, from: number): Fields {
  const fields = new FieldsObject()
  const { length } = text
  for (let at = from; at < length;) {
    at = line.read(text, at)
    const name = lowerCase(line.name)
    if (at === -1) throw invalid(`a control character in ${name}`)
    const before = fields[name]
    fields[name] = before === undefined ? line.value : withAnother(name, before, line.value)
  }
  line.forget()
  return fields
}

/** RFC 9110 5.3. */
function withAnother(name: string, before: string | string[], value: string): string | string[] {
  const values = typeof before === 'string' ? [before, value] : [...before, value]
  return ONE_VALUE.has(name) ? values.join(', ') : values
}

/**
 * The first place at or behind `at` whose character is not of the table. Behind the end there is no character, so the length is
 * not asked for: texts come in many internal forms, and the engine looked it up anew for every character.
 */
export function endOf(table: Uint8Array, text: string, at: number): number {
  let end = at
  while (table[codeAt(text, end)] === 1) end += 1
  return end
}

function isBlank(code: number): boolean {
  return code === SP || code === HTAB
}
