// nginx and Caddy in front of the gateway, so that streams leave as they come and callers that leave are noticed. The guide
// shows the same text and acceptance tests run it with the real programs: every line is there for one of them.
import { printDuration } from '../../core/units.ts'
import { toGatewayPort } from '../gateway-file/gateway-file.ts'
import { toReachable } from '../places.ts'
import type { StackFile, StackInput } from '../stack.ts'

export interface ProxySettings {
  /** Where the gateway listens, as the proxy reaches it: `host:port`, or `unix:/path`. */
  readonly gateway: string
  /** Where callers connect. */
  readonly port: number
  /** The longest that any request may take. */
  readonly totalMs: number
  /** How long the gateway keeps an idle connection. */
  readonly keepAliveMs: number
}

const PROXY_PORT = 8080
const MS_PER_MINUTE = 60_000
const MS_PER_SECOND = 1_000
/** nginx closes idle connections after this, unless it is told otherwise (keepalive_timeout of upstreams, 1.15.3). */
const NGINX_IDLE_MS = 60_000
/** As timeouts.total of a backend that says nothing. */
const USUAL_TOTAL_MS = 900_000

export function renderReverseProxy(input: StackInput): readonly StackFile[] {
  if (input.target === 'kubernetes') return []
  const settings = toProxySettings(input)
  return [
    { path: 'reverse-proxy/nginx.conf', text: `${HEADER}${toNginx(settings)}` },
    { path: 'reverse-proxy/Caddyfile', text: `${HEADER}${toCaddy(settings)}` },
  ]
}

const HEADER = `# In front of the gateway. Add your host name and certificate; docs/guide/reverse-proxy.md says what each line is for, and
# what must not be added. Name the address of the proxy in server.trustedProxies.
`

export function toProxySettings({ config, target }: Pick<StackInput, 'config' | 'target'>): ProxySettings {
  const { backends, server } = config.gateway
  const totals = backends.map(({ timeouts }) => timeouts.total)
  return {
    gateway: toGateway({ config, target }),
    port: PROXY_PORT,
    totalMs: totals.length === 0 ? USUAL_TOTAL_MS : Math.max(...totals),
    keepAliveMs: server.keepAlive,
  }
}

/** Beside compose, the port of the gateway is published on this machine. */
function toGateway({ config, target }: Pick<StackInput, 'config' | 'target'>): string {
  const { listen } = config.gateway
  const port = toGatewayPort(config)
  if (target !== 'files') return toReachable({ host: undefined, port })
  return listen.kind === 'unix' ? `unix:${listen.path}` : toReachable({ host: listen.host, port })
}

export function toNginx({ gateway, port, totalMs, keepAliveMs }: ProxySettings): string {
  return `upstream weir {
    server ${gateway};
${toKeepAlive(keepAliveMs)}
}

server {
    listen ${port};

    location / {
        proxy_pass http://weir;
        proxy_http_version 1.1;
        proxy_set_header Connection "";

        # Who called, for server.trustedProxies.
        proxy_set_header Host $host;
        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        proxy_set_header X-Forwarded-Host $host;
        proxy_set_header X-Forwarded-Proto $scheme;

        # Events leave as they come.
        proxy_buffering off;

        # Bodies go through as they come, and Weir says what is too large (server.maxBody), in the caller's own dialect.
        proxy_request_buffering off;
        client_max_body_size 0;

        # A model may think for long: a little more than the total clock of a backend (timeouts.total, ${printDuration(totalMs)}).
        proxy_read_timeout ${Math.ceil(totalMs / MS_PER_MINUTE) + 1}m;
        proxy_send_timeout 75s;

        # Retries are Weir's: what a model has begun must not be begun again elsewhere.
        proxy_next_upstream off;
    }
}
`
}

/** Whoever closes an idle connection must be the one who would send the next request into it. */
function toKeepAlive(keepAliveMs: number): string {
  const seconds = Math.floor(keepAliveMs / MS_PER_SECOND)
  const lines = [
    `    # Connections are kept for the next request. Weir keeps idle ones for ${seconds} s, nginx for ${toNginxIdle(keepAliveMs)} s: nginx closes first.`,
    '    keepalive 64;',
  ]
  if (keepAliveMs <= NGINX_IDLE_MS) lines.push(`    keepalive_timeout ${toNginxIdle(keepAliveMs)}s;`)
  return lines.join('\n')
}

/** A tenth sooner than the gateway, where the usual minute would be later. */
function toNginxIdle(keepAliveMs: number): number {
  if (keepAliveMs > NGINX_IDLE_MS) return NGINX_IDLE_MS / MS_PER_SECOND
  return Math.max(1, Math.floor((keepAliveMs * 0.9) / MS_PER_SECOND))
}

export function toCaddy({ gateway, port }: ProxySettings): string {
  return `:${port} {
	reverse_proxy ${gateway.replace('unix:', 'unix/')}
}
`
}
