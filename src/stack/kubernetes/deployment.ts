// The gateway in a cluster: its deployment, service, disruption budget and disk.
import { DATA_FOLDER, type GatewayFile } from '../gateway-file/gateway-file.ts'
import { SECRETS_FOLDER } from '../gateway-file/secret-names.ts'
import type { StackInput } from '../stack.ts'
import { APP, CONFIG_MAP, DATA_CLAIM, GATEWAY_UID, SECRET, SELECTOR, toMetadata } from './names.ts'
import type { Scale } from './scale.ts'

const MS_PER_SECOND = 1_000
/** Until every proxy of the cluster has heard that the pod is going; kube-proxy and load balancers take a few seconds. */
const LEAVE_SECONDS = 5
/** What the gateway still writes after its last stream takes four seconds at most. */
const SPARE_SECONDS = 10

export interface Manifesting {
  readonly input: StackInput
  readonly file: GatewayFile
  readonly scale: Scale
}

export function toDeployment(task: Manifesting) {
  const { scale } = task
  const isAlone = scale.reasons.length > 0
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: toMetadata(),
    spec: {
      // Left to the autoscaler where there is one: applying the files again must not undo what it did.
      ...(isAlone ? { replicas: 1 } : {}),
      revisionHistoryLimit: 5,
      selector: { matchLabels: SELECTOR },
      strategy: isAlone
        ? { type: 'Recreate' }
        : { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
      template: { metadata: { labels: SELECTOR }, spec: toPod(task) },
    },
  }
}

function toPod(task: Manifesting) {
  const { input, scale } = task
  const drainSeconds = Math.ceil(input.config.gateway.server.drain / MS_PER_SECOND)
  return {
    automountServiceAccountToken: false,
    // Services in the namespace would otherwise put WEIR_* variables of their own into the environment.
    enableServiceLinks: false,
    terminationGracePeriodSeconds: LEAVE_SECONDS + drainSeconds + SPARE_SECONDS,
    securityContext: {
      ...{ runAsNonRoot: true, runAsUser: GATEWAY_UID, runAsGroup: GATEWAY_UID },
      ...{ fsGroup: GATEWAY_UID, fsGroupChangePolicy: 'OnRootMismatch' },
      seccompProfile: { type: 'RuntimeDefault' },
    },
    ...(scale.reasons.length > 0 ? {} : { topologySpreadConstraints: [SPREAD] }),
    containers: [toContainer(task)],
    volumes: toVolumes(task),
  }
}

const SPREAD = {
  maxSkew: 1,
  topologyKey: 'kubernetes.io/hostname',
  whenUnsatisfiable: 'ScheduleAnyway',
  labelSelector: { matchLabels: SELECTOR },
} as const

function toContainer({ input, file }: Manifesting) {
  const ask = (path: string) => ({ httpGet: { path, port: 'http' } })
  return {
    name: APP,
    image: `weir:${input.version}`,
    args: ['serve', '-c', '/etc/weir/weir.yaml'],
    ports: [
      { name: 'http', containerPort: file.port },
      { name: 'metrics', containerPort: file.metricsPort },
    ],
    startupProbe: { ...ask('/healthz'), periodSeconds: 2, failureThreshold: 30 },
    livenessProbe: { ...ask('/healthz'), periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6 },
    readinessProbe: { ...ask('/readyz'), periodSeconds: 5, timeoutSeconds: 3, failureThreshold: 2 },
    lifecycle: { preStop: { sleep: { seconds: LEAVE_SECONDS } } },
    // No limit of CPU: being held back for part of each tenth of a second shows in every stream.
    resources: { requests: { cpu: '250m', memory: '256Mi' }, limits: { memory: '1Gi' } },
    securityContext: {
      ...{ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true },
      capabilities: { drop: ['ALL'] },
    },
    volumeMounts: [
      { name: 'config', mountPath: '/etc/weir', readOnly: true },
      { name: 'data', mountPath: DATA_FOLDER },
      { name: 'tmp', mountPath: '/tmp' },
      ...(file.secrets.length > 0 ? [{ name: 'secrets', mountPath: SECRETS_FOLDER, readOnly: true }] : []),
    ],
  }
}

/** Owner and group may read. */
const SECRET_MODE = 0o440

function toVolumes({ file, scale, input }: Manifesting) {
  const items = file.secrets.map((name) => ({ key: name, path: name }))
  const isKept = scale.reasons.length > 0 && needsDisk(input)
  return [
    { name: 'config', configMap: { name: CONFIG_MAP } },
    {
      name: 'data',
      ...(isKept ? { persistentVolumeClaim: { claimName: DATA_CLAIM } } : { emptyDir: { sizeLimit: '1Gi' } }),
    },
    { name: 'tmp', emptyDir: { sizeLimit: '64Mi' } },
    ...(items.length > 0
      ? [{ name: 'secrets', secret: { secretName: SECRET, defaultMode: SECRET_MODE, items } }]
      : []),
  ]
}

/** Records, keys that were made by command, and spent budgets must outlive the pod. */
export function needsDisk({ config }: StackInput): boolean {
  const { records, limits, access } = config
  const hasKeys = access.auth === 'keys' && access.keys.length === 0
  return records.store.kind === 'sqlite' || limits.state === undefined || hasKeys
}

export function toService({ file }: Manifesting) {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: toMetadata(),
    spec: {
      selector: SELECTOR,
      ports: [
        { name: 'http', port: file.port, targetPort: 'http' },
        { name: 'metrics', port: file.metricsPort, targetPort: 'metrics' },
      ],
    },
  }
}

/** Only for several: with one, it would forbid to empty a node. */
export function toDisruptionBudget() {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: toMetadata(),
    spec: { maxUnavailable: 1, selector: { matchLabels: SELECTOR } },
  }
}

const BYTES_PER_GIB = 1_073_741_824
/** SQLite's log beside the file, and room to fold it in. */
const SPARE_GIB = 2

export function toDiskClaim({ input }: Manifesting) {
  const { store, maxSize } = input.config.records
  const gib = store.kind === 'sqlite' ? Math.ceil(maxSize / BYTES_PER_GIB) : 0
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: toMetadata(DATA_CLAIM),
    spec: {
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: `${gib + SPARE_GIB}Gi` } },
    },
  }
}
