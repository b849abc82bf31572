// One keep-alive connection that asks one thing at a time. It tells its owner of the first event and of the end, each once.
import net from 'node:net'
import { AnswerReader } from './answer-reader.ts'

/** How a request ended: `closed` is the owner's own doing, `failed` everything that is not a complete, good answer. */
export type Ending = 'complete' | 'failed' | 'closed'

export interface Listener {
  onEnd(connection: Connection, ending: Ending): void
  /** Some of the answer arrived; called before `onEnd`. */
  onProgress?(connection: Connection): void
}

export class Connection {
  readonly reader = new AnswerReader()
  readonly #socket: net.Socket
  #listener: Listener | undefined

  constructor(port: number) {
    this.#socket = net.connect({ port, host: '127.0.0.1', noDelay: true })
    this.#socket.on('data', (chunk: Buffer) => this.#onData(chunk))
    this.#socket.on('error', () => this.#socket.destroy())
    this.#socket.on('close', () => this.#finish('failed'))
  }

  /** An idle connection that the other side has ended is of no use. */
  get usable(): boolean {
    return !this.#socket.destroyed && this.#socket.readyState !== 'readOnly' && !this.#socket.readableEnded
  }

  /** Why the last request failed. */
  get problem(): string {
    return this.reader.problem ?? 'the connection was closed'
  }

  send(request: Buffer, listener: Listener): void {
    this.reader.reset()
    this.#listener = listener
    this.#socket.write(request)
  }

  close(): void {
    this.#finish('closed')
    this.#socket.destroy()
  }

  #onData(chunk: Buffer): void {
    const listener = this.#listener
    if (listener === undefined) {
      // Bytes that nobody asked for: the answer before was longer than it said.
      this.#socket.destroy()
      return
    }
    const reading = this.reader.read(chunk)
    listener.onProgress?.(this)
    if (reading === 'complete') this.#finish('complete')
    else if (reading === 'bad') {
      this.#finish('failed')
      this.#socket.destroy()
    }
  }

  #finish(ending: Ending): void {
    const listener = this.#listener
    this.#listener = undefined
    listener?.onEnd(this, ending)
  }
}
