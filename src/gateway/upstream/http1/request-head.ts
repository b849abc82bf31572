// The head of a request as it stands on the wire. Pure. The last place where a stray line break could become a header.

export interface OutgoingRequest {
  readonly method: 'POST'
  readonly path: string
  /** `[name, value, …]`, without those that speak of this connection: host, connection, content-length. */
  readonly headers: readonly string[]
  readonly body: Buffer
}

/** RFC 9112 3.2 has no blanks and no control characters; what else a target may hold was judged where it came in. */
const PATH = /^\/[\x21-\x7e\x80-\xff]*$/
const NAME = /^[!#$%&'*+\-.^_`|~\dA-Za-z]+$/
const UNSAFE_VALUE = /[^\t\x20-\x7e\x80-\xff]/

/** What is the same in every request to one host: the rest of the request line, and the headers up to the length. */
export function toFixedPart(host: string): string {
  return ` HTTP/1.1\r\nhost: ${host}\r\nconnection: keep-alive\r\ncontent-length: `
}

/** Latin-1, one character an octet. Throws a TypeError for what cannot stand in a head: whoever let it come so far is at fault. */
export function toRequestHead(request: OutgoingRequest, fixedPart: string): string {
  const { headers, path } = request
  if (!PATH.test(path)) throw new TypeError('a request path with a blank or a control character')
  let text = `${request.method} ${path}${fixedPart}${request.body.length}\r\n`
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const name = headers[index] ?? ''
    const value = headers[index + 1] ?? ''
    if (!NAME.test(name)) throw new TypeError('a request header whose name is none')
    // Not the value: it may be a key.
    if (UNSAFE_VALUE.test(value)) throw new TypeError(`a request header ${name} with a control character`)
    text += `${name}: ${value}\r\n`
  }
  return `${text}\r\n`
}
