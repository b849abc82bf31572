// The files of a stack for Docker Compose: everything that stands beside the gateway on one machine. How each service looks
// is in the files beside this one; here is who is there, and on which networks.
import { toAlertmanagerSecrets } from '../alertmanager/alertmanager.ts'
import { printYaml } from '../commented-yaml.ts'
import { toGatewayFile, type GatewayFile } from '../gateway-file/gateway-file.ts'
import { OLLAMA, POSTGRES, POSTGRES_SECRET, REDIS } from '../gateway-file/surroundings.ts'
import type { StackFile, StackInput } from '../stack.ts'
import { toEnvironmentExample, toIgnoreFile, toReadme, type ComposeSecret } from './for-people.ts'
import { toGatewayService } from './gateway.ts'
import { DOCKER_API, toAlloyService, toDockerApiService, toLokiService } from './logs.ts'
import {
  toAlertmanagerService,
  toGpuExporterService,
  toGrafanaService,
  toNodeExporterService,
  toPrometheusService,
  withGpus,
} from './monitoring.ts'
import { NETWORKS, type Network } from './networks.ts'
import { EXCEPTIONS, type Service } from './service.ts'
import { toOllamaService, toPostgresService, toRedisService } from './stores.ts'

export function renderCompose(input: StackInput): readonly StackFile[] {
  if (input.target !== 'compose') return []
  const gateway = toGatewayFile(input)
  const secrets = toSecrets(input, gateway)
  const { path, text } = gateway
  return [
    { path, text },
    { path: 'compose.yaml', text: toCompose(input, gateway, secrets) },
    ...toGpuOverride(gateway),
    { path: '.env.example', text: toEnvironmentExample(input, gateway) },
    { path: '.gitignore', text: toIgnoreFile() },
    { path: 'README.md', text: toReadme(input, gateway, secrets) },
  ]
}

/** Each once. */
function toSecrets(input: StackInput, { secrets, surroundings }: GatewayFile): readonly ComposeSecret[] {
  const ofAlertmanager = toAlertmanagerSecrets(input)
  const holds = new Map(ofAlertmanager.map((secret) => [secret.name, secret.holds]))
  const names = [
    ...secrets,
    ...(surroundings.postgres === undefined ? [] : [POSTGRES_SECRET]),
    ...holds.keys(),
  ]
  return [...new Set(names)].map((name) => ({ name, holds: holds.get(name) ?? sayWhatItHolds(name) }))
}

function sayWhatItHolds(name: string): string {
  return name === POSTGRES_SECRET
    ? 'a password for the database of this stack, of letters and digits: `openssl rand -hex 24`'
    : 'what your own weir.yaml has in this place'
}

function toCompose(input: StackInput, gateway: GatewayFile, secrets: readonly ComposeSecret[]): string {
  const services = toServices(input, gateway)
  const value = {
    name: 'weir',
    services,
    networks: toNetworks(services),
    volumes: Object.fromEntries(toVolumes(services).map((name) => [name, {}])),
    ...(secrets.length === 0
      ? {}
      : { secrets: Object.fromEntries(secrets.map(({ name }) => [name, { file: `./secrets/${name}` }])) }),
  }
  return printYaml(value, {
    header: HEADER,
    at: toRemarks(Object.keys(services)),
    spaced: [
      ...['services', 'networks', 'volumes', ...(secrets.length === 0 ? [] : ['secrets'])],
      ...Object.keys(services)
        .slice(1)
        .map((name) => `services/${name}`),
    ],
  })
}

const HEADER = [
  'The whole stack on one machine. Read README.md first: it wants an image, a password and your secrets.',
  'Only the gateway and Grafana are published, and only on this machine unless .env says otherwise.',
].join('\n')

function toServices(input: StackInput, gateway: GatewayFile): Readonly<Record<string, Service>> {
  const { ollamas, isOllamaAssumed, redis, postgres } = gateway.surroundings
  const models = isOllamaAssumed ? [OLLAMA] : ollamas.map(({ service }) => service)
  return {
    weir: toGatewayService(input, gateway),
    ...Object.fromEntries(models.map((name) => [name, toOllamaService(name)])),
    ...(redis ? { [REDIS]: toRedisService() } : {}),
    ...(postgres === undefined ? {} : { [POSTGRES]: toPostgresService(postgres) }),
    prometheus: toPrometheusService(input, gateway),
    alertmanager: toAlertmanagerService(toAlertmanagerSecrets(input).map(({ name }) => name)),
    grafana: toGrafanaService(input),
    loki: toLokiService(),
    alloy: toAlloyService(),
    [DOCKER_API]: toDockerApiService(),
    'node-exporter': toNodeExporterService(),
    'gpu-exporter': toGpuExporterService(),
  }
}

const REMARKS: Readonly<Record<string, string>> = {
  weir: 'Built once with `docker build -t weir:VERSION PATH_OF_WEIR`, or named in .env.',
  ollama: `${EXCEPTIONS['ollama'] ?? ''}\nOn a GPU: compose.gpu.yaml.`,
  prometheus:
    'Remembers longer than the longest window of an objective. Takes no writes and no commands from outside: reload it with\n`docker compose kill -s HUP prometheus`.',
  'docker-api':
    'Whoever holds the socket of Docker is root on this machine. This one holds it, and passes on questions about logs only.',
  'node-exporter': 'Sees the processes and disks of the machine, read-only: that is its work.',
  'gpu-exporter': `docker compose --profile gpu up. ${EXCEPTIONS['gpu-exporter'] ?? ''}`,
}

function toRemarks(services: readonly string[]): Readonly<Record<string, string>> {
  const known = services.filter((name) => REMARKS[name] !== undefined)
  return Object.fromEntries(known.map((name) => [`services/${name}`, REMARKS[name] ?? '']))
}

function toNetworks(services: Readonly<Record<string, Service>>): Readonly<Record<string, unknown>> {
  const used = new Set(Object.values(services).flatMap(({ networks }) => networks as readonly Network[]))
  return Object.fromEntries(Object.entries(NETWORKS).filter(([name]) => used.has(name as Network)))
}

/** What is not a path of this folder or of the machine is a volume. */
function toVolumes(services: Readonly<Record<string, Service>>): readonly string[] {
  const mounts = Object.values(services).flatMap(({ volumes }) => (volumes ?? []) as readonly string[])
  const sources = mounts.map((mount) => mount.split(':')[0] ?? '')
  return [...new Set(sources.filter((source) => !/^[./]/.test(source)))]
}

/** Laid over the other file: `docker compose -f compose.yaml -f compose.gpu.yaml up`. */
function toGpuOverride({ surroundings }: GatewayFile): readonly StackFile[] {
  const { ollamas, isOllamaAssumed } = surroundings
  const models = isOllamaAssumed ? [OLLAMA] : ollamas.map(({ service }) => service)
  if (models.length === 0) return []
  const services = Object.fromEntries(
    models.map((name) => [name, { deploy: withGpus(['compute', 'utility']) }]),
  )
  const header =
    'Ollama on the GPUs of this machine, laid over compose.yaml. It needs the NVIDIA container toolkit:\ndocker compose -f compose.yaml -f compose.gpu.yaml --profile gpu up -d'
  return [{ path: 'compose.gpu.yaml', text: printYaml({ services }, { header }) }]
}
