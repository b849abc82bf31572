// Rules between receivers, routes and the rest of alerting. As in cross-check.ts, nothing here trusts the shape of what it is
// given.
import { findNearest } from './nearest.ts'
import { printPath, valueAt, type ConfigPath } from './path.ts'
import type { CrossProblem } from './problem.ts'

const RECEIVERS: ConfigPath = ['alerts', 'receivers']
const ROUTES: ConfigPath = ['alerts', 'routes']
const BEAT: ConfigPath = ['alerts', 'watchdog', 'to']

export function checkAlerts(settings: unknown): readonly CrossProblem[] {
  const receivers = receiversOf(settings)
  const references = referencesOf(settings)
  return [
    ...findTwins(receivers),
    ...references.flatMap((reference) => checkReference(reference, receivers)),
    ...checkFallbacks(receivers),
    ...checkUse(settings, { receivers, references }),
    ...checkShadows(settings),
  ]
}

interface Receiver {
  readonly path: ConfigPath
  readonly name: string
  readonly fallback: unknown
}

function listAt(settings: unknown, path: ConfigPath): readonly unknown[] {
  const value = valueAt(settings, path)
  return Array.isArray(value) ? value : []
}

function receiversOf(settings: unknown): readonly Receiver[] {
  return listAt(settings, RECEIVERS).flatMap((entry, at) => {
    const name = valueAt(entry, ['name'])
    const path = [...RECEIVERS, at]
    return typeof name === 'string' ? [{ path, name, fallback: valueAt(entry, ['fallback']) }] : []
  })
}

/** A place that names a receiver. */
interface Reference {
  readonly path: ConfigPath
  readonly name: string
}

function referencesOf(settings: unknown): readonly Reference[] {
  const routed = listAt(settings, ROUTES).flatMap((route, at) =>
    listAt(route, ['to']).map((name, position) => ({ path: [...ROUTES, at, 'to', position], name })),
  )
  const fallbacks = receiversOf(settings).map(({ path, fallback }) => ({
    path: [...path, 'fallback'],
    name: fallback,
  }))
  return [...routed, ...fallbacks, { path: BEAT, name: valueAt(settings, BEAT) }].flatMap(({ path, name }) =>
    typeof name === 'string' ? [{ path, name }] : [],
  )
}

/** Silences, state and routes go by name. */
function findTwins(receivers: readonly Receiver[]): CrossProblem[] {
  return receivers.flatMap(({ path, name }, at): CrossProblem[] => {
    const twin = receivers.findIndex((other) => other.name === name)
    const first = receivers[twin]
    if (twin === at || first === undefined) return []
    const message = `is the same as ${printPath([...first.path, 'name'])}`
    return [{ path: [...path, 'name'], message, advice: 'give each receiver a name of its own' }]
  })
}

function checkReference({ path, name }: Reference, receivers: readonly Receiver[]): CrossProblem[] {
  const names = receivers.map((receiver) => receiver.name)
  if (names.includes(name)) return []
  const [near] = findNearest(name, names)
  const those = names.length === 0 ? 'add it to alerts.receivers' : `there are: ${names.join(', ')}`
  const advice = near === undefined ? those : `did you mean ${near}?`
  return [{ path, message: `leads nowhere: there is no receiver ${name}`, advice }]
}

function checkFallbacks(receivers: readonly Receiver[]): CrossProblem[] {
  return receivers.flatMap(({ path, name, fallback }): CrossProblem[] => {
    if (fallback !== name) return []
    const message = 'is the receiver itself, which then cannot be reached either'
    return [{ path: [...path, 'fallback'], message, advice: 'name another receiver, or leave it out' }]
  })
}

interface Use {
  readonly receivers: readonly Receiver[]
  readonly references: readonly Reference[]
}

/** Somebody counts on a receiver that is written down; one that nobody uses will never say a word. */
function checkUse(settings: unknown, { receivers, references }: Use): CrossProblem[] {
  if (valueAt(settings, ROUTES) === undefined) return []
  const used = new Set(references.map(({ name }) => name))
  return receivers
    .filter(({ name }) => !used.has(name))
    .map(({ path, name }) => ({
      path: [...path, 'name'],
      message: `nobody is ever told through ${name}: no route, fallback or watchdog names it`,
      advice: `add to: ${name} to a route, or leave the receiver out`,
    }))
}

const CONDITIONS = ['severity', 'alert', 'slo', 'model', 'backend', 'tenant'] as const

/** Behind a route that takes everything no other is asked. */
function checkShadows(settings: unknown): CrossProblem[] {
  const routes = listAt(settings, ROUTES)
  const taker = routes.findIndex(
    (route) =>
      valueAt(route, ['continue']) !== true && CONDITIONS.every((key) => valueAt(route, [key]) === undefined),
  )
  if (taker === -1) return []
  return routes.slice(taker + 1).map((_, offset) => ({
    path: [...ROUTES, taker + 1 + offset],
    message: `is never asked: ${printPath([...ROUTES, taker])} takes every alert before it`,
    advice: 'move it up, or add continue: true to that one',
  }))
}
