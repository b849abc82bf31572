// Server-sent events as bytes (WHATWG HTML, "Parsing an event stream"): where an event ends, and where its data is.
// LF, CRLF and lone CR all end a line; nothing is decoded.
import type { Boundary } from './splitter.ts'

const LF = 0x0a
const CR = 0x0d
const COLON = 0x3a
const SPACE = 0x20
const DATA = Buffer.from('data')

/** An event ends at an empty line. */
export class SseBoundary implements Boundary {
  /** Bytes of the line that is not over yet. */
  #lineBytes = 0
  /** The last byte was a CR that ended a line: an LF right behind it belongs to it. */
  #afterCr = false
  /** The event that is being read has bytes already. */
  #any = false
  /** Looked for once a chunk: looking again for each event would cost the square of the chunk's size. */
  #chunkHasCr = false

  findEnd(chunk: Buffer, from: number): number {
    if (from === 0) this.#chunkHasCr = chunk.includes(CR)
    return this.#afterCr || this.#chunkHasCr
      ? this.#findEndByAny(chunk, from)
      : this.#findEndByLf(chunk, from)
  }

  /** What every known model server sends: no CR at all. */
  #findEndByLf(chunk: Buffer, from: number): number {
    let at = from
    for (;;) {
      const lf = chunk.indexOf(LF, at)
      if (lf === -1) {
        this.#lineBytes += chunk.length - at
        if (chunk.length > at) this.#any = true
        return -1
      }
      const lineIsEmpty = this.#lineBytes + lf - at === 0
      this.#lineBytes = 0
      at = lf + 1
      if (lineIsEmpty && this.#any) {
        this.#any = false
        return at
      }
      this.#any = true
    }
  }

  #findEndByAny(chunk: Buffer, from: number): number {
    for (let at = from; at < chunk.length; at += 1) {
      const byte = chunk[at]
      const secondHalf = byte === LF && this.#afterCr
      this.#afterCr = byte === CR
      if (secondHalf) {
        // The event ended at its CR, in the chunk before: this LF is all that is left of it.
        if (!this.#any) return at + 1
        continue
      }
      if (byte !== LF && byte !== CR) {
        this.#lineBytes += 1
        this.#any = true
        continue
      }
      const ended = this.#lineBytes === 0 && this.#any
      this.#any = !ended
      this.#lineBytes = 0
      if (!ended) continue
      // Take the LF of a final CRLF along, if it is here already; if it comes later it ends a piece of its own.
      if (byte === CR && chunk[at + 1] === LF) {
        this.#afterCr = false
        return at + 2
      }
      return at + 1
    }
    return -1
  }
}

/** Where the data of an event is: a span of the event's bytes, or bytes joined from several `data:` lines. */
export interface DataSpan {
  bytes: Buffer
  start: number
  end: number
}

/**
 * Finds the data of the event `[start, end)` and writes it into `into`.
 * Returns false when there is none: a comment, a ping without data, a `retry:` line.
 */
// eslint-disable-next-line max-params -- once per streamed event: the result object is reused, the span is not boxed
export function findData(bytes: Buffer, start: number, end: number, into: DataSpan): boolean {
  let joined: Buffer[] | undefined
  let found = false
  let at = start
  while (at < end) {
    const lineEnd = endOfLine(bytes, at, end)
    const value = startOfData(bytes, at, lineEnd)
    if (value !== -1) {
      if (found) {
        joined ??= [into.bytes.subarray(into.start, into.end)]
        joined.push(NEWLINE, bytes.subarray(value, lineEnd))
      } else {
        found = true
        into.bytes = bytes
        into.start = value
        into.end = lineEnd
      }
    }
    at = lineEnd + 1
  }
  if (joined !== undefined) {
    into.bytes = Buffer.concat(joined)
    into.start = 0
    into.end = into.bytes.length
  }
  return found
}

const NEWLINE = Buffer.from('\n')

function endOfLine(bytes: Buffer, from: number, end: number): number {
  let at = from
  while (at < end && bytes[at] !== LF && bytes[at] !== CR) at += 1
  return at
}

/** Offset of the value of a `data` line, or -1 when the line is another field or a comment. */
function startOfData(bytes: Buffer, from: number, lineEnd: number): number {
  if (lineEnd - from < DATA.length) return -1
  for (let index = 0; index < DATA.length; index += 1) if (bytes[from + index] !== DATA[index]) return -1
  const colon = from + DATA.length
  if (colon === lineEnd) return lineEnd
  if (bytes[colon] !== COLON) return -1
  return bytes[colon + 1] === SPACE && colon + 1 < lineEnd ? colon + 2 : colon + 1
}
