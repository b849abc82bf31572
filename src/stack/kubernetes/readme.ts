// README.md of a stack for Kubernetes: what to bring, how to apply it, what it leaves to the cluster.
import { toMoveList } from '../gateway-file/move-list.ts'
import { STACK_PATHS } from '../places.ts'
import type { Manifesting } from './deployment.ts'
import { ADAPTER_RULE } from './monitoring.ts'
import { NAMESPACE, SECRET } from './names.ts'

export function toClusterReadme(task: Manifesting): string {
  const sections = [
    INTRODUCTION,
    toFirstSteps(task),
    toSecretsSection(task),
    toScaleSection(task),
    toMoveList(task.file),
    toDeliverySection(task),
    MONITORING,
  ]
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`
}

const INTRODUCTION = `# Weir on Kubernetes

A Kustomize base, written by \`weir stack init --target kubernetes\` from one configuration. Change \`weir.yaml\`, then run the
command again; what is particular to your cluster belongs in an overlay that names this folder as its base.`

function toFirstSteps({ input, file }: Manifesting): string {
  const steps = [
    `Build the image in a checkout of Weir, push it to your registry, and name it in \`kustomization.yaml\`:
   \`docker build -t registry.example.com/weir:${input.version} .\``,
    ...(file.secrets.length > 0 ? ['Make the Secret below.'] : []),
    "`kubectl diff -k .`, then `kubectl apply --server-side -k .`. On the server's side, because dashboards are larger than an annotation may be.",
    `\`kubectl -n ${NAMESPACE} rollout status deployment/weir\``,
  ]
  return `## Before the first time

${steps.map((step, at) => `${at + 1}. ${step}`).join('\n')}

Kubernetes 1.30 or newer: older ones do not know the pause before a pod stops (\`lifecycle.preStop.sleep\`).`
}

function toSecretsSection({ file: { secrets } }: Manifesting): string {
  if (secrets.length === 0) return ''
  return `## Secrets

No secret is in these files. The gateway waits for a Secret \`${SECRET}\` with these keys:

${secrets.map((name) => `- \`${name}\``).join('\n')}

With one file for each in a folder outside of the repository:
\`kubectl -n ${NAMESPACE} create secret generic ${SECRET} --from-file=FOLDER\`. Or fill in a copy of \`kubernetes/secret.template.yaml\`,
or let your secret store make it.`
}

function toScaleSection({ scale, input }: Manifesting): string {
  if (scale.reasons.length > 0)
    return `## One gateway

It is stopped before the next one starts, for as long as its streams last (\`server.drain\`). Several are possible when this is mended:

${scale.reasons.map((reason) => `- ${reason}`).join('\n')}`
  const state = input.config.limits.state
  const note =
    state === undefined
      ? ''
      : ` While Redis fails, each gateway allows its share of a limit: the limit divided by \`state.replicas\` (${state.replicas}). Set it to the number that usually runs.`
  return `## Several gateways

${scale.replicas} to ${scale.most}, by requests in flight.${note} The autoscaler asks the custom metrics API; prometheus-adapter answers with this rule:

\`\`\`yaml
${ADAPTER_RULE}
\`\`\`

With KEDA, write \`components: [kubernetes/keda]\` into \`kustomization.yaml\` instead; it takes the autoscaler out.`
}

/** A cluster's Alertmanager is not ours to configure: without somebody's hand the alerts would end there. */
function toDeliverySection({ input: { config } }: Manifesting): string {
  const { deliver, receivers } = config.alerting
  if (receivers.length === 0)
    return `## Who tells people

Nobody yet: the configuration has no \`alerts.receivers\`.`
  if (deliver === 'weir')
    return `## Who tells people

The gateway (\`alerts.deliver: weir\`). That it is down only the cluster can say: the rules go to Prometheus, and what its
Alertmanager does with them is \`${STACK_PATHS.alertmanager}\`, once it was given that file; the heading says how.`
  return `## Who tells people

The Alertmanager of the cluster; the gateway leaves it to that one. **It knows your receivers only when it was given
\`${STACK_PATHS.alertmanager}\`**: the heading of the file says how, and which secrets it wants. Until then nobody is told.
To let the gateway tell people itself, set \`alerts.deliver: weir\` in your \`weir.yaml\`, and write the stack again.`
}

const MONITORING = `## Monitoring

- \`servicemonitor.yaml\` and \`prometheusrule.yaml\` are for the Prometheus operator. If yours selects them by a label, add it in an overlay.
- Prometheus must keep its data longer than the longest window of an objective: \`prometheus/rules\` says which there are.
- Dashboards are ConfigMaps with the label \`grafana_dashboard\`, which the sidecar of Grafana's chart looks for.
- The gateway writes its log to standard output, a JSON object a line, with \`request_id\` in it. Give its lines the label
  \`service_name="weir"\`, and the links of the dashboards find them.
- Network policies allow metrics to be read from the namespace \`monitoring\` only.`
