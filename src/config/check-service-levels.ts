// Rules within and between objectives, maintenance and threshold rules, and between them and the rest. As in cross-check.ts,
// nothing here trusts the shape of what it is given.
import { parseGlob } from '../core/glob.ts'
import { printDuration } from '../core/units.ts'
import { GAUGES, parseAbove, type RuleMeasure } from '../slo/thresholds/config.ts'
import { LATENCIES } from '../slo/config.ts'
import { toTargetName } from '../slo/sla-targets/config.ts'
import { DEFAULT_BURNS, MINUTE_MS } from '../slo/windows/config.ts'
import { findNearest } from './nearest.ts'
import { isMap, printPath, valueAt, type ConfigPath } from './path.ts'
import type { CrossProblem } from './problem.ts'

const DAY_MS = 86_400_000

export function checkServiceLevels(settings: unknown): readonly CrossProblem[] {
  const targets = Object.keys(mapAt(settings, ['sla_targets']))
  const rules = entriesAt(settings, ['alerts', 'rules'])
  const slos = entriesAt(settings, ['slos'])
  return [
    ...findTwins([
      ...slos.map(nameOf),
      ...targets.map((key) => ({ path: ['sla_targets', key], name: toTargetName(key) })),
    ]),
    ...findTwins(entriesAt(settings, ['maintenance']).map(nameOf)),
    ...findTwins(rules.map(nameOf)),
    ...slos.flatMap((slo) => [...checkSlo(slo), ...checkScope(slo, settings)]),
    ...checkStore(settings, [...slos, ...targets, ...rules.filter(isOverRequests)].length),
    ...checkRetention(settings, slos),
    ...entriesAt(settings, ['maintenance']).flatMap(checkMaintenance),
    ...rules.flatMap((rule) => [...checkRule(rule), ...checkScope(rule, settings)]),
  ]
}

interface Entry {
  readonly path: ConfigPath
  readonly value: unknown
}

function entriesAt(settings: unknown, path: ConfigPath): readonly Entry[] {
  const list = valueAt(settings, path)
  return Array.isArray(list) ? list.map((value: unknown, at) => ({ path: [...path, at], value })) : []
}

function mapAt(settings: unknown, path: ConfigPath): Readonly<Record<string, unknown>> {
  const value = valueAt(settings, path)
  return isMap(value) ? value : {}
}

interface Named {
  readonly path: ConfigPath
  readonly name: unknown
}

const nameOf = ({ path, value }: Entry): Named => ({
  path: [...path, 'name'],
  name: valueAt(value, ['name']),
})

/** Alerts, metrics and the counts that are kept go by name: of two with the same one, nobody could tell which is meant. */
function findTwins(entries: readonly Named[]): CrossProblem[] {
  const first = new Map<unknown, ConfigPath>()
  return entries.flatMap(({ path, name }): CrossProblem[] => {
    const twin = first.get(name)
    if (typeof name !== 'string') return []
    if (twin === undefined) {
      first.set(name, path)
      return []
    }
    const isTarget = path[0] === 'sla_targets'
    const message = isTarget
      ? `becomes an objective called ${name}, as ${printPath(twin)} is`
      : `is the same as ${printPath(twin)}`
    return [{ path, message, advice: 'give each a name of its own' }]
  })
}

function checkSlo({ path, value }: Entry): CrossProblem[] {
  const problems: CrossProblem[] = []
  const excluded = valueAt(value, ['exclude'])
  if (
    valueAt(value, ['sli', 'kind']) === 'availability' &&
    Array.isArray(excluded) &&
    excluded.includes('cold')
  ) {
    problems.push({
      path: [...path, 'exclude'],
      message: 'a model that cannot be loaded is not available; only thresholds leave cold requests out',
      advice: 'leave cold out',
    })
  }
  const isMonth = valueAt(value, ['window', 'kind']) === 'month'
  if (valueAt(value, ['timeZone']) !== undefined && !isMonth) {
    const advice = 'write window: month, or leave it out'
    problems.push({ path: [...path, 'timeZone'], message: 'counts only for a month', advice })
  }
  const days = valueAt(value, ['window', 'days'])
  const ownMs = typeof days === 'number' ? days * DAY_MS : undefined
  const burns = valueAt(value, ['alerts'])
  const pairs = Array.isArray(burns) ? burns : []
  return [...problems, ...pairs.flatMap((pair, at) => checkBurn([...path, 'alerts', at], pair, ownMs))]
}

function checkBurn(path: ConfigPath, pair: unknown, ownMs: number | undefined): CrossProblem[] {
  const [long, short] = [valueAt(pair, ['long']), valueAt(pair, ['short'])]
  const problems = (['long', 'short'] as const).flatMap((key) =>
    checkWhole([...path, key], valueAt(pair, [key])),
  )
  if (typeof long !== 'number' || typeof short !== 'number') return problems
  if (short >= long) {
    const message = `${printDuration(short)} is not shorter than long (${printDuration(long)})`
    problems.push({ path: [...path, 'short'], message, advice: 'a twelfth of long is usual' })
  }
  if (ownMs !== undefined && long > ownMs) {
    const message = `${printDuration(long)} is longer than the window of the objective (${printDuration(ownMs)})`
    problems.push({ path: [...path, 'long'], message, advice: 'shorten it' })
  }
  return problems
}

function checkWhole(path: ConfigPath, value: unknown): CrossProblem[] {
  if (typeof value !== 'number' || value % MINUTE_MS === 0) return []
  return [{ path, message: 'expected whole minutes', advice: 'events are counted by the minute' }]
}

/** A scope that nobody serves counts nothing, and looks healthy for it. */
function checkScope({ path, value }: Entry, settings: unknown): CrossProblem[] {
  const wanted = valueAt(value, ['match', 'backend'])
  const backends = entriesAt(settings, ['backends']).flatMap((entry) => {
    const name = valueAt(entry.value, ['name'])
    return typeof name === 'string' ? [name] : []
  })
  if (typeof wanted !== 'string' || backends.length === 0 || backends.some(parseGlob(wanted))) return []
  const [near] = findNearest(wanted, backends)
  const advice = near === undefined ? `backends are: ${backends.join(', ')}` : `did you mean ${near}?`
  return [{ path: [...path, 'match', 'backend'], message: 'no backend has this name', advice }]
}

function checkStore(settings: unknown, counted: number): CrossProblem[] {
  if (counted === 0 || valueAt(settings, ['records', 'store', 'kind']) !== 'off') return []
  const message = 'objectives are counted in the store of records, and there would be none'
  return [{ path: ['records', 'store'], message, advice: 'write sqlite, or leave the objectives out' }]
}

/** Whatever is older than it is kept is missing from the sum, and nobody would see that. */
function checkRetention(settings: unknown, slos: readonly Entry[]): CrossProblem[] {
  const keptHours = valueAt(settings, ['records', 'keepHours'])
  const keptMinutes = valueAt(settings, ['records', 'keepMinutes'])
  return slos.flatMap(({ path, value }): CrossProblem[] => {
    const problems: CrossProblem[] = []
    const days = valueAt(value, ['window', 'days'])
    if (typeof keptHours === 'number' && typeof days === 'number' && days * DAY_MS > keptHours) {
      const message = `${days}d is longer than counts are kept (records.keepHours: ${printDuration(keptHours)})`
      problems.push({ path: [...path, 'window'], message, advice: 'keep them longer, or shorten the window' })
    }
    const burns = valueAt(value, ['alerts'])
    const longest = Array.isArray(burns)
      ? burns.map((pair) => valueAt(pair, ['long']))
      : DEFAULT_BURNS.map(({ longMinutes }) => longMinutes * MINUTE_MS)
    const longMs = Math.max(0, ...longest.filter((each) => typeof each === 'number'))
    if (typeof keptMinutes === 'number' && longMs > keptMinutes) {
      const message = `an alert of ${String(valueAt(value, ['name']))} looks back ${printDuration(longMs)}, and the counts of minutes are kept for ${printDuration(keptMinutes)}`
      problems.push({ path: ['records', 'keepMinutes'], message, advice: 'keep them longer' })
    }
    return problems
  })
}

function checkMaintenance({ path, value }: Entry): CrossProblem[] {
  const at = (key: string): unknown => valueAt(value, [key])
  const [from, to, weekly] = [at('from'), at('to'), at('weekly')]
  const isOnce = from !== undefined || to !== undefined
  const advice = 'write from and to, or weekly'
  if (isOnce && weekly !== undefined) return [{ path, message: 'comes once and every week', advice }]
  if (weekly === undefined && (from === undefined || to === undefined))
    return [{ path, message: 'has no beginning and end', advice }]
  if (typeof from === 'number' && typeof to === 'number' && to <= from)
    return [{ path: [...path, 'to'], message: 'is not after from', advice: 'let it end after it begins' }]
  if (isOnce && at('timeZone') !== undefined) {
    const message = 'counts only for a weekly one'
    return [{ path: [...path, 'timeZone'], message, advice: 'from and to name their zone themselves' }]
  }
  return []
}

const isLatency = (measure: unknown): boolean => LATENCIES.some((latency) => latency === measure)
const isGauge = (measure: unknown): boolean => GAUGES.some((gauge) => gauge === measure)

function isOverRequests({ value }: Entry): boolean {
  const measure = valueAt(value, ['measure'])
  return isLatency(measure) || measure === 'errors'
}

function checkRule(entry: Entry): CrossProblem[] {
  const { path, value } = entry
  const measure = valueAt(value, ['measure'])
  if (typeof measure !== 'string') return []
  const problems = [...checkAbove(entry, measure as RuleMeasure), ...checkMatch(entry, measure)]
  if (valueAt(value, ['quantile']) !== undefined && !isLatency(measure)) {
    const message = `${measure} has no quantiles`
    problems.push({ path: [...path, 'quantile'], message, advice: 'leave it out' })
  }
  return isOverRequests(entry)
    ? [...problems, ...checkWhole([...path, 'over'], valueAt(value, ['over']))]
    : problems
}

function checkAbove({ path: entry, value }: Entry, measure: RuleMeasure): CrossProblem[] {
  const path = [...entry, 'above']
  const above = valueAt(value, ['above'])
  if (measure === 'backendDown') {
    if (above === undefined) return []
    const advice = 'leave it out; for says how long a backend may be away'
    return [{ path, message: 'backendDown has no threshold', advice }]
  }
  const [example, expected] = isLatency(measure)
    ? ['3s', 'a duration such as 3s']
    : measure === 'gpuTemperature'
      ? ['90', 'degrees Celsius such as 90']
      : ['5%', 'a ratio from 0% to below 100%, such as 5%']
  if (above === undefined)
    return [{ path: entry, message: 'has no threshold', advice: `write above: ${example}` }]
  if (typeof above !== 'string' && typeof above !== 'number') return []
  const limit = parseAbove(measure, above)
  const isReachable =
    limit !== undefined && (isLatency(measure) ? limit > 0 : measure === 'gpuTemperature' || limit < 1)
  return isReachable ? [] : [{ path, message: `expected ${expected}` }]
}

function checkMatch({ path, value }: Entry, measure: string): CrossProblem[] {
  if (isLatency(measure) || measure === 'errors') return []
  const known = isGauge(measure) ? [] : ['backend']
  return Object.entries(mapAt(value, ['match']))
    .filter(([key, pattern]) => pattern !== undefined && !known.includes(key))
    .map(([key]) => ({
      path: [...path, 'match', key],
      message: `does not tell one ${measure} from another`,
      advice: 'leave it out',
    }))
}
