// The gateway's own file for a container: what people wrote, listening to the network of the stack, with the addresses of
// this machine replaced by those of the stack. Secrets are references in it already; what it needs from outside is listed.
import { toPortable, type WrittenConfig } from '../../config/print.ts'
import type { Config } from '../../config/resolve.ts'
import { printYaml } from '../commented-yaml.ts'
import type { StackFile, StackInput } from '../stack.ts'
import { atHost, toLoopbackUrl } from './loopback.ts'
import { createMover, type Mover, type Moves } from './moves.ts'
import { findSecretNames, toSecretName, toSecretReference } from './secret-names.ts'
import {
  OLLAMA,
  OLLAMA_PORT,
  POSTGRES,
  POSTGRES_PORT,
  POSTGRES_SECRET,
  REDIS,
  REDIS_PORT,
  toSurroundings,
  type Surroundings,
} from './surroundings.ts'

export const GATEWAY_FILE = 'weir/weir.yaml'
/** As the gateway listens when nobody says otherwise. */
const GATEWAY_PORT = 18789
export const DATA_FOLDER = '/data'
/** By which a container reaches the machine that it runs on; compose makes the name. */
export const HOST_NAME = 'host.docker.internal'

export interface GatewayFile extends StackFile, Moves {
  /** The files below /run/secrets that it asks for, in the order of its text. */
  readonly secrets: readonly string[]
  readonly surroundings: Surroundings
  readonly port: number
  readonly metricsPort: number
}

interface Work {
  readonly input: StackInput
  readonly around: Surroundings
  readonly mover: Mover
}

export function toGatewayFile(input: StackInput): GatewayFile {
  const work: Work = { input, around: toSurroundings(input.config), mover: createMover() }
  const written = toPortable(input.config, (path) => toSecretReference(toSecretName(path, input.config)))
  const steps = [withListeners, withBackends, withState, withRecords, withReceivers, withoutLoopback]
  const value = steps.reduce((before, step) => step(before, work), written)
  const text = printYaml(value, { header: HEADER })
  const { moved, stuck } = work.mover
  const ports = { port: toGatewayPort(input.config), metricsPort: toMetricsPort(input) }
  const needs = { secrets: findSecretNames(text), surroundings: work.around }
  return { path: GATEWAY_FILE, text, moved, stuck, ...needs, ...ports }
}

const HEADER = [
  'The configuration of the gateway as it runs in this stack: what differs from the defaults. Written by',
  '"weir stack init" from your own weir.yaml: change that, and write the stack again. You bring the files it asks for.',
].join('\n')

function toMap(value: unknown): WrittenConfig {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as WrittenConfig) : {}
}

function toList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** A listener on a socket, or on any free port, has the usual one in a stack. */
export function toGatewayPort({ gateway: { listen } }: Config): number {
  return listen.kind === 'tcp' && listen.port !== 0 ? listen.port : GATEWAY_PORT
}

function toMetricsPort({ places }: StackInput): number {
  return Number(places.gatewayMetrics.split(':').at(-1))
}

/** Every interface of a container is the network of the stack, no more; and its log is read by a machine. */
function withListeners(written: WrittenConfig, { input }: Work): WrittenConfig {
  const { listen: _, ...rest } = written
  return {
    listen: `:${toGatewayPort(input.config)}`,
    ...rest,
    metrics: { ...toMap(written['metrics']), listen: `:${toMetricsPort(input)}` },
    log: { ...toMap(written['log']), format: 'json' },
    data: DATA_FOLDER,
  }
}

function withBackends(written: WrittenConfig, { input, around, mover }: Work): WrittenConfig {
  if (around.isOllamaAssumed) {
    const from = '(none: an Ollama on the same machine)'
    const url = mover.to({ key: 'backends', from, to: `http://${OLLAMA}:${OLLAMA_PORT}` })
    return { ...written, backends: [{ name: OLLAMA, url, kind: 'ollama' }] }
  }
  const backends = toList(written['backends']).map((entry, at) => {
    const settings = input.config.gateway.backends[at]
    const url = settings === undefined ? undefined : toLoopbackUrl(settings.url)
    if (settings === undefined || url === undefined) return entry
    const key = `backends[${at}].url`
    const host = toHost(at, url, { input, around })
    return { ...toMap(entry), url: mover.to({ key, from: settings.url, to: atHost(url, host) }) }
  })
  return { ...written, backends }
}

/** An Ollama stands in the stack. Another server does in a cluster, under its own name; beside compose it runs on the host. */
function toHost(at: number, { port }: URL, { input, around }: Omit<Work, 'mover'>): string {
  const service = around.ollamas.find(({ backend }) => backend === at)?.service
  if (service !== undefined) return `${service}:${OLLAMA_PORT}`
  if (input.target === 'compose') return HOST_NAME
  const name = toServiceName(input.config.gateway.backends[at]?.name ?? '')
  return port === '' ? name : `${name}:${port}`
}

function toServiceName(name: string): string {
  const plain = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
  return plain === '' ? 'backend' : plain
}

function withState(written: WrittenConfig, { input, around, mover }: Work): WrittenConfig {
  const { state } = input.config.limits
  if (!around.redis || state === undefined) return written
  const database = new URL(state.url.secret.reveal()).pathname.replace(/^\/$/, '')
  const to = `redis://${REDIS}:${REDIS_PORT}${database}`
  const url = mover.to({ key: 'state', from: state.url.shown, to })
  const before = written['state']
  return { ...written, state: typeof before === 'string' ? url : { ...toMap(before), url } }
}

function withRecords(written: WrittenConfig, { input, around, mover }: Work): WrittenConfig {
  const { store } = input.config.records
  if (around.postgres === undefined || store.kind !== 'postgres') return written
  const user = encodeURIComponent(around.postgres.user)
  const place = `${POSTGRES}:${POSTGRES_PORT}/${encodeURIComponent(around.postgres.database)}`
  const to = `postgres://${user}:${toSecretReference(POSTGRES_SECRET)}@${place}`
  const records = {
    ...toMap(written['records']),
    store: mover.to({ key: 'records.store', from: store.shown, to }),
  }
  return { ...written, records }
}

/** The Alertmanager of this machine becomes that of the stack. */
function withReceivers(written: WrittenConfig, { input, mover }: Work): WrittenConfig {
  const alerts = toMap(written['alerts'])
  if (alerts['receivers'] === undefined) return written
  const receivers = toList(alerts['receivers']).map((entry, at) => {
    const settings = input.config.alerting.receivers[at]
    const secret = settings?.kind === 'email' ? settings.smtp : settings?.url
    if (secret === undefined || toLoopbackUrl(secret.reveal()) === undefined) return entry
    const key = `alerts.receivers[${at}].${settings?.kind === 'email' ? 'smtp' : 'url'}`
    if (settings?.kind !== 'alertmanager') {
      mover.leave(key)
      return entry
    }
    const move = { from: 'an Alertmanager of this machine', to: `http://${input.places.alertmanager}` }
    return { ...toMap(entry), url: mover.to({ key, ...move }) }
  })
  return { ...written, alerts: { ...alerts, receivers } }
}

/** Links are for the browsers of people, whose machine is another one anyway. */
const FOR_BROWSERS = 'alerts.links.'

function withoutLoopback(written: WrittenConfig, { input, mover }: Work): WrittenConfig {
  const change = (text: string, key: string): string => {
    const url = key.startsWith(FOR_BROWSERS) ? undefined : toLoopbackUrl(text)
    if (url === undefined) return text
    if (input.target === 'compose') return mover.to({ key, from: text, to: atHost(url, HOST_NAME) })
    mover.leave(key)
    return text
  }
  return toMap(mapTexts(written, '', change))
}

function mapTexts(value: unknown, key: string, change: (text: string, key: string) => string): unknown {
  if (typeof value === 'string') return change(value, key)
  if (Array.isArray(value)) return value.map((entry, at) => mapTexts(entry, `${key}[${at}]`, change))
  if (typeof value !== 'object' || value === null) return value
  const at = (name: string): string => (key === '' ? name : `${key}.${name}`)
  return Object.fromEntries(
    Object.entries(value).map(([name, entry]) => [name, mapTexts(entry, at(name), change)]),
  )
}
