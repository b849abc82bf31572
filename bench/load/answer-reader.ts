// Reads one HTTP/1.1 answer from chunks cut anywhere: is it complete, is it good, how many stream events did it hold.
// It knows the two framings that proxies use (length, chunked) and looks at no byte twice; it is no general HTTP parser.

/** `more`: not complete yet; `bad`: not 200, or not the framing or the length it announced. */
export type Reading = 'more' | 'complete' | 'bad'

const HEAD_END = '\r\n\r\n'
const LENGTH = /\r\ncontent-length: *(\d+)\r\n/i
const CHUNKED = /\r\ntransfer-encoding: *chunked\r\n/i
const OK = 'HTTP/1.1 200'
const LAST_CHUNK = '0\r\n\r\n'
const NEWLINE = 0x0a
const EVENT_END = Buffer.from('\n\n')
/** No proxy's head is near it; a larger one is a mistake, not an answer. */
const MAX_HEAD_BYTES = 16_384

export class AnswerReader {
  /** Bytes of the body; for a chunked one with its framing. */
  bodyBytes = 0
  /** Server-sent events, by the empty line that ends each. */
  events = 0
  /** Why the last reading was bad. */
  problem: string | undefined
  #head: Buffer | undefined
  #inBody = false
  /** Bytes still to come; -1 for chunked. */
  #left = 0
  #tail = ''

  /** Ready for the next answer on the same connection. */
  reset(): void {
    this.bodyBytes = 0
    this.events = 0
    this.problem = undefined
    this.#head = undefined
    this.#inBody = false
    this.#left = 0
    this.#tail = ''
  }

  read(chunk: Buffer): Reading {
    if (this.#inBody) return this.#readBody(chunk)
    const bytes = this.#head === undefined ? chunk : Buffer.concat([this.#head, chunk])
    const end = bytes.indexOf(HEAD_END)
    if (end === -1) {
      this.#head = bytes
      return bytes.length > MAX_HEAD_BYTES ? this.#refuse('a head without end') : 'more'
    }
    const head = bytes.toString('latin1', 0, end + 2)
    if (!head.startsWith(OK)) return this.#refuse(head.slice(0, head.indexOf('\r')))
    const length = LENGTH.exec(head)?.[1]
    if (length === undefined && !CHUNKED.test(head)) return this.#refuse('neither length nor chunks')
    this.#left = length === undefined ? -1 : Number(length)
    this.#inBody = true
    return this.#readBody(bytes.subarray(end + HEAD_END.length))
  }

  #readBody(bytes: Buffer): Reading {
    this.bodyBytes += bytes.length
    if (this.#left >= 0) {
      this.#left -= bytes.length
      if (this.#left > 0) return 'more'
      return this.#left === 0 ? 'complete' : this.#refuse('more bytes than announced')
    }
    if (bytes.length === 0) return 'more'
    this.#countEvents(bytes)
    const tail =
      bytes.length >= LAST_CHUNK.length
        ? bytes.toString('latin1', bytes.length - LAST_CHUNK.length)
        : (this.#tail + bytes.toString('latin1')).slice(-LAST_CHUNK.length)
    this.#tail = tail
    return tail === LAST_CHUNK ? 'complete' : 'more'
  }

  #refuse(problem: string): 'bad' {
    this.problem = problem
    return 'bad'
  }

  #countEvents(bytes: Buffer): void {
    // An empty line cut in two by the network. The framing has no such pair of its own: it ends lines with \r\n.
    if (bytes[0] === NEWLINE && this.#tail.endsWith('\n')) this.events += 1
    for (let at = bytes.indexOf(EVENT_END); at !== -1; at = bytes.indexOf(EVENT_END, at + 2)) this.events += 1
  }
}
