// One GET of a page on which a backend tells of itself: bounded in time and size, with the backend's own credential, over connections
// of its own. Which pages may be asked for is decided by who asks.
import { request } from 'undici'
import type { Clock } from '../../../core/clock.ts'
import { toBackendCredential } from '../../http/headers.ts'
import type { Backend } from '../backend.ts'

/** A listing of thousands of models is far below this; more is not a listing. */
const MAX_LISTING_BYTES = 8_388_608

export interface Patience {
  readonly timeoutMs: number
  readonly clock: Clock
  /** Without this as much as the longest listing takes. */
  readonly maxBytes?: number | undefined
}

export interface Page {
  readonly path: string
  readonly status: number
  readonly text: string
}

export class ProbeError extends Error {
  override readonly name = 'ProbeError'
}

/** Nothing came in time. */
export class LateError extends ProbeError {}

export function fetchPage(backend: Backend, path: string, patience: Patience): Promise<Page> {
  const { timeoutMs, clock, maxBytes = MAX_LISTING_BYTES } = patience
  const late = new AbortController()
  return new Promise((resolve, reject) => {
    const stopTimer = clock.after(timeoutMs, () => {
      const error = new LateError(`GET ${path} took over ${timeoutMs} ms`)
      late.abort(error)
      // undici heeds the signal once it is connected; a host that answers nothing would keep us for its ten seconds.
      reject(error)
    })
    void getPage(backend, path, { signal: late.signal, maxBytes }).then(resolve, reject).finally(stopTimer)
  })
}

interface Bounds {
  readonly signal: AbortSignal
  readonly maxBytes: number
}

async function getPage(backend: Backend, path: string, { signal, maxBytes }: Bounds): Promise<Page> {
  const answer = await request(backend.urlFor(path), {
    dispatcher: backend.client.probeAgent,
    method: 'GET',
    headers: { accept: 'application/json, text/plain', ...toBackendCredential(backend.settings) },
    signal,
  })
  const text = await readText(answer.body as AsyncIterable<Buffer>, path, maxBytes)
  return { path, status: answer.statusCode, text }
}

async function readText(body: AsyncIterable<Buffer>, path: string, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.length
    if (size > maxBytes) throw new ProbeError(`GET ${path} answered more than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
