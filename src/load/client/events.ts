// Cuts the text of a stream into events: server-sent events, or a JSON object a line. Bytes may be cut anywhere.
import { StringDecoder } from 'node:string_decoder'

/** Given the data of one event. */
export type OnEvent = (data: string) => void

/** An event that is larger is no event of a model. */
const MAX_EVENT_CHARACTERS = 16_777_216
const DATA = 'data:'

export class EventCutter {
  readonly #decoder = new StringDecoder('utf8')
  readonly #framing: 'sse' | 'ndjson'
  readonly #onEvent: OnEvent
  #rest = ''
  #data: string | undefined

  constructor(framing: 'sse' | 'ndjson', onEvent: OnEvent) {
    this.#framing = framing
    this.#onEvent = onEvent
  }

  /** False when an event grows beyond all measure: then there is no use in going on. */
  read(chunk: Buffer): boolean {
    const text = this.#rest + this.#decoder.write(chunk)
    let from = 0
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', from)) {
      this.#line(text.slice(from, text[end - 1] === '\r' ? Math.max(from, end - 1) : end))
      from = end + 1
    }
    this.#rest = text.slice(from)
    return this.#rest.length + (this.#data?.length ?? 0) <= MAX_EVENT_CHARACTERS
  }

  /** What stands there without its line end: a last line of JSON counts, a server-sent event without its end does not. */
  end(): void {
    if (this.#framing === 'ndjson' && this.#rest.trim() !== '') this.#onEvent(this.#rest)
    this.#rest = ''
  }

  #line(line: string): void {
    if (this.#framing === 'ndjson') {
      if (line.trim() !== '') this.#onEvent(line)
      return
    }
    if (line === '') {
      if (this.#data !== undefined) this.#onEvent(this.#data)
      this.#data = undefined
    } else if (line.startsWith(DATA)) {
      const value = line.slice(line[DATA.length] === ' ' ? DATA.length + 1 : DATA.length)
      this.#data = this.#data === undefined ? value : `${this.#data}\n${value}`
    }
  }
}
