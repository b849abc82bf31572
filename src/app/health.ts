// `/healthz` and `/readyz`, on the gateway's listener and on the metrics listener alike.
import type { Gateway } from '../gateway/gateway.ts'

/** Why the gateway should get no new requests; empty when it should. */
export type ReadinessQuestion = () => readonly string[]

/** As much of an answer as a page needs, of whichever listener. */
export interface PageAnswer {
  writeHead(status: number, headers: string[]): unknown
  end(body: Buffer): unknown
}

export interface HealthPages {
  /** Answers a health request; returns false for any other. */
  answer(request: { readonly url?: string | undefined }, response: PageAnswer): boolean
}

export function whyNotReady(gateway: Pick<Gateway, 'draining' | 'strain' | 'backends'>): string[] {
  if (gateway.draining) return ['draining: shutting down']
  if (gateway.strain !== undefined) return [`overloaded: ${gateway.strain}`]
  const backends = [...gateway.backends()]
  return backends.some((backend) => backend.up === true) ? [] : ['no backend answers']
}

const UNREADY_STATUS = 503

/** Also with a query: monitors add one so that nobody answers from a cache. */
function isPage(url: string, path: string): boolean {
  return url.startsWith(path) && (url.length === path.length || url[path.length] === '?')
}

export function createHealthPages(whyNotReady: ReadinessQuestion): HealthPages {
  return {
    answer(request, response) {
      const { url = '' } = request
      if (isPage(url, '/healthz')) {
        send(response, 200, { status: 'ok' })
        return true
      }
      if (!isPage(url, '/readyz')) return false
      const reasons = whyNotReady()
      if (reasons.length === 0) send(response, 200, { status: 'ready' })
      else send(response, UNREADY_STATUS, { status: 'not ready', reasons })
      return true
    },
  }
}

function send(response: PageAnswer, status: number, body: unknown): void {
  const bytes = Buffer.from(JSON.stringify(body))
  response.writeHead(status, [
    'content-type',
    'application/json',
    'content-length',
    String(bytes.length),
    'cache-control',
    'no-store',
  ])
  response.end(bytes)
}
