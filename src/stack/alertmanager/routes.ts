// The routes of the configuration as a tree of Alertmanager: who is told of what, how soon and how often. Pure.
import { printDuration } from '../../core/units.ts'
import { WATCHDOG_ALERT } from '../rules/stack-rules.ts'
import type { StackInput } from '../stack.ts'
import { hasLabel, toMatcher } from './matchers.ts'

type Alerting = StackInput['config']['alerting']
type Written = NonNullable<Alerting['routes']>[number]

export interface Route {
  readonly receiver?: string
  readonly matchers?: readonly string[]
  readonly group_by?: readonly string[]
  readonly group_wait?: string
  readonly group_interval?: string
  readonly repeat_interval?: string
  readonly mute_time_intervals?: readonly string[]
  readonly continue?: boolean
  readonly routes?: readonly Route[]
}

export interface RouteContext {
  readonly alerting: Alerting
  /** Receivers that Alertmanager reaches. */
  readonly reached: ReadonlySet<string>
  /** Names of times in which nobody is told. */
  readonly muted: readonly string[]
}

/** Has no address: what is led there is seen on the page of Alertmanager only. */
export const NOBODY = 'nobody'

/** A page that is still open after an hour may have been missed; a ticket is looked at once a day. As Weir itself has it. */
const REPEAT = { page: '1h', ticket: '24h' } as const
/** As the schema of routes has it. */
const DEFAULT_TIMES = { groupBy: ['slo', 'model'], wait: 10_000, interval: 300_000 } as const
const LEAST_INTERVAL_MS = 1_000

export function toRouteTree(context: RouteContext): Route {
  const { alerting } = context
  return {
    receiver: NOBODY,
    group_by: toGroupBy(DEFAULT_TIMES.groupBy),
    group_wait: printDuration(DEFAULT_TIMES.wait),
    group_interval: printDuration(DEFAULT_TIMES.interval),
    repeat_interval: REPEAT.page,
    routes: [
      ...toHeartbeat(context),
      ...toldByWeir(alerting),
      ...(alerting.routes?.flatMap((route) => toRoutes(route, context)) ?? toDefaultRoutes(context)),
    ],
  }
}

function toGroupBy(labels: readonly string[]): readonly string[] {
  return [...new Set(['alertname', 'severity', ...labels])]
}

/** What always rings is for whoever misses it when it stops, and for nobody else. */
function toHeartbeat({ alerting: { watchdog }, reached }: RouteContext): readonly Route[] {
  const matchers = [toMatcher('alert', WATCHDOG_ALERT)]
  const silent = { receiver: NOBODY, matchers: [toMatcher('severity', 'none')] }
  if (watchdog.to === undefined || !reached.has(watchdog.to)) return [silent]
  const every = printDuration(watchdog.every)
  // What repeats exactly as often as it is looked at would be left out every other time.
  const repeat = printDuration(watchdog.every - LEAST_INTERVAL_MS)
  const times = { group_wait: '0s', group_interval: every, repeat_interval: repeat }
  return [{ receiver: watchdog.to, matchers, ...times }, silent]
}

/** Alerts that Weir raises too are told by one of the two. */
const WEIRS_OWN = ['BackendDown', 'AlertPipelineDead']

function toldByWeir({ deliver }: Alerting): readonly Route[] {
  if (deliver !== 'weir') return []
  const own = `alertname=~${JSON.stringify(WEIRS_OWN.join('|'))}`
  return [own, hasLabel('slo'), hasLabel('rule')].map((matcher) => ({
    receiver: NOBODY,
    matchers: [matcher],
  }))
}

const CONDITIONS = ['severity', 'alert', 'slo', 'model', 'backend', 'tenant'] as const

/** One for each receiver; those before the last let the alert go on to the next. */
function toRoutes(written: Written, context: RouteContext): readonly Route[] {
  const { groupBy, wait, interval } = written
  const matchers = CONDITIONS.flatMap((key) => {
    const pattern = written[key]
    return pattern === undefined ? [] : [toMatcher(key, pattern)]
  })
  const to = written.to.filter((name) => context.reached.has(name))
  const receivers = to.length > 0 ? to : [NOBODY]
  // What the top of the tree says already need not be said again.
  const isUsual = groupBy.join() === DEFAULT_TIMES.groupBy.join()
  const shape = {
    ...(matchers.length === 0 ? {} : { matchers }),
    ...(isUsual ? {} : { group_by: toGroupBy(groupBy) }),
    ...(wait === DEFAULT_TIMES.wait ? {} : { group_wait: printDuration(wait) }),
    ...(interval === DEFAULT_TIMES.interval
      ? {}
      : { group_interval: printDuration(Math.max(interval, LEAST_INTERVAL_MS)) }),
  }
  return receivers.map((receiver, at) => ({
    ...{ receiver, ...shape, ...toRepeat(written, context) },
    ...(at < receivers.length - 1 || written.continue ? { continue: true } : {}),
  }))
}

function toRepeat(
  { severity, repeat }: Partial<Pick<Written, 'severity' | 'repeat'>>,
  { muted }: RouteContext,
): Route {
  const mute = muted.length === 0 ? {} : { mute_time_intervals: muted }
  if (repeat !== undefined) return { repeat_interval: printDuration(repeat), ...mute }
  if (severity !== undefined) return { repeat_interval: REPEAT[severity], ...mute }
  const ticket = { matchers: [toMatcher('severity', 'ticket')], repeat_interval: REPEAT.ticket, ...mute }
  return { repeat_interval: REPEAT.page, ...mute, routes: [ticket] }
}

/** Everybody is told of everything, but for who stands in for another, or only listens for the heartbeat. */
function toDefaultRoutes(context: RouteContext): readonly Route[] {
  const { receivers, watchdog } = context.alerting
  const aside = new Set([watchdog.to, ...receivers.map(({ fallback }) => fallback)])
  const names = receivers.map(({ name }) => name).filter((name) => context.reached.has(name))
  const main = names.filter((name) => !aside.has(name))
  const to = main.length > 0 ? main : names
  if (to.length === 0) return []
  return to.map((receiver, at) => ({
    ...{ receiver, ...toRepeat({}, context) },
    ...(at < to.length - 1 ? { continue: true } : {}),
  }))
}
