// RFC 9112 7.1: takes the framing off a chunked body. Extensions are checked and forgotten, trailers too.
import type { BodyGather } from './body-gather.ts'
import { invalid, tooLarge } from './fault.ts'
import { BlockCollector, readFields } from './field-block.ts'
import type { ReadWindow } from './read-window.ts'
import { CR, HEX, LF, SEMICOLON } from './syntax.ts'

/** No model server sends a piece of two gigabytes; more would only be a way to promise what never comes. */
const MAX_CHUNK_BYTES = 2 ** 31 - 1

/** Leading zeros are allowed, and nobody needs more than this. */
const MAX_SIZE_DIGITS = 16

/** Nobody uses extensions; without a bound they are bytes that nobody counts (CVE-2024-22019). */
const MAX_EXTENSION_BYTES = 1_024

/** `;name`, `;name=token`, `;name="quoted"`; without the blanks around them that only old grammars allow. */
const EXTENSIONS =
  /^(?:;[!#$%&'*+\-.^_`|~\dA-Za-z]+(?:=(?:[!#$%&'*+\-.^_`|~\dA-Za-z]+|"(?:[\t \x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\t \x21-\x7e\x80-\xff])*"))?)+$/

/** Fields that would say again how long the body is, when it is over. */
const NOT_IN_TRAILERS = ['content-length', 'transfer-encoding'] as const

type Phase =
  | 'size'
  | 'extension'
  | 'size-end'
  | 'data'
  | 'data-cr'
  | 'data-lf'
  | 'trailers-or-end'
  | 'trailers'
  | 'last-lf'
  | 'done'

export class ChunkedBody {
  #phase: Phase = 'size'
  #size = 0
  #digits = 0
  #extension = ''
  #extensionBytes = 0
  #trailers: BlockCollector | undefined

  get isDone(): boolean {
    return this.#phase === 'done'
  }

  reset(): void {
    this.#phase = 'size'
    this.#size = 0
    this.#digits = 0
    this.#extensionBytes = 0
    this.#trailers = undefined
  }

  /** Reads on and puts the data into `gather`, until the window is empty or the body over. */
  read(window: ReadWindow, gather: BodyGather): void {
    while (!window.isEmpty && this.#phase !== 'done') {
      if (this.#phase === 'data') this.#readData(window, gather)
      else if (this.#phase === 'trailers') this.#readTrailers(window)
      else {
        const octet = window.bytes[window.at] ?? 0
        // Trailers are lines, and this is the first octet of one.
        if (this.#phase === 'trailers-or-end' && octet !== CR) this.#phase = 'trailers'
        else {
          window.at += 1
          this.#readFraming(octet)
        }
      }
    }
  }

  #readFraming(octet: number): void {
    switch (this.#phase) {
      case 'size':
        this.#readSize(octet)
        return
      case 'extension':
        this.#readExtension(octet)
        return
      case 'size-end':
        expect(octet, LF)
        this.#phase = this.#size === 0 ? 'trailers-or-end' : 'data'
        return
      case 'data-cr':
        expect(octet, CR)
        this.#phase = 'data-lf'
        return
      case 'data-lf':
        expect(octet, LF)
        this.#digits = 0
        this.#phase = 'size'
        return
      case 'trailers-or-end':
        this.#phase = 'last-lf'
        return
      case 'last-lf':
        expect(octet, LF)
        this.#phase = 'done'
        return
      case 'data':
      case 'trailers':
      case 'done':
        return
    }
  }

  #readSize(octet: number): void {
    const digit = HEX[octet] ?? 0
    if (digit > 0) {
      this.#size = (this.#digits === 0 ? 0 : this.#size) * 16 + digit - 1
      this.#digits += 1
      if (this.#digits > MAX_SIZE_DIGITS || this.#size > MAX_CHUNK_BYTES) throw tooLarge('a chunk')
      return
    }
    if (this.#digits === 0) throw invalid('a chunk without a size')
    if (octet === CR) this.#phase = 'size-end'
    else if (octet === SEMICOLON) {
      this.#extension = ';'
      this.#phase = 'extension'
    } else throw invalid('a chunk size')
  }

  #readExtension(octet: number): void {
    if (octet !== CR) {
      this.#extension += String.fromCharCode(octet)
      this.#extensionBytes += 1
      if (this.#extensionBytes > MAX_EXTENSION_BYTES) throw tooLarge('chunk extensions')
      return
    }
    if (!EXTENSIONS.test(this.#extension)) throw invalid('a chunk extension')
    this.#extension = ''
    this.#phase = 'size-end'
  }

  #readData(window: ReadWindow, gather: BodyGather): void {
    const length = Math.min(this.#size, window.end - window.at)
    gather.add(window, length)
    this.#size -= length
    if (this.#size === 0) this.#phase = 'data-cr'
  }

  #readTrailers(window: ReadWindow): void {
    this.#trailers ??= new BlockCollector()
    if (!this.#trailers.take(window)) return
    const fields = readFields(this.#trailers.text, 0)
    for (const name of NOT_IN_TRAILERS) if (fields[name] !== undefined) throw invalid(`a trailer ${name}`)
    this.#phase = 'done'
  }
}

function expect(octet: number, wanted: number): void {
  if (octet !== wanted) throw invalid('the framing of a chunk')
}
