// The files of a stack for Kubernetes: a Kustomize base for a cluster that has the Prometheus operator. Model servers and
// stores are the cluster's own business. Which manifests there are stands here; what is in each, beside it.
import { printYaml } from '../commented-yaml.ts'
import { toGatewayFile } from '../gateway-file/gateway-file.ts'
import { renderGrafana } from '../grafana/grafana.ts'
import type { StackFile, StackInput } from '../stack.ts'
import {
  needsDisk,
  toDeployment,
  toDiskClaim,
  toDisruptionBudget,
  toService,
  type Manifesting,
} from './deployment.ts'
import { toClusterReadme } from './readme.ts'
import { toAutoscaler, toPrometheusRules, toScaledObject, toServiceMonitor } from './monitoring.ts'
import { CONFIG_MAP, NAMESPACE, SECRET, toMetadata } from './names.ts'
import { toNetworkPolicy } from './network.ts'
import { toScale } from './scale.ts'

const FOLDER = 'kubernetes'
const KEDA_FOLDER = `${FOLDER}/keda`

interface Manifest {
  readonly name: string
  readonly value: unknown
  readonly says: string
}

export function renderKubernetes(input: StackInput): readonly StackFile[] {
  if (input.target !== 'kubernetes') return []
  const file = toGatewayFile(input)
  const task: Manifesting = { input, file, scale: toScale(input.config) }
  const manifests = toManifests(task)
  const { path, text } = file
  return [
    { path, text },
    ...manifests.map(({ name, value, says }) => toFile(`${FOLDER}/${name}.yaml`, value, says)),
    toKustomization(task, manifests),
    ...toKeda(task),
    ...toSecretTemplate(task),
    { path: 'README.md', text: toClusterReadme(task) },
  ]
}

function toFile(path: string, value: unknown, header: string): StackFile {
  return { path, text: printYaml(value, { header }) }
}

function toManifests(task: Manifesting): readonly Manifest[] {
  const { input, scale } = task
  const isAlone = scale.reasons.length > 0
  return [
    { name: 'namespace', value: toNamespace(), says: 'Refuses pods that could do more than ours does.' },
    { name: 'deployment', value: toDeployment(task), says: sayOfScale(task) },
    {
      name: 'service',
      value: toService(task),
      says: 'Prometheus takes its name for the job that rules ask for.',
    },
    {
      ...{ name: 'networkpolicy', value: toNetworkPolicy(task) },
      says: 'Callers from everywhere in the cluster, since they need keys; metrics for monitoring only; out to what is configured.',
    },
    ...(isAlone && needsDisk(input)
      ? [
          {
            name: 'pvc',
            value: toDiskClaim(task),
            says: 'What must outlive the pod. Not on a network file system.',
          },
        ]
      : []),
    ...(isAlone
      ? []
      : [
          { name: 'pdb', value: toDisruptionBudget(), says: 'One at a time, when nodes are emptied.' },
          {
            ...{ name: 'hpa', value: toAutoscaler(task) },
            says: 'Needs the custom metrics API: README.md has the rule for prometheus-adapter. With KEDA instead: kubernetes/keda.',
          },
        ]),
    { name: 'servicemonitor', value: toServiceMonitor(task), says: 'For the Prometheus operator.' },
    ...toPrometheusRules(input).map((value, at) => ({
      ...{ name: at === 0 ? 'prometheusrule' : `prometheusrule-${at + 1}`, value },
      says: 'The rules of prometheus/rules, for the Prometheus operator.',
    })),
  ]
}

function sayOfScale({ scale }: Manifesting): string {
  return scale.reasons.length > 0
    ? ['One gateway, which is stopped before the next one starts:', ...scale.reasons].join('\n')
    : 'Several gateways: records and limits are shared, and nothing that matters is kept in a pod.'
}

function toNamespace() {
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' }
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE, labels } }
}

function toKustomization({ input }: Manifesting, manifests: readonly Manifest[]): StackFile {
  const dashboards = renderGrafana(input).filter(({ path }) => /^grafana\/dashboards\/.*\.json$/.test(path))
  const value = {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    namespace: NAMESPACE,
    resources: manifests.map(({ name }) => `${FOLDER}/${name}.yaml`),
    images: [{ name: 'weir', newName: 'weir', newTag: input.version }],
    configMapGenerator: [
      { name: CONFIG_MAP, files: ['weir.yaml=weir/weir.yaml'] },
      ...dashboards.map(({ path }) => toDashboardMap(path)),
    ],
  }
  const header =
    'kubectl kustomize . shows everything, kubectl apply --server-side -k . applies it.\nWithout the Prometheus operator, take servicemonitor.yaml and prometheusrule.yaml out.'
  const at = {
    images: 'The image is yours to build and push: name your registry in newName.',
    configMapGenerator: 'A changed file gets a new name, and the pods are replaced one by one.',
  }
  return {
    path: 'kustomization.yaml',
    text: printYaml(value, { header, at, spaced: ['resources', 'images', 'configMapGenerator'] }),
  }
}

/** Found by the sidecar of Grafana's chart, which looks for this label. */
function toDashboardMap(path: string) {
  const name = path.replace(/^.*\//, '').replace(/\.json$/, '')
  return {
    name: `weir-dashboard-${name}`,
    files: [path],
    options: { disableNameSuffixHash: true, labels: { grafana_dashboard: '1' } },
  }
}

/** A component that takes the place of the autoscaler. */
function toKeda(task: Manifesting): readonly StackFile[] {
  if (task.scale.reasons.length > 0) return []
  const value = {
    apiVersion: 'kustomize.config.k8s.io/v1alpha1',
    kind: 'Component',
    resources: ['scaledobject.yaml'],
    patches: [
      {
        target: { kind: 'HorizontalPodAutoscaler', name: toMetadata().name },
        patch: `$patch: delete\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata:\n  name: ${toMetadata().name}\n`,
      },
    ],
  }
  const header = 'For clusters with KEDA. In kustomization.yaml: components: [kubernetes/keda]'
  const says = 'Scales by what Prometheus knows of requests in flight. Name your Prometheus.'
  return [
    toFile(`${KEDA_FOLDER}/kustomization.yaml`, value, header),
    toFile(`${KEDA_FOLDER}/scaledobject.yaml`, toScaledObject(task), says),
  ]
}

/** Not part of the base: whoever fills it in must not commit it. */
function toSecretTemplate({ file }: Manifesting): readonly StackFile[] {
  if (file.secrets.length === 0) return []
  const value = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { ...toMetadata(SECRET), namespace: NAMESPACE },
    type: 'Opaque',
    stringData: Object.fromEntries(file.secrets.map((name) => [name, ''])),
  }
  const header =
    'What the gateway asks for. Empty on purpose, and refused while empty: fill in a copy outside of any repository, or\nmake the Secret with what you use for secrets. Not applied by kustomization.yaml.'
  return [toFile(`${FOLDER}/secret.template.yaml`, value, header)]
}
