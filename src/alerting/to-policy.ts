// From the configuration to who is told what, as the pipeline reads it. Pure.
import type { AlertingSettings, RouteSettings } from './config.ts'
import { parseMatcher, type Matcher } from './matcher.ts'
import type { Notifier } from './notifier.ts'
import type { Inhibition, Policy, ReceiverPolicy, Route } from './policy.ts'

export interface PolicyContext {
  /** Of the receivers, by name. */
  readonly notifiers: ReadonlyMap<string, Pick<Notifier, 'refreshMs'>>
  readonly timeZone: string
  readonly runbookOf: Policy['runbookOf']
  readonly maintenanceOf: Policy['maintenanceOf']
}

const HOUR_MS = 3_600_000
/** A page that is still open after an hour may have been missed; a ticket is looked at once a day. */
const REPEAT_MS = { page: HOUR_MS, ticket: 24 * HOUR_MS } as const

export function toPolicy(settings: AlertingSettings, context: PolicyContext): Policy {
  const { notifiers, timeZone, runbookOf, maintenanceOf } = context
  const { links, watchdog } = settings
  const receivers = settings.receivers.map((receiver): ReceiverPolicy => {
    const { name, language = settings.language, resolved, timeout, fallback } = receiver
    const refreshMs = notifiers.get(name)?.refreshMs
    return { name, language, fallback, refreshMs, tellsResolved: resolved, timeoutMs: timeout }
  })
  return {
    receivers: new Map(receivers.map((receiver) => [receiver.name, receiver])),
    routes: toRoutes(settings),
    inhibitions: settings.inhibit.map(toInhibition),
    links: { console: links.console, dashboard: links.dashboard, logs: links.logs, runbook: links.runbook },
    resolveAfterMs: settings.resolveAfter,
    watchdog: {
      afterMs: watchdog.after,
      beat: watchdog.to === undefined ? undefined : { to: watchdog.to, everyMs: watchdog.every },
    },
    ...{ timeZone, runbookOf, maintenanceOf },
  }
}

/** Where an Alertmanager tells people, a route here would tell them twice. The bridge needs none. */
function toRoutes(settings: AlertingSettings): readonly Route[] {
  if (settings.deliver === 'alertmanager') return []
  return settings.routes?.map(toRoute) ?? toDefaultRoutes(settings)
}

const CONDITIONS = ['severity', 'alert', 'slo', 'model', 'backend', 'tenant'] as const

function toRoute(route: RouteSettings): Route {
  const { to, language, groupBy, wait, interval, repeat } = route
  const matchers = CONDITIONS.flatMap((key): Matcher[] => {
    const pattern = route[key]
    return pattern === undefined ? [] : [{ key, pattern }]
  })
  return {
    ...{ matchers, to, language, groupBy, waitMs: wait, intervalMs: interval, continues: route.continue },
    repeatMs: repeat === undefined ? REPEAT_MS : { page: repeat, ticket: repeat },
  }
}

/** As the defaults of the schema have it. */
const DEFAULT_ROUTE = {
  matchers: [],
  continues: false,
  language: undefined,
  groupBy: ['slo', 'model'],
  waitMs: 10_000,
  intervalMs: 300_000,
  repeatMs: REPEAT_MS,
} as const satisfies Omit<Route, 'to'>

/** Everybody is told of everything, but for who stands in for another, or only listens for the heartbeat. */
function toDefaultRoutes({ receivers, watchdog }: AlertingSettings): readonly Route[] {
  const aside = new Set([watchdog.to, ...receivers.map(({ fallback }) => fallback)])
  const names = receivers.map(({ name }) => name)
  const to = names.filter((name) => !aside.has(name))
  if (names.length === 0) return []
  return [{ ...DEFAULT_ROUTE, to: to.length > 0 ? to : names }]
}

function toInhibition({ source, target, equal }: AlertingSettings['inhibit'][number]): Inhibition {
  const read = (texts: readonly string[]): readonly Matcher[] =>
    texts.flatMap((text) => parseMatcher(text) ?? [])
  return { source: read(source), target: read(target), equal }
}
