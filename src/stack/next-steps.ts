// What a person does with the files: how the parts are started and looked at, by target. Text only; for the page in the folder and
// for the terminal.
import { toAlertmanagerSecrets } from './alertmanager/alertmanager.ts'
import { USUAL_PORTS } from './places.ts'
import { toRetention } from './prometheus/retention.ts'
import type { StackInput } from './stack.ts'

export interface Step {
  readonly what: string
  readonly commands: readonly string[]
}

/** In the folder of the stack. */
export function toNextSteps(input: StackInput): readonly Step[] {
  switch (input.target) {
    case 'compose':
      return [
        {
          what: 'Fill in .env and the files of secrets that README.md lists, then start it',
          commands: ['docker compose up -d --wait'],
        },
        { what: 'See that everything is up', commands: ['docker compose ps'] },
      ]
    case 'kubernetes':
      return [
        {
          what: 'Look at what would be applied, then apply it',
          commands: ['kubectl diff -k .', 'kubectl apply --server-side -k .'],
        },
      ]
    case 'files':
      return toFileSteps(input)
  }
}

function toFileSteps(input: StackInput): readonly Step[] {
  const { alertmanager } = USUAL_PORTS
  return [
    ...toSecretSteps(input),
    {
      what: 'Check the files with the tools of Prometheus',
      commands: [
        'promtool check config prometheus/prometheus.yml',
        'promtool test rules prometheus/rules/tests/*.yml',
        'amtool check-config alertmanager/alertmanager.yml',
      ],
    },
    {
      what: 'Start Prometheus, Alertmanager and node_exporter (of Debian: prometheus-alertmanager, prometheus-node-exporter)',
      commands: [
        `prometheus --config.file=prometheus/prometheus.yml --storage.tsdb.path=prometheus/data --storage.tsdb.retention.time=${toRetention(input.rules)} --enable-feature=exemplar-storage --web.listen-address=127.0.0.1:${USUAL_PORTS.prometheus}`,
        `(cd alertmanager && alertmanager --config.file=alertmanager.yml --storage.path=data --web.listen-address=127.0.0.1:${alertmanager} --cluster.listen-address=)`,
        `node_exporter --web.listen-address=127.0.0.1:${USUAL_PORTS.nodeExporter}`,
      ],
    },
  ]
}

/** An Alertmanager starts without them, and finds out when it has somebody to tell. */
function toSecretSteps(input: StackInput): readonly Step[] {
  const files = toAlertmanagerSecrets(input).map(({ file }) => `alertmanager/${file}`)
  if (files.length === 0) return []
  return [
    {
      what: 'Write the secrets of Alertmanager into the files that README.md lists, then close them to others',
      commands: [`chmod 600 ${files.join(' ')}`],
    },
  ]
}
