// Where it is written what to do about an alert: the page that its objective or rule names, else the template of the configuration,
// else our own page of docs/guide/runbooks/. Each alert of ours has one; a rule that somebody named has that of what it measures.
import {
  isAlertingRule,
  toLiteral,
  type AlertingRule,
  type RuleGroup,
  type RuleInput,
} from '../../slo/rules.ts'

type ThresholdRule = RuleInput['thresholds'][number]
type Gauge = Extract<ThresholdRule, { kind: 'gauge' }>['gauge']

/** From the root of the repository: whoever reads it elsewhere sets `alerts.links.runbook`. */
const OUR_PAGES = 'docs/guide/runbooks/{alert}.md'

const PAGES_OF_GAUGES: Readonly<Record<Gauge, string>> = {
  gpuMemory: 'GpuMemoryFull',
  gpuUtilization: 'GpuBusy',
  gpuTemperature: 'GpuHot',
  hostMemory: 'HostMemoryFull',
  hostCpu: 'HostCpuBusy',
  hostDisk: 'HostDiskFull',
}

/** The page of ours that tells of what a rule of the configuration measures. */
function pageOf(rule: ThresholdRule): string {
  switch (rule.kind) {
    case 'requests':
      return rule.counted.indicator.kind === 'availability' ? 'ErrorShareHigh' : 'LatencyHigh'
    case 'backend-down':
      return 'BackendDown'
    case 'gauge':
      return PAGES_OF_GAUGES[rule.gauge]
  }
}

const PLACEHOLDER = /\{([A-Za-z_][A-Za-z0-9_]*)\}/g

/** As links in messages of the gateway itself are filled in; undefined where the template needs what no rule file knows. */
function fillIn(template: string, { alert, labels }: AlertingRule): string | undefined {
  const values: Readonly<Record<string, string>> = { ...labels, alert }
  const names = [...template.matchAll(PLACEHOLDER)].map(([, name = '']) => name)
  if (names.some((name) => !Object.hasOwn(values, name))) return undefined
  return template.replaceAll(PLACEHOLDER, (_, name: string) => encodeURIComponent(values[name] ?? ''))
}

export interface RunbookInput {
  readonly thresholds: readonly ThresholdRule[]
  /** `alerts.links.runbook`. */
  readonly template: string | undefined
}

/** Every alert with its page. */
export function withRunbooks(
  groups: readonly RuleGroup[],
  { thresholds, template }: RunbookInput,
): readonly RuleGroup[] {
  const pages = new Map(thresholds.map((rule) => [rule.name, pageOf(rule)]))
  const withRunbook = (rule: AlertingRule): AlertingRule => {
    if (rule.annotations['runbook_url'] !== undefined) return rule
    const page = pages.get(rule.labels['rule'] ?? '') ?? rule.alert
    const own = template === undefined ? undefined : fillIn(template, rule)
    const url = own ?? OUR_PAGES.replace('{alert}', page)
    return { ...rule, annotations: { ...rule.annotations, runbook_url: toLiteral(url) } }
  }
  return groups.map((group) => ({
    ...group,
    rules: group.rules.map((rule) => (isAlertingRule(rule) ? withRunbook(rule) : rule)),
  }))
}
