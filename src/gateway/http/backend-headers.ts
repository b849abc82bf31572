// The headers of the request we send to a backend.
import type { BackendSettings } from '../config.ts'
import type { Exchange } from '../exchange.ts'
import { toTraceparent } from '../trace.ts'
import { connectionOptions, crossesToBackend, lowerCase, toBackendCredential } from './headers.ts'

/** `[name, value, …]` for the connection, which adds host and content-length itself. */
export function toBackendHeaders(exchange: Exchange, settings: BackendSettings): string[] {
  const raw = exchange.request.rawHeaders
  const connection = exchange.request.headers.connection
  const options = connection === undefined ? undefined : connectionOptions(connection)
  const headers: string[] = ['accept-encoding', 'identity', 'x-request-id', exchange.id]
  const traceparent = toTraceparent(exchange)
  if (traceparent !== undefined) headers.push('traceparent', traceparent)
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const lower = lowerCase(raw[index] ?? '')
    if (!crossesToBackend(lower) || options?.has(lower) === true) continue
    // The backend's parent is our attempt, and the caller's span is ours.
    if (traceparent !== undefined && lower === 'traceparent') continue
    headers.push(lower, raw[index + 1] ?? '')
  }
  if (settings.apiKey !== undefined) headers.push(...Object.entries(toBackendCredential(settings)).flat())
  return headers
}
