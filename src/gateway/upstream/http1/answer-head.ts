// The head of an answer: its status, its headers, and what they say of the body's length and of the connection's future. Pure.
// Where RFC 9112 leaves a choice that two readers could make differently, the answer is refused.
import { codeAt } from '../../../core/code-at.ts'
import type { IncomingHttpHeaders } from 'node:http'
import { invalid } from '../../http1/fault.ts'
import { endOf, readFields } from '../../http1/field-block.ts'
import { keepsAlive } from '../../http1/keeps-alive.ts'
import { CR, FIELD_TEXT, LF, SP } from '../../http1/syntax.ts'

/** How a body ends, where it is not a number of bytes. */
export const CHUNKED = -1
export const UNTIL_CLOSE = -2

export interface AnswerHead {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** The body's length in bytes, CHUNKED or UNTIL_CLOSE. */
  readonly length: number
  /** Whether the connection may carry another request after this answer. */
  readonly keepsAlive: boolean
}

/** Every status line begins so; `isAnswerLike` in the parser refuses what does not without waiting for its end. */
export const VERSION_PREFIX = 'HTTP/1.'

const MINOR_AT = VERSION_PREFIX.length
const STATUS_AT = MINOR_AT + 2
const REASON_AT = STATUS_AT + 3
const DIGIT_0 = 0x30
const DIGIT_1 = 0x31
const DIGIT_9 = 0x39

/** RFC 9110 15: a status is of one of five classes. */
const MIN_STATUS = 100
const MAX_STATUS = 599

/** `text`: the lines of the head, each with its end. */
export function parseAnswerHead(text: string): AnswerHead {
  const minor = codeAt(text, MINOR_AT)
  if (!text.startsWith(VERSION_PREFIX) || (minor !== DIGIT_0 && minor !== DIGIT_1)) {
    throw invalid('a version other than 1.0 and 1.1')
  }
  const status = readStatus(text)
  // Whatever reads as one value is one: see ONE_VALUE there.
  const headers = readFields(text, endOfStatusLine(text)) as IncomingHttpHeaders
  const length = lengthOf(status, headers, minor === DIGIT_1)
  return {
    status,
    headers,
    length,
    keepsAlive: length !== UNTIL_CLOSE && keepsAlive(headers.connection, minor === DIGIT_1),
  }
}

function readStatus(text: string): number {
  let status = 0
  for (let at = STATUS_AT; at < REASON_AT; at += 1) {
    const digit = codeAt(text, at)
    if (!(digit >= DIGIT_0 && digit <= DIGIT_9)) throw invalid('a status that is not three digits')
    status = status * 10 + digit - DIGIT_0
  }
  const isSound = codeAt(text, STATUS_AT - 1) === SP && status >= MIN_STATUS && status <= MAX_STATUS
  if (!isSound) throw invalid('a status line')
  return status
}

/** Many servers leave out the blank before a reason that they leave out too. */
function endOfStatusLine(text: string): number {
  const next = codeAt(text, REASON_AT)
  const end = next === SP ? endOf(FIELD_TEXT, text, REASON_AT + 1) : REASON_AT
  if (codeAt(text, end) !== CR || codeAt(text, end + 1) !== LF) throw invalid('a status line')
  return end + 2
}

/** Fifteen digits are a petabyte, and exact in a double. A header that came twice is a list, and no number. */
const LENGTH = /^\d{1,15}$/

/** RFC 9112 6.3, without its leniences: what could end a body in two ways ends the connection. */
function lengthOf(status: number, headers: IncomingHttpHeaders, isHttp11: boolean): number {
  const coding = headers['transfer-encoding']
  const length = headers['content-length']
  if (length !== undefined && !LENGTH.test(length)) throw invalid('a content-length')
  if (coding !== undefined) {
    if (length !== undefined) throw invalid('both content-length and transfer-encoding')
    if (coding.toLowerCase() !== 'chunked' || !isHttp11) throw invalid('a transfer-encoding')
  }
  if (status < 200 || status === 204 || status === 304) return 0
  if (coding !== undefined) return CHUNKED
  return length === undefined ? UNTIL_CLOSE : Number(length)
}

/** RFC 9112 has no word on it, most servers do: for how long an idle connection is kept. Undefined when it is not said. */
export function promisedIdleSeconds(headers: IncomingHttpHeaders): number | undefined {
  const stated = headers['keep-alive']
  const found = typeof stated === 'string' ? KEEP_ALIVE_TIMEOUT.exec(stated) : null
  return found === null ? undefined : Number(found[1])
}

const KEEP_ALIVE_TIMEOUT = /(?:^|[ ,])timeout=(\d{1,6})(?:$|[ ,;])/
