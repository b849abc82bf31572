// Who may reach the gateway in a cluster, and whom it may reach.
import type { Manifesting } from './deployment.ts'
import { MONITORING_NAMESPACE, SELECTOR, toMetadata } from './names.ts'

const TLS_PORT = 443
const DNS_PORT = 53
const DEFAULT_PORTS: Readonly<Record<string, number>> = {
  'http:': 80,
  'https:': TLS_PORT,
  'redis:': 6379,
  'rediss:': 6379,
  'postgres:': 5432,
  'postgresql:': 5432,
  'smtp:': 587,
  'smtps:': 465,
}
/** Services of clouds that hand out credentials to whoever asks from inside. */
const LINK_LOCAL = { v4: '169.254.0.0/16', v6: 'fe80::/10' }

export function toNetworkPolicy(task: Manifesting) {
  const { file } = task
  const anywhere = [
    { ipBlock: { cidr: '0.0.0.0/0', except: [LINK_LOCAL.v4] } },
    { ipBlock: { cidr: '::/0', except: [LINK_LOCAL.v6] } },
  ]
  const monitoring = {
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': MONITORING_NAMESPACE } },
  }
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: toMetadata(),
    spec: {
      podSelector: { matchLabels: SELECTOR },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [
        { ports: [{ port: file.port, protocol: 'TCP' }] },
        { from: [monitoring], ports: [{ port: file.metricsPort, protocol: 'TCP' }] },
      ],
      egress: [
        {
          ports: [
            { port: DNS_PORT, protocol: 'UDP' },
            { port: DNS_PORT, protocol: 'TCP' },
          ],
        },
        { to: anywhere, ports: toPorts(task).map((port) => ({ port, protocol: 'TCP' })) },
      ],
    },
  }
}

/** Of everything that the configuration names, as it is in the cluster or outside; each once, in order. */
function toPorts({ input: { config }, file }: Manifesting): readonly number[] {
  const { backends } = config.gateway
  const { store } = config.records
  const urls = [
    ...backends.map(({ url }) => url),
    ...(config.telemetry.otlp === undefined ? [] : [config.telemetry.otlp.url]),
    ...(file.surroundings.isOllamaAssumed ? ['http://ollama:11434'] : []),
    ...(config.limits.state === undefined ? [] : [config.limits.state.url.shown]),
    ...(store.kind === 'postgres' ? [store.shown] : []),
    ...config.alerting.receivers.map((receiver) =>
      (receiver.kind === 'email' ? receiver.smtp : receiver.url).reveal(),
    ),
  ]
  // An Ollama and the stores of this machine are moved to where they usually listen.
  const moved = file.moved.map(({ to }) => to)
  const ports = [...urls, ...moved].flatMap((url) => portOf(url) ?? [])
  return [...new Set([TLS_PORT, ...ports])].toSorted((left, right) => left - right)
}

function portOf(text: string): number | undefined {
  if (!URL.canParse(text)) return undefined
  const { port, protocol } = new URL(text)
  return port === '' ? DEFAULT_PORTS[protocol] : Number(port)
}
