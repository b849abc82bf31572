// What stands beside the files of who starts the programs by hand: a page that says how, and a folder for secrets that git leaves
// alone.
import { toAlertmanagerSecrets, toBridged } from '../alertmanager/alertmanager.ts'
import { toNextSteps } from '../next-steps.ts'
import { STACK_PATHS } from '../places.ts'
import { RULES_FOLDER } from '../rules/render.ts'
import type { StackFile, StackInput } from '../stack.ts'

export function renderFiles(input: StackInput): readonly StackFile[] {
  if (input.target !== 'files') return []
  const hasSecrets = toAlertmanagerSecrets(input).length > 0
  return [
    { path: 'README.md', text: toReadme(input) },
    ...(hasSecrets ? [{ path: 'alertmanager/secrets/.gitignore', text: '*\n!.gitignore\n' }] : []),
  ]
}

function toReadme(input: StackInput): string {
  const { places } = input
  const sections = [
    [
      '# Weir, Prometheus, Alertmanager and Grafana',
      `Made by \`weir stack init\` (Weir ${input.version}) from a \`weir.yaml\`. Run it again after a change of that file: what you change here by hand is kept, and said. \`weir stack diff\` shows how far the two are apart.`,
    ],
    ['## What is there', toTable(['file', 'for'], toContents())],
    ['## Start', ...toNextSteps(input).map(({ what, commands }) => `${what}:\n\n${toBlock(commands)}`)],
    ...toSecretSection(input),
    ['## Who tells people', ...toDeliverySection(input)],
    [
      '## See that it works',
      [
        `- ${places.prometheus}/targets: every target is UP. The gateway is the job \`${places.job}\`; backends that have metrics are found through the gateway.`,
        `- ${places.prometheus}/alerts: \`Watchdog\` rings, always; nothing else should.`,
        `- http://${places.alertmanager}: the same \`Watchdog\`. \`weir alerts test RECEIVER\` sends a message as Weir would.`,
      ].join('\n'),
    ],
  ]
  return `${sections.flat().join('\n\n')}\n`
}

function toContents(): readonly (readonly string[])[] {
  return [
    [`\`${STACK_PATHS.prometheus}\``, 'Prometheus: what is scraped'],
    [`\`${RULES_FOLDER}/\``, 'its rules: promises, conditions, operations; tests of them in `tests/`'],
    [`\`${STACK_PATHS.alertmanager}\``, 'Alertmanager: who is told'],
    ['`grafana/`', 'data sources and dashboards, to be provisioned'],
    ['`.weir-stack.json`', 'by which Weir knows what was changed by hand; keep it with the files'],
  ]
}

function toSecretSection(input: StackInput): readonly (readonly string[])[] {
  const secrets = toAlertmanagerSecrets(input)
  if (secrets.length === 0) return []
  const rows = secrets.map(({ file, holds }) => [`\`alertmanager/${file}\``, holds])
  return [
    [
      '## Secrets',
      'Nothing secret was written here. Make these files, each with the value and nothing else in it, readable by Alertmanager only:',
      toTable(['file', 'what belongs in it'], rows),
    ],
  ]
}

function toDeliverySection(input: StackInput): readonly string[] {
  const { deliver, receivers } = input.config.alerting
  if (receivers.length === 0)
    return ['Nobody yet: the configuration has no `alerts.receivers`. Alerts are seen on the pages below.']
  const bridged = toBridged(input)
  return [
    deliver === 'weir'
      ? 'The gateway: `alerts.deliver` is `weir`. Alertmanager tells only what the gateway cannot know: that it is down, and what the machines say.'
      : 'Alertmanager. The gateway raises the same alerts by itself and must not tell them too: its `weir.yaml` is to say\n\n```yaml\nalerts:\n  deliver: alertmanager\n```',
    ...(bridged.length === 0
      ? []
      : [
          `${bridged.map((name) => `\`${name}\``).join(', ')}: reached through the gateway, which speaks to services that Alertmanager does not know. While it is down, nobody hears of that there: have a receiver of kind \`email\` or \`slack\` too.`,
        ]),
  ]
}

function toBlock(commands: readonly string[]): string {
  return ['```sh', ...commands, '```'].join('\n')
}

function toTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const toRow = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [toRow(head), toRow(head.map(() => '---')), ...rows.map(toRow)].join('\n')
}
