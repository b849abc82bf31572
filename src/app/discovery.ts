// `GET /sd/prometheus` beside the metrics: what a Prometheus should scrape, as its HTTP discovery reads it: the gateways, and those
// of the backends that have metrics. Addresses only; a key of a backend is never in it.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { GatewaySettings } from '../gateway/config.ts'
import { joinPath, toBasePath } from '../gateway/routing/base-path.ts'
import { DISCOVERY_PATH, JOBS } from '../stack/places.ts'

type Backend = GatewaySettings['backends'][number]

export interface DiscoveryInput {
  readonly metrics: { readonly path: string; readonly replicas: readonly string[] }
  /** Those that are served by now. */
  readonly backends: () => readonly Pick<Backend, 'name' | 'url' | 'kind' | 'metrics'>[]
}

/** As prometheus.io, "HTTP SD" has it. */
export interface TargetGroup {
  readonly targets: readonly string[]
  readonly labels: Readonly<Record<string, string>>
}

export interface DiscoveryPage {
  /** Answers a request for the list; returns false for any other. */
  answer(request: IncomingMessage, response: ServerResponse): boolean
}

export function createDiscoveryPage(input: DiscoveryInput): DiscoveryPage {
  return {
    answer(request, response) {
      const [path] = (request.url ?? '').split('?')
      if (path !== DISCOVERY_PATH) return false
      if (request.method !== 'GET' && request.method !== 'HEAD') {
        response.writeHead(405, { allow: 'GET, HEAD' })
        response.end()
        return true
      }
      // Never anything but the whole list with a 200: of everything else Prometheus keeps what it had.
      const { localAddress, localPort } = request.socket
      const body = JSON.stringify(toTargets(input, toAuthority(localAddress, localPort)))
      response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' })
      response.end(request.method === 'HEAD' ? undefined : body)
      return true
    },
  }
}

/** `self` is where this process was reached, which behind a balancer is no address that the caller knows. */
export function toTargets(
  { metrics, backends }: DiscoveryInput,
  self: string | undefined,
): readonly TargetGroup[] {
  const known = metrics.replicas.length > 0 ? metrics.replicas : self === undefined ? [] : [self]
  const gateways = { targets: known, labels: { job: JOBS.gateway, __metrics_path__: metrics.path } }
  return [...(known.length > 0 ? [gateways] : []), ...backends().filter(hasMetrics).map(toGroup)]
}

/**
 * Of llama.cpp only where somebody wrote it: asking for its metrics counts as use, and wakes a model that sleeps. `true` for
 * another kind means that its server has a page of metrics all the same.
 */
function hasMetrics({ kind, metrics }: Pick<Backend, 'kind' | 'metrics'>): boolean {
  return metrics ?? kind === 'vllm'
}

const USUAL_PORT: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' }

function toGroup({ name, url, kind }: Pick<Backend, 'name' | 'url' | 'kind'>): TargetGroup {
  const { protocol, hostname, port } = new URL(url)
  return {
    targets: [`${hostname}:${port === '' ? (USUAL_PORT[protocol] ?? '') : port}`],
    labels: {
      job: JOBS.backends,
      backend: name,
      kind,
      __scheme__: protocol.replace(':', ''),
      __metrics_path__: joinPath(toBasePath(url, kind), '/metrics'),
    },
  }
}

/** A socket of a unix listener has no address. */
function toAuthority(address: string | undefined, port: number | undefined): string | undefined {
  if (address === undefined || port === undefined) return undefined
  const plain = address.replace(/^::ffff:(?=\d+\.)/, '')
  return `${plain.includes(':') ? `[${plain}]` : plain}:${port}`
}
