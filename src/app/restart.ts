// What of a new configuration a running gateway cannot take over: listeners and what was built around them.
import { isDeepStrictEqual } from 'node:util'
import type { Config } from '../config/resolve.ts'

const BOUND_AT_START: Readonly<Record<string, (config: Config) => unknown>> = {
  listen: ({ gateway }) => gateway.listen,
  'server.maxHeader': ({ gateway }) => gateway.server.maxHeader,
  'server.headerTimeout': ({ gateway }) => gateway.server.headerTimeout,
  'server.bodyTimeout': ({ gateway }) => gateway.server.bodyTimeout,
  'server.keepAlive': ({ gateway }) => gateway.server.keepAlive,
  'server.maxConnections': ({ gateway }) => gateway.server.maxConnections,
  'server.halfClose': ({ gateway }) => gateway.server.halfClose,
  data: ({ dataDir }) => dataDir,
  state: ({ limits: { state } }) => state && { ...state, url: state.url.secret.reveal() },
  'records.store': ({ records: { store } }) =>
    store.kind === 'postgres' ? store.secret.reveal() : store.kind,
  timezone: ({ limits }) => limits.timezone,
  metrics: ({ telemetry }) => telemetry.metrics,
  log: ({ telemetry }) => telemetry.log,
  otlp: ({ telemetry: { otlp } }) =>
    otlp && { ...otlp, headers: Object.entries(otlp.headers).map(([name, value]) => [name, value.reveal()]) },
}

/** The keys that differ and take effect only after a restart. */
export function needsRestart(running: Config, next: Config): string[] {
  return Object.entries(BOUND_AT_START)
    .filter(([, read]) => !isDeepStrictEqual(read(running), read(next)))
    .map(([key]) => key)
}
