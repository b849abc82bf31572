// Puts bytes on the connection and counts them: the plain way fast, the odd ways (split, coalesce, trickle, gzip,
// wrong length) behind one check. Knows no dialect.

import { gzipSync } from 'node:zlib'
import type { Exchange } from './exchange.ts'

const MAX_PIECE_BYTES = 7
/** In every answer, so that nobody takes it for a real model. */
export const SERVER_NAME = 'weir-simulator'

type Bytes = string | Buffer

function sizeOf(bytes: Bytes): number {
  return typeof bytes === 'string' ? Buffer.byteLength(bytes) : bytes.length
}

export class Wire {
  readonly #x: Exchange
  /** Events held back by `coalesce`, and the tokens in them. */
  #held = ''
  #heldEvents = 0
  #heldTokens = 0
  #pieceSeed = 1

  constructor(x: Exchange) {
    this.#x = x
  }

  /** A whole answer in one write. `tokens` are those it holds. */
  async respond(answer: {
    status: number
    contentType: string
    body: string
    headers?: readonly string[]
    tokens?: number
  }): Promise<void> {
    const { faults, entry, res } = this.#x
    const { status, contentType, body, headers = [], tokens = 0 } = answer
    if (this.#x.gone) return
    entry.status = status
    if (faults.size > 0) return this.#respondOddly(answer)
    const length = Buffer.byteLength(body)
    const head = [
      'content-type',
      contentType,
      'content-length',
      String(length),
      'server',
      SERVER_NAME,
      ...headers,
    ]
    res.writeHead(status, head)
    entry.bytesWritten += length
    entry.tokensWritten += tokens
    res.end(body)
    return undefined
  }

  /** Opens an answer of unknown length. */
  openStream(contentType: string, headers: readonly string[] = []): void {
    const { faults, entry, res } = this.#x
    if (this.#x.gone) return
    entry.status = 200
    const head = ['content-type', contentType, 'cache-control', 'no-cache', 'server', SERVER_NAME, ...headers]
    if (faults.size > 0) head.push(...this.#oddStreamHeaders())
    res.writeHead(200, head)
  }

  /** Writes events; what it returns, if anything, must be awaited before the next write. */
  write(text: string, tokens = 0): Promise<void> | undefined {
    if (this.#x.faults.size > 0) return this.#writeOddly(text, tokens)
    return this.#send(text, tokens)
  }

  /** Lets out what `coalesce` holds back. */
  flush(): Promise<void> | undefined {
    if (this.#held === '' && this.#heldTokens === 0) return undefined
    const [text, tokens] = [this.#held, this.#heldTokens]
    this.#held = ''
    this.#heldEvents = 0
    this.#heldTokens = 0
    return this.#frame(Buffer.from(text), tokens)
  }

  async end(): Promise<void> {
    await this.flush()
    if (this.#x.gone) return
    if (this.#x.faults.has('wrong-length-long')) this.#x.cut()
    else this.#x.res.end()
  }

  async #respondOddly(answer: Parameters<Wire['respond']>[0]): Promise<void> {
    const { faults, res } = this.#x
    const zipped = faults.has('gzip-anyway')
    const bytes = zipped ? gzipSync(answer.body) : Buffer.from(answer.body)
    const longer = faults.get('wrong-length-long') ?? 0
    const claimed = Math.max(0, bytes.length + longer - (faults.get('wrong-length-short') ?? 0))
    const head = [
      'content-type',
      answer.contentType,
      'content-length',
      String(claimed),
      'server',
      SERVER_NAME,
    ]
    if (zipped) head.push('content-encoding', 'gzip')
    res.writeHead(answer.status, [...head, ...(answer.headers ?? [])])
    await this.#inPieces(bytes, answer.tokens ?? 0)
    await this.end()
  }

  /** A stream has no length to get wrong, so it claims one: too large by far, or hardly anything. */
  #oddStreamHeaders(): string[] {
    const FAR_TOO_LONG = 1_000_000_000
    const { faults } = this.#x
    const short = faults.get('wrong-length-short')
    const head: string[] = []
    if (faults.has('wrong-length-long')) head.push('content-length', String(FAR_TOO_LONG))
    else if (short !== undefined) head.push('content-length', String(short))
    if (faults.has('gzip-anyway')) head.push('content-encoding', 'gzip')
    return head
  }

  #writeOddly(text: string, tokens: number): Promise<void> | undefined {
    const together = this.#x.faults.get('coalesce')
    if (together === undefined) return this.#frame(Buffer.from(text), tokens)
    this.#held += text
    this.#heldTokens += tokens
    if (text !== '') this.#heldEvents++
    return this.#heldEvents >= together ? this.flush() : undefined
  }

  /** Members of a gzip file may follow each other (RFC 1952, 2.2), so each write is one. */
  async #frame(bytes: Buffer, tokens: number): Promise<void> {
    await this.#inPieces(this.#x.faults.has('gzip-anyway') ? gzipSync(bytes) : bytes, tokens)
  }

  /** The tokens count with the last piece: whoever has that may leave at once, and was given all of them. */
  async #inPieces(bytes: Buffer, tokens: number): Promise<void> {
    const { faults } = this.#x
    const trickleMs = faults.get('trickle')
    if (bytes.length === 0 || (trickleMs === undefined && !faults.has('split')))
      return this.#send(bytes, tokens)
    for (let at = 0; at < bytes.length && !this.#x.gone;) {
      const size = trickleMs === undefined ? this.#nextPieceSize() : 1
      const isLast = at + size >= bytes.length
      await this.#send(bytes.subarray(at, at + size), isLast ? tokens : 0)
      at += size
      await (trickleMs === undefined ? this.#nextTurn() : this.#x.sleep(trickleMs))
    }
    return undefined
  }

  #nextPieceSize(): number {
    this.#pieceSeed = (this.#pieceSeed * 48_271) % 2_147_483_647 // minstd
    return 1 + (this.#pieceSeed % MAX_PIECE_BYTES)
  }

  /** Lets the kernel send a piece before the next one is written, so that they arrive apart. */
  #nextTurn(): Promise<void> {
    return this.#x.until((wake) => {
      const immediate = setImmediate(wake)
      return () => clearImmediate(immediate)
    })
  }

  #send(bytes: Bytes, tokens: number): Promise<void> | undefined {
    const { entry, gone, res } = this.#x
    if (gone) return undefined
    entry.tokensWritten += tokens
    if (bytes.length === 0) return undefined
    entry.bytesWritten += sizeOf(bytes)
    if (res.write(bytes)) return undefined
    // Back-pressure: the reader is slow, so the model waits.
    return this.#x.until((wake) => {
      res.once('drain', wake)
      return () => res.off('drain', wake)
    })
  }
}
