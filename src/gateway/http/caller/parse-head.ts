// The head of a request: its line, its headers, and what they say of the body's length and of the connection's future. Pure.
// Where RFC 9112 leaves a choice that two readers could make differently, the request is refused.
import { codeAt } from '../../../core/code-at.ts'
import { METHODS } from 'node:http'
import { invalid } from '../../http1/fault.ts'
import { createFieldsClass, endOf, FieldLine } from '../../http1/field-block.ts'
import { keepsAlive } from '../../http1/keeps-alive.ts'
import { CR, LF, SP, TOKEN, VISIBLE } from '../../http1/syntax.ts'
import { lowerCase } from '../headers.ts'

/** How a body ends, where it is not a number of bytes. */
export const CHUNKED = -1
/** Nobody can tell: the request is refused, and what follows it on its connection belongs to nobody. */
export const UNKNOWN = -2

/** By lower-case name. Of what came twice: the first, for names that have one value; else all of them, with commas. */
export interface CallerHeaders {
  readonly [name: string]: string | undefined
  readonly connection?: string | undefined
  readonly expect?: string | undefined
  readonly host?: string | undefined
}

export interface RequestHead {
  readonly method: string
  readonly url: string
  /** Of HTTP/1.x. */
  readonly httpVersionMinor: 0 | 1
  /** `[name, value, …]` as they came. */
  readonly rawHeaders: readonly string[]
  readonly headers: CallerHeaders
  /** The body's length in bytes, CHUNKED or UNKNOWN. */
  readonly length: number
  /** Whether the caller would like to send another request on this connection. */
  readonly keepsAlive: boolean
}

const KNOWN_METHODS: ReadonlySet<string> = new Set(METHODS)
const VERSION_PREFIX = 'HTTP/1.'
const DIGIT_0 = 0x30
const DIGIT_1 = 0x31

/** `text`: the lines of the head, each with its end. Throws a ConnectionFault. */
export function parseRequestHead(text: string): RequestHead {
  const methodEnd = endOf(TOKEN, text, 0)
  const method = text.slice(0, methodEnd)
  if (codeAt(text, methodEnd) !== SP || !KNOWN_METHODS.has(method)) throw invalid('a method')
  const urlEnd = endOf(VISIBLE, text, methodEnd + 1)
  const url = text.slice(methodEnd + 1, urlEnd)
  if (url === '' || codeAt(text, urlEnd) !== SP) throw invalid('a target')
  const minor = codeAt(text, urlEnd + 1 + VERSION_PREFIX.length)
  const lineEnd = urlEnd + 2 + VERSION_PREFIX.length
  const isVersion = text.startsWith(VERSION_PREFIX, urlEnd + 1) && (minor === DIGIT_0 || minor === DIGIT_1)
  if (!isVersion || codeAt(text, lineEnd) !== CR || codeAt(text, lineEnd + 1) !== LF) {
    throw invalid('a version other than 1.0 and 1.1')
  }
  const httpVersionMinor = minor === DIGIT_1 ? 1 : 0
  const rawHeaders: string[] = []
  const headers = readHeaders(text, lineEnd + 2, rawHeaders)
  return {
    ...{ method, url, httpVersionMinor, rawHeaders, headers },
    length: lengthOf(headers, httpVersionMinor),
    keepsAlive: keepsAlive(headers.connection, httpVersionMinor === 1),
  }
}

const HeadersObject = createFieldsClass<string | undefined>()

const line = new FieldLine()

function readHeaders(text: string, from: number, rawHeaders: string[]): CallerHeaders {
  const headers = new HeadersObject()
  const { length } = text
  for (let at = from; at < length;) {
    at = line.read(text, at)
    if (at === -1) throw invalid('a control character in a header')
    const { name, value } = line
    rawHeaders.push(name, value)
    const lower = lowerCase(name)
    const before = headers[lower]
    headers[lower] = before === undefined ? value : withAnother(lower, before, value)
  }
  line.forget()
  return headers
}

/** Names that have one value by their definition (RFC 9110); `content-length` is not among them, so that two are none. */
const FIRST_COUNTS = new Set(['authorization', 'content-type', 'host', 'proxy-authorization', 'user-agent'])

/** RFC 9110 5.3; RFC 6265 5.4 for cookies. */
function withAnother(name: string, before: string, value: string): string {
  if (FIRST_COUNTS.has(name)) return before
  return name === 'cookie' ? `${before}; ${value}` : `${before}, ${value}`
}

/** A length that came twice is a list, and no number. */
const LENGTH = /^\d+$/

/** What counts in 64 bits begins anew beyond it, and would see the end of the body elsewhere. */
const LENGTHS_END = 2 ** 63

/** RFC 9112 6.3. Without either, a request has no body. */
function lengthOf(headers: CallerHeaders, httpVersionMinor: 0 | 1): number {
  const length = headers['content-length']
  const coding = headers['transfer-encoding']
  if (length !== undefined) {
    if (!LENGTH.test(length) || Number(length) >= LENGTHS_END) throw invalid('a content-length')
  }
  if (coding === undefined) return length === undefined ? 0 : Number(length)
  if (length !== undefined) throw invalid('both content-length and transfer-encoding')
  return httpVersionMinor === 1 && coding.toLowerCase() === 'chunked' ? CHUNKED : UNKNOWN
}
