// The listener of the metrics page: its own port, so that it can stay inside when the gateway is outside.
import { createServer, type Server } from 'node:http'
import type { Metrics } from '../telemetry/registry.ts'
import type { AlertHooks } from './alert-hooks.ts'
import type { DiscoveryPage } from './discovery.ts'
import type { HealthPages } from './health.ts'

export interface MetricsServerInput {
  readonly path: string
  readonly metrics: Metrics
  readonly health: HealthPages
  readonly hooks: AlertHooks
  readonly discovery: DiscoveryPage
  readonly onFailure: (cause: unknown) => void
}

/** A scraper is a known, patient neighbour; these are there for everybody else. */
const HEADER_TIMEOUT_MS = 10_000
const MAX_CONNECTIONS = 256

export function createMetricsServer(input: MetricsServerInput): Server {
  const { path, metrics, health, hooks, discovery, onFailure } = input
  const server = createServer({ headersTimeout: HEADER_TIMEOUT_MS }, (request, response) => {
    if ([health, hooks, discovery].some((page) => page.answer(request, response))) return
    const target = request.url ?? '/'
    const query = target.indexOf('?')
    if ((query === -1 ? target : target.slice(0, query)) !== path) {
      response.writeHead(404, ['content-type', 'text/plain; charset=utf-8'])
      response.end(`The metrics are at ${path}\n`)
      return
    }
    metrics.render(request.headers.accept).then(
      (page) => {
        response.writeHead(200, ['content-type', page.contentType])
        response.end(request.method === 'HEAD' ? undefined : page.body)
      },
      (thrown: unknown) => {
        onFailure(thrown)
        response.writeHead(500, ['content-type', 'text/plain; charset=utf-8'])
        response.end('The metrics could not be read; see the log.\n')
      },
    )
  })
  server.maxConnections = MAX_CONNECTIONS
  return server
}
