// Rules between settings that are each valid alone. They run on what could be read even when something else is wrong,
// so that every problem is reported at once: nothing here may trust the shape of what it is given.
import { printDuration } from '../core/units.ts'
import { checkAlerts } from './check-alerts.ts'
import { checkLimits } from './check-limits.ts'
import { checkModels } from './check-models.ts'
import { checkServiceLevels } from './check-service-levels.ts'
import { printListenAddress, type ListenAddress } from './fields.ts'
import { isMap, printPath, valueAt, type ConfigPath } from './path.ts'
import type { CrossProblem } from './problem.ts'

export function crossCheck(settings: unknown): readonly CrossProblem[] {
  return [
    ...findTwins(settings, 'backends', 'name'),
    ...findTwins(settings, 'keys', 'name'),
    ...findTwins(settings, 'keys', 'hash'),
    ...findTwins(settings, 'tenants', 'name'),
    ...checkModels(settings),
    ...checkListeners(settings),
    ...checkClocks(settings),
    ...checkLimits(settings),
    ...checkRecords(settings),
    ...checkServiceLevels(settings),
    ...checkAlerts(settings),
  ]
}

function listAt(settings: unknown, path: ConfigPath): readonly unknown[] {
  const value = valueAt(settings, path)
  return Array.isArray(value) ? value : []
}

/** Two entries of a list with the same name: which of them is meant could not be told. */
function findTwins(settings: unknown, list: string, key: string): CrossProblem[] {
  const firstAt = new Map<string, number>()
  const problems: CrossProblem[] = []
  for (const [index, entry] of listAt(settings, [list]).entries()) {
    const value = valueAt(entry, [key])
    if (typeof value !== 'string') continue
    const first = firstAt.get(value)
    if (first === undefined) firstAt.set(value, index)
    else {
      const message = `is the same as ${printPath([list, first, key])}`
      problems.push({
        path: [list, index, key],
        message,
        advice: `give each entry of ${list} a ${key} of its own`,
      })
    }
  }
  return problems
}

function checkListeners(settings: unknown): CrossProblem[] {
  const gateway = toAddress(valueAt(settings, ['listen']))
  const metrics = toAddress(valueAt(settings, ['metrics', 'listen']))
  if (gateway === undefined || metrics === undefined || !collide(gateway, metrics)) return []
  const message = `${printListenAddress(metrics)} is taken by listen (${printListenAddress(gateway)})`
  return [{ path: ['metrics', 'listen'], message, advice: 'give metrics a port of their own' }]
}

function toAddress(value: unknown): ListenAddress | undefined {
  const kind = valueAt(value, ['kind'])
  return isMap(value) && (kind === 'tcp' || kind === 'unix') ? (value as unknown as ListenAddress) : undefined
}

const EVERY_INTERFACE: readonly (string | undefined)[] = [undefined, '0.0.0.0', '::']

function collide(one: ListenAddress, other: ListenAddress): boolean {
  if (one.kind === 'unix' || other.kind === 'unix') {
    return one.kind === 'unix' && other.kind === 'unix' && one.path === other.path
  }
  // Port 0 asks for any free port, a different one each time.
  if (one.port !== other.port || one.port === 0) return false
  const [left, right] = [toInterface(one.host), toInterface(other.host)]
  return left === right || EVERY_INTERFACE.includes(left) || EVERY_INTERFACE.includes(right)
}

function toInterface(host: string | undefined): string | undefined {
  return host === 'localhost' ? '127.0.0.1' : host
}

/** A clock that is longer than the one around it never runs out, and whoever set it waits for it in vain. */
function checkClocks(settings: unknown): CrossProblem[] {
  return listAt(settings, ['backends']).flatMap((backend, at) => {
    const total = valueAt(backend, ['timeouts', 'total'])
    return ['connect', 'firstToken', 'load', 'idle'].flatMap((clock): CrossProblem[] => {
      const ms = valueAt(backend, ['timeouts', clock])
      if (typeof ms !== 'number' || typeof total !== 'number' || ms <= total) return []
      const message = `${printDuration(ms)} is longer than total (${printDuration(total)}), so it would never run out`
      const path = ['backends', at, 'timeouts', clock]
      return [{ path, message, advice: `shorten ${clock} or lengthen total`, onlyIfWritten: true }]
    })
  })
}

/** Counts of hours stand in for those of minutes that are gone: if they went first, nothing would. */
function checkRecords(settings: unknown): CrossProblem[] {
  const records = valueAt(settings, ['records'])
  const [minutes, hours] = [valueAt(records, ['keepMinutes']), valueAt(records, ['keepHours'])]
  const problems: CrossProblem[] = []
  if (typeof minutes === 'number' && typeof hours === 'number' && hours < minutes) {
    const message = `${printDuration(hours)} is shorter than keepMinutes (${printDuration(minutes)})`
    problems.push({
      path: ['records', 'keepHours'],
      message,
      advice: 'keep hours at least as long as minutes',
    })
  }
  const content = valueAt(records, ['content'])
  if (valueAt(records, ['store', 'kind']) === 'off' && typeof content === 'string' && content !== 'none') {
    const message = 'there is no store to keep it in'
    const advice = 'leave content out, or choose another store than off'
    problems.push({ path: ['records', 'content'], message, advice })
  }
  return problems
}
