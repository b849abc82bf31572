import assert from 'node:assert/strict'
import { Buffer } from 'node:buffer'
import { test } from 'node:test'
import { ScaledObject } from '@kubernetes-models/keda/keda.sh/v1alpha1'
import {
  PrometheusRule,
  ServiceMonitor,
} from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1'
import { Deployment } from 'kubernetes-models/apps/v1'
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2'
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1'
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1'
import { Namespace, PersistentVolumeClaim, Secret, Service } from 'kubernetes-models/v1'
import { parse } from 'yaml'
import { inputOf, RICH, SECRET_WORD } from '../fixtures/deploy-input.ts'
import { assertGolden } from '../fixtures/golden.ts'
import { findUnreadKeys } from '../fixtures/unread-keys.ts'
import { renderStack } from '../parts.ts'
import type { StackFile } from '../stack.ts'
import { renderKubernetes } from './kubernetes.ts'

interface Model {
  validate(this: object): void
}

/** By kind: what holds the schema of it. */
const MODELS: Readonly<Record<string, { readonly prototype: Model }>> = {
  Deployment,
  HorizontalPodAutoscaler,
  Namespace,
  NetworkPolicy,
  PersistentVolumeClaim,
  PodDisruptionBudget,
  PrometheusRule,
  ScaledObject,
  Secret,
  Service,
  ServiceMonitor,
}
/** Read by kubectl alone. */
const OF_KUSTOMIZE = ['Kustomization', 'Component']

const CONFIGURATIONS = { rich: RICH, bare: '{}' }

type Manifest = Readonly<Record<string, unknown>> & { readonly kind: string }

interface RuleGroup {
  readonly name: string
}

interface PodSpec {
  readonly automountServiceAccountToken: boolean
  readonly terminationGracePeriodSeconds: number
  readonly securityContext: Readonly<Record<string, unknown>>
  readonly containers: readonly [{ readonly securityContext: Readonly<Record<string, unknown>> }]
  readonly volumes: readonly { readonly name: string; readonly persistentVolumeClaim?: unknown }[]
}

interface DeploymentSpec {
  readonly replicas?: number
  readonly strategy: { readonly type: string }
  readonly template: { readonly spec: PodSpec }
}

function manifestsOf(written: string): ReadonlyMap<string, Manifest> {
  const files = renderKubernetes(inputOf(written, 'kubernetes')).filter(({ path }) =>
    /^kubernetes\/.*\.yaml$/.test(path),
  )
  return new Map(files.map(({ path, text }) => [path.replace('kubernetes/', ''), parse(text) as Manifest]))
}

function specOf(written: string): DeploymentSpec {
  return manifestsOf(written).get('deployment.yaml')?.['spec'] as DeploymentSpec
}

function textOf(files: readonly StackFile[], path: string): string {
  return files.find((file) => file.path === path)?.text ?? assert.fail(`${path} is written`)
}

/** Wrong types, missing keys, and keys that the schema does not know. */
function complainOf(manifest: Manifest): readonly string[] {
  const model = MODELS[manifest.kind]
  if (model === undefined) return [`nobody knows ${manifest.kind}`]
  try {
    // Of the prototype: a model that is made from the value reads every key of it to copy it.
    return findUnreadKeys(manifest, (watched) => model.prototype.validate.call(watched))
  } catch (error) {
    return [String(error)]
  }
}

for (const [name, written] of Object.entries(CONFIGURATIONS)) {
  test(`the files for a cluster are as they were: ${name}`, () => {
    const files = renderKubernetes(inputOf(written, 'kubernetes'))
    // What is in the rules is held by their own tests.
    assertGolden(
      `kubernetes.${name}.txt`,
      files.filter(({ path }) => path !== 'kubernetes/prometheusrule.yaml'),
    )
  })

  test(`the schemas of Kubernetes and its operators find nothing wrong: ${name}`, () => {
    const wrong = [...manifestsOf(written)].flatMap(([path, manifest]) =>
      OF_KUSTOMIZE.includes(manifest.kind) ? [] : complainOf(manifest).map((what) => `${path}: ${what}`),
    )
    assert.deepEqual(wrong, [])
  })
}

test('the schemas find a wrong type, a missing key and a key in the wrong place', () => {
  const deployment = manifestsOf(RICH).get('deployment.yaml') ?? assert.fail()
  const changed = (change: (spec: Record<string, never>) => void): Manifest => {
    const copy = structuredClone(deployment)
    change(copy['spec'] as Record<string, never>)
    return copy
  }
  const withReplicas = changed((spec) => Object.assign(spec, { replicas: 'two' }))
  assert.match(complainOf(withReplicas).join(), /replicas/)
  const withoutTemplate = changed((spec) => void Reflect.deleteProperty(spec, 'template'))
  assert.match(complainOf(withoutTemplate).join(), /template/)
  const misplaced = changed((spec) =>
    Object.assign(spec['template']?.['spec'] ?? {}, { readOnlyRootFileSystem: true }),
  )
  assert.deepEqual(complainOf(misplaced), ['spec.template.spec.readOnlyRootFileSystem'])
})

test('the pod may do nothing, and knows nobody', () => {
  for (const written of Object.values(CONFIGURATIONS)) {
    const { automountServiceAccountToken, securityContext, containers } = specOf(written).template.spec
    assert.equal(automountServiceAccountToken, false)
    assert.equal(securityContext['runAsNonRoot'], true)
    assert.deepEqual(securityContext['seccompProfile'], { type: 'RuntimeDefault' })
    assert.deepEqual(containers[0].securityContext, {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    })
  }
})

test('one gateway with a disk where something is kept inside it, and why', () => {
  const files = renderKubernetes(inputOf('{}', 'kubernetes'))
  const { replicas, strategy, template } = specOf('{}')
  assert.equal(replicas, 1)
  assert.equal(strategy.type, 'Recreate')
  assert.ok(template.spec.volumes.some((volume) => volume.persistentVolumeClaim !== undefined))
  const names = [...manifestsOf('{}').keys()]
  assert.ok(names.includes('pvc.yaml'))
  for (const name of ['hpa.yaml', 'pdb.yaml', 'keda/scaledobject.yaml'])
    assert.ok(!names.includes(name), name)
  assert.match(textOf(files, 'README.md'), /Records are kept in a file[\s\S]*Keys are made with/)
})

test('several where records, limits and keys are shared: as many as the state counts on, and nothing on a disk', () => {
  const { replicas, strategy, template } = specOf(RICH)
  assert.equal(replicas, undefined)
  assert.equal(strategy.type, 'RollingUpdate')
  assert.ok(!template.spec.volumes.some((volume) => volume.persistentVolumeClaim !== undefined))
  const autoscaler = manifestsOf(RICH).get('hpa.yaml')?.['spec'] as Record<string, unknown>
  assert.equal(autoscaler['minReplicas'], 3)
})

test('each thing that is kept inside one gateway is a reason of its own', () => {
  const shared = `auth: none\nrecords: { store: 'off' }\n`
  const limited = 'models: [{ name: m, limits: { concurrent: 2 } }]\n'
  assert.equal(specOf(shared).replicas, undefined)
  assert.equal(specOf(shared + limited).replicas, 1)
  assert.equal(specOf(`${shared}${limited}state: redis://r.example\n`).replicas, undefined)
  assert.equal(specOf(`records: { store: 'off' }\n`).replicas, 1)
  assert.equal(specOf('auth: none\n').replicas, 1)
})

test('it is killed later than the gateway stops by itself', () => {
  // 5 s until everybody knows, the drain, and what is still written.
  assert.equal(specOf('{ server: { drain: 2m } }').template.spec.terminationGracePeriodSeconds, 135)
})

test('with either autoscaler a gateway has time for its streams before it goes', () => {
  const manifests = manifestsOf(RICH)
  const behavior = { scaleDown: { stabilizationWindowSeconds: 600 } }
  const ofKubernetes = manifests.get('hpa.yaml')?.['spec'] as Record<string, unknown>
  assert.deepEqual(ofKubernetes['behavior'], behavior)
  const ofKeda = manifests.get('keda/scaledobject.yaml')?.['spec'] as Record<string, unknown>
  assert.deepEqual(ofKeda['advanced'], { horizontalPodAutoscalerConfig: { behavior } })
})

test('metrics have a port in a cluster, whatever the configuration says of this machine', () => {
  const portOf = (written: string): unknown => {
    const { ports } = manifestsOf(written).get('service.yaml')?.['spec'] as {
      readonly ports: readonly { readonly name: string; readonly port: number }[]
    }
    return ports.find(({ name }) => name === 'metrics')?.port
  }
  assert.equal(portOf('metrics: { listen: ":80" }'), 80)
  assert.equal(portOf('metrics: { listen: "127.0.0.1:0" }'), 9464)
  assert.equal(portOf('metrics: { listen: "unix:/run/m" }'), 9464)
})

test('an Alertmanager of this machine becomes the one that the operator runs in the cluster', () => {
  const file = renderKubernetes(inputOf(RICH, 'kubernetes')).find(({ path }) => path === 'weir/weir.yaml')
  assert.match(file?.text ?? '', /url: http:\/\/alertmanager-operated\.monitoring:9093\n/)
})

test('the template of the secret is empty, and not applied', () => {
  const files = renderKubernetes(inputOf(RICH, 'kubernetes'))
  const secret = parse(textOf(files, 'kubernetes/secret.template.yaml')) as {
    readonly stringData: Readonly<Record<string, string>>
  }
  assert.deepEqual([...new Set(Object.values(secret.stringData))], [''])
  assert.ok('backends-cloud-api-key' in secret.stringData)
  assert.doesNotMatch(textOf(files, 'kustomization.yaml'), /secret/)
})

test('everything that Kustomize is told to read is written', () => {
  for (const written of Object.values(CONFIGURATIONS)) {
    const files = renderStack(inputOf(written, 'kubernetes'))
    const paths = files.map(({ path }) => path)
    const base = parse(textOf(files, 'kustomization.yaml')) as {
      readonly resources: readonly string[]
      readonly configMapGenerator: readonly { readonly files: readonly string[] }[]
    }
    const read = base.configMapGenerator.flatMap((each) => each.files.map((file) => file.replace(/^.*=/, '')))
    for (const path of [...base.resources, ...read]) assert.ok(paths.includes(path), path)
    assert.ok(read.some((path) => path.startsWith('grafana/dashboards/')))
  }
})

test('labels of our own are not renamed by the operator, and the job is the one of the rules', () => {
  const monitor = manifestsOf(RICH).get('servicemonitor.yaml')?.['spec'] as {
    readonly endpoints: readonly Readonly<Record<string, unknown>>[]
  }
  assert.equal(monitor.endpoints[0]?.['honorLabels'], true)
  assert.equal(monitor.endpoints[0]?.['path'], '/m')
  const { name } = manifestsOf(RICH).get('service.yaml')?.['metadata'] as { readonly name: string }
  assert.equal(name, inputOf(RICH, 'kubernetes').places.job)
})

test('the rules of the cluster are those of the files', () => {
  const files = renderStack(inputOf(RICH, 'kubernetes'))
  const isRuleFile = ({ path }: StackFile) => /^prometheus\/rules\/[^/]+\.yml$/.test(path)
  const groups = files
    .filter(isRuleFile)
    .flatMap(({ text }) => (parse(text) as { groups: readonly RuleGroup[] }).groups)
  const { spec } = parse(textOf(files, 'kubernetes/prometheusrule.yaml')) as {
    readonly spec: { readonly groups: readonly RuleGroup[] }
  }
  assert.ok(groups.length > 0)
  const byName = (one: RuleGroup, other: RuleGroup): number => (one.name < other.name ? -1 : 1)
  assert.deepEqual(spec.groups.toSorted(byName), groups.toSorted(byName))
})

test('more rules than the operator takes in one object are in several, each group once', () => {
  const slos = Array.from(
    { length: 60 },
    (_, at) => `- { name: slo-${at}, sli: availability, objective: 99.9% }`,
  )
  const files = renderKubernetes(inputOf(`slos:\n${slos.join('\n')}\n`, 'kubernetes'))
  const rules = files.filter(({ path }) => path.startsWith('kubernetes/prometheusrule'))
  assert.ok(rules.length > 1, 'sixty objectives are more than fit')
  for (const { path, text } of rules) {
    assert.ok(Buffer.byteLength(text) < 512 * 1_024, path)
    assert.ok(textOf(files, 'kustomization.yaml').includes(`- ${path}\n`), path)
  }
  const read = rules.map(
    ({ text }) => parse(text) as { metadata: { name: string }; spec: { groups: readonly RuleGroup[] } },
  )
  assert.equal(new Set(read.map(({ metadata }) => metadata.name)).size, rules.length)
  const names = read.flatMap(({ spec }) => spec.groups.map(({ name }) => name))
  assert.equal(new Set(names).size, names.length)
  for (const at of slos.keys()) assert.ok(names.includes(`weir-slo-slo-${at}`), String(at))
})

test('no secret of a configuration is in any file of any stack', () => {
  for (const target of ['compose', 'kubernetes', 'files'] as const) {
    for (const { path, text } of renderStack(inputOf(RICH, target))) {
      assert.ok(!text.includes(SECRET_WORD), `${target} ${path}`)
    }
  }
})
