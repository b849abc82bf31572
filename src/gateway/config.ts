// What can be configured about the data plane: where it listens, what stands behind it, its clocks and its limits.
import { z } from 'zod'
import { backendUrl, duration, listenAddress, secret, size } from '../config/fields.ts'

export const BACKEND_KINDS = ['ollama', 'vllm', 'llamacpp', 'openai', 'anthropic', 'simulator'] as const
export type BackendKind = (typeof BACKEND_KINDS)[number]

/** A label value and a header value: no spaces, no control characters, nothing that needs quoting. */
const NAME = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, 'letters, digits, dot, dash and underscore, at most 63')

const TIMEOUTS = z.strictObject({
  /** TCP and TLS. Two seconds is far beyond a healthy local network and short enough to try another backend. */
  connect: duration().prefault('2s'),
  /** Long, because a backend may have to load the model first. */
  firstToken: duration().prefault('120s'),
  idle: duration().prefault('60s'),
  total: duration().prefault('15m'),
})

export const backendSchema = z.strictObject({
  name: NAME,
  url: backendUrl(),
  kind: z.enum(BACKEND_KINDS).prefault('openai'),
  /** Sent to the backend in the form its kind expects; the caller's own key never is. */
  apiKey: secret().optional(),
  /** Models served, for a backend that cannot list them; else it is asked. */
  models: z.array(z.string().min(1)).optional(),
  /** Whether streamed OpenAI requests may be asked to report usage (`stream_options`); off for servers that refuse it. */
  askUsage: z.boolean().prefault(true),
  timeouts: TIMEOUTS.prefault({}),
})

export const modelSchema = z.strictObject({
  /** The name callers use. */
  name: z.string().min(1),
  /** Backends that may serve it; absent: every backend that lists it. */
  backends: z.array(z.string()).min(1).optional(),
  strategy: z.enum(['least-busy']).prefault('least-busy'),
})

export const serverSchema = z.strictObject({
  /** Callers send images inside the JSON; 32 MiB holds several. */
  maxBody: size().prefault('32MiB'),
  maxHeader: size().prefault('16KiB'),
  /** Deeper JSON is refused: some parsers behind us recurse. */
  maxDepth: z.int().min(8).max(1000).prefault(128),
  /** Slowloris: Node's default of 60 s leaves 200 slow connections open for a minute and a half. */
  headerTimeout: duration().prefault('10s'),
  bodyTimeout: duration().prefault('60s'),
  /** A caller that does not read for so long is cut off, and its work cancelled. */
  writeTimeout: duration().prefault('60s'),
  keepAlive: duration().prefault('65s'),
  maxConnections: z.int().min(1).prefault(10_000),
  /** How long streams may go on after the first SIGTERM. */
  drain: duration().prefault('30s'),
})

/** The part of the configuration file that belongs to the data plane. */
export const gatewaySchema = {
  listen: listenAddress().prefault('127.0.0.1:18789'),
  server: serverSchema.prefault({}),
  backends: z.array(backendSchema).prefault([]),
  models: z.array(modelSchema).prefault([]),
  discovery: z
    .strictObject({ every: duration().prefault('15s'), timeout: duration().prefault('2s') })
    .prefault({}),
  retry: z.strictObject({ attempts: z.int().min(1).max(3).prefault(3) }).prefault({}),
}

export type BackendSettings = Readonly<z.output<typeof backendSchema>>
export type ModelSettings = Readonly<z.output<typeof modelSchema>>
export type ServerSettings = Readonly<z.output<typeof serverSchema>>
export type TimeoutSettings = Readonly<z.output<typeof TIMEOUTS>>

export interface GatewaySettings {
  readonly listen: z.output<typeof gatewaySchema.listen>
  readonly server: ServerSettings
  readonly backends: readonly BackendSettings[]
  readonly models: readonly ModelSettings[]
  readonly discovery: { readonly every: number; readonly timeout: number }
  readonly retry: { readonly attempts: number }
}
