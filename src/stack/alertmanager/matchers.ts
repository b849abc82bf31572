// Conditions as Alertmanager reads them. Pure.

/** What the routes and inhibitions of the configuration call a label, where an alert of Prometheus calls it otherwise. */
const LABELS: Readonly<Record<string, string>> = { alert: 'alertname' }

export function toLabel(key: string): string {
  return LABELS[key] ?? key
}

/** That an alert has the label at all: Alertmanager takes two missing labels for equal ones. */
export function hasLabel(key: string): string {
  return `${toLabel(key)}=~".+"`
}

/** `*` stands for any run of characters. As with Weir, a label that an alert does not have fits nothing. */
export function toMatcher(key: string, pattern: string): string {
  const label = toLabel(key)
  if (!pattern.includes('*')) return `${label}=${JSON.stringify(pattern)}`
  if (/^\*+$/.test(pattern)) return hasLabel(key)
  const expression = pattern.split(/\*+/).map(escapeExpression).join('.*')
  return `${label}=~${JSON.stringify(expression)}`
}

function escapeExpression(text: string): string {
  return text.replaceAll(/[\\^$.|?+()[\]{}]/g, String.raw`\$&`)
}
