// What is valid about alerts and still should be known: severities that nobody hears of, routes that no alert takes, links that
// no message shows.
import { parseGlob } from '../core/glob.ts'
import { toTargetName } from '../slo/sla-targets/config.ts'
import { toAlertName } from '../slo/thresholds/config.ts'
import type { FileSettings } from './schema.ts'

const SEVERITIES = ['page', 'ticket'] as const
const CONDITIONS = ['alert', 'slo', 'model', 'backend', 'tenant'] as const

type Route = NonNullable<FileSettings['alerts']['routes']>[number]

export function adviseOnAlerts(settings: FileSettings): readonly string[] {
  const { routes = [], receivers, links } = settings.alerts
  if (receivers.length === 0) return []
  return [
    ...(settings.alerts.routes === undefined
      ? []
      : SEVERITIES.flatMap((each) => adviseOnSeverity(each, routes))),
    ...routes.flatMap((route, at) => adviseOnRoute({ route, at }, settings)),
    ...Object.entries(links).flatMap(([name, template]) => adviseOnLink(name, template ?? '')),
  ]
}

function adviseOnSeverity(
  severity: (typeof SEVERITIES)[number],
  routes: readonly Route[],
): readonly string[] {
  const takers = routes.filter((route) => route.severity === undefined || route.severity === severity)
  if (takers.length === 0) return [`alerts.routes: no route takes a ${severity}, so nobody is told of one`]
  if (takers.some((route) => CONDITIONS.every((key) => route[key] === undefined))) return []
  return [
    `alerts.routes: every route that takes a ${severity} has further conditions; nobody is told of what they leave over, such as a backend that is down or alerting itself; a last route without conditions takes it`,
  ]
}

/** Names of the alerts that are not made by rules of the configuration. */
const ALERTS = ['SloBudgetBurn', 'SloBudgetExhausted', 'SloNoData', 'BackendDown', 'AlertPipelineDead']

interface PlacedRoute {
  readonly route: Route
  readonly at: number
}

function adviseOnRoute({ route, at }: PlacedRoute, settings: FileSettings): readonly string[] {
  const slos = [
    ...settings.slos.map(({ name }) => name),
    ...Object.entries(settings.sla_targets ?? {}).flatMap(([key, target]) =>
      target === undefined ? [] : [toTargetName(key)],
    ),
  ]
  const alerts = [...ALERTS, ...settings.alerts.rules.map(({ name }) => toAlertName(name))]
  return [
    ...adviseOnPattern(`alerts.routes[${at}].slo`, route.slo, { what: 'objective', names: slos }),
    ...adviseOnPattern(`alerts.routes[${at}].alert`, route.alert, { what: 'alert', names: alerts }),
  ]
}

function adviseOnPattern(
  path: string,
  pattern: string | undefined,
  { what, names }: { readonly what: string; readonly names: readonly string[] },
): readonly string[] {
  if (pattern === undefined || names.some(parseGlob(pattern))) return []
  const those = names.length === 0 ? 'there are none' : `there are: ${names.join(', ')}`
  return [`${path}: no ${what} is called ${pattern}, so this route is never taken; ${those}`]
}

/** What alerts may carry beside the labels that objectives and rules are scoped by. */
const FILLED = new Set([
  ...['alert', 'severity', 'from', 'to', 'fromIso', 'toIso'],
  ...['slo', 'rule', 'model', 'tenant', 'route', 'backend', 'gpu', 'uuid', 'name'],
])

function adviseOnLink(name: string, template: string): readonly string[] {
  const unknown = [...template.matchAll(/\{([A-Za-z_][A-Za-z0-9_]*)\}/g)].flatMap(([, word]) =>
    word === undefined || FILLED.has(word) ? [] : [`{${word}}`],
  )
  return unknown.length === 0
    ? []
    : [
        `alerts.links.${name}: no alert has ${unknown.join(' or ')}, so this link is left out of every message`,
      ]
}
