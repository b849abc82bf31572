// Where an alert goes: the receivers of the routes that match it, in the order of the file. Pure.
import type { Alert } from '../core/alert.ts'
import { matches } from './matcher.ts'
import type { Route } from './policy.ts'

export interface Destination {
  readonly receiver: string
  readonly route: Route
}

/** The first matching route counts, and those behind it while they say so. Nobody is told twice. */
export function findDestinations(alert: Alert, routes: readonly Route[]): readonly Destination[] {
  const found = new Map<string, Destination>()
  for (const route of routes) {
    if (!matches(alert, route.matchers)) continue
    for (const receiver of route.to) if (!found.has(receiver)) found.set(receiver, { receiver, route })
    if (!route.continues) break
  }
  return [...found.values()]
}
