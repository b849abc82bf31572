// Heads and bodies of answers to the caller.
import type { Exchange, Place } from '../exchange.ts'
import { pushLimitHeaders } from './limit-headers.ts'
import type { Opened } from '../upstream/attempt.ts'
import { connectionOptions, crossesToCaller } from './headers.ts'

export interface Reply {
  readonly status: number
  /** `[name, value, …]` */
  readonly headers: string[]
  readonly body: Buffer
}

/** A complete answer in one write. HEAD gets the head of what GET would have got (RFC 9110 9.3.2). */
export function reply(exchange: Exchange, { status, headers, body }: Reply): void {
  const { request, response } = exchange
  headers.push('content-length', String(body.length))
  response.writeHead(status, headers)
  if (request.method === 'HEAD') {
    response.end()
    return
  }
  exchange.responseBytes += body.length
  exchange.content?.addAnswer(body)
  response.end(body)
}

/** What every answer carries: who it is for and where it came from. */
export function modelHeaders(exchange: Exchange): string[] {
  const headers = ['x-request-id', exchange.id]
  // The name under which Anthropic's clients look for it.
  if (exchange.api.dialect === 'anthropic') headers.push('request-id', exchange.id)
  if (exchange.backend !== undefined) headers.push('x-weir-backend', exchange.backend)
  if (exchange.modelRouted !== undefined) headers.push('x-weir-model', toHeaderValue(exchange.modelRouted))
  if (exchange.reservation !== undefined) pushLimitHeaders(headers, exchange)
  const from = exchange.fallback?.from
  if (from !== undefined) headers.push('x-weir-fallback-from', toHeaderValue(from))
  if (exchange.queued !== undefined) {
    pushPlace(headers, exchange.queued)
    headers.push('x-weir-queue-wait-ms', String(Math.round(exchange.phaseMs.queue)))
  }
  return headers
}

/** Where it stood when it came, and how long that was thought to take: known before anybody answers. */
function pushPlace(headers: string[], { position, estimatedMs }: Place): void {
  headers.push('x-weir-queue-position', String(position))
  if (estimatedMs !== undefined) headers.push('x-weir-queue-estimate-ms', String(Math.round(estimatedMs)))
}

/** The head of a stream before anybody has begun to answer: who it is for, and nothing of where it will come from. */
export function heldHeaders(exchange: Exchange): string[] {
  const headers = ['x-request-id', exchange.id]
  if (exchange.api.dialect === 'anthropic') headers.push('request-id', exchange.id)
  if (exchange.queued !== undefined) pushPlace(headers, exchange.queued)
  headers.push('content-type', 'text/event-stream; charset=utf-8')
  return [...headers, 'cache-control', 'no-cache', 'x-accel-buffering', 'no']
}

/** The head of a backend's answer as the caller gets it, with the phases known so far. */
export function commitHeaders(exchange: Exchange, opened: Opened, nowMs: number): string[] {
  const headers = modelHeaders(exchange)
  headers.push(
    'x-weir-attempts',
    String(exchange.attempts.length + 1),
    'server-timing',
    serverTiming(exchange, nowMs),
  )
  const connection = opened.headers.connection
  const options = connection === undefined ? undefined : connectionOptions(connection)
  for (const name in opened.headers) {
    if (!crossesToCaller(name) || options?.has(name) === true) continue
    const value = opened.headers[name]
    if (typeof value === 'string') headers.push(name, value)
    else if (value !== undefined) for (const each of value) headers.push(name, each)
  }
  if (exchange.meter !== undefined) {
    // Reverse proxies in front of us buffer streams unless they are told not to (nginx: X-Accel-Buffering).
    if (opened.headers['x-accel-buffering'] === undefined) headers.push('x-accel-buffering', 'no')
    if (opened.headers['cache-control'] === undefined) headers.push('cache-control', 'no-cache')
  }
  return headers
}

/** W3C Server-Timing, milliseconds with one decimal. */
function serverTiming(exchange: Exchange, nowMs: number): string {
  const { answer, phaseMs } = exchange
  let text = `receive;dur=${tenths(phaseMs.receive)}`
  if (phaseMs.queue > 0) text += `, queue;dur=${tenths(phaseMs.queue)}`
  if (exchange.retryMs > 0) text += `, retry;dur=${tenths(exchange.retryMs)}`
  if (answer?.connectedMs !== undefined) {
    text += `, connect;dur=${tenths(answer.connectedMs - answer.startedMs)}`
    text += `, ${exchange.meter === undefined ? 'decode' : 'prefill'};dur=${tenths(nowMs - answer.connectedMs)}`
  }
  return text
}

/** One decimal, by whole numbers: printing a double in full is several times slower. */
function tenths(ms: number): string {
  const rounded = Math.round(ms * 10)
  const whole = Math.trunc(rounded / 10)
  return `${whole}.${rounded - whole * 10}`
}

/** Header values are Latin-1 without control characters (RFC 9110 5.5): other names go percent-encoded. */
export function toHeaderValue(name: string): string {
  return /^[\x20-\x7e]*$/.test(name) ? name : encodeURIComponent(name)
}
