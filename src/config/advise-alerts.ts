// What is valid about alerts and still should be known: severities that nobody hears of.
import type { FileSettings } from './schema.ts'

const SEVERITIES = ['page', 'ticket'] as const

export function adviseOnAlerts({ alerts }: FileSettings): readonly string[] {
  const { routes, receivers } = alerts
  if (routes === undefined || receivers.length === 0) return []
  return SEVERITIES.flatMap((severity) => {
    const taken = routes.some((route) => route.severity === undefined || route.severity === severity)
    return taken ? [] : [`alerts.routes: no route takes a ${severity}, so nobody is told of one`]
  })
}
