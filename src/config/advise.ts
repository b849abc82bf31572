// What is valid and still should be known: factors that were changed because they could never be reached, promises that others
// make already, scopes that nobody may fall into. In: what could be read. Out: sentences.
import { parseGlob } from '../core/glob.ts'
import { printDuration, printRatio } from '../core/units.ts'
import { printIndicator, type Indicator, type SloSettings } from '../slo/config.ts'
import { translateTargets } from '../slo/sla-targets/config.ts'
import {
  DEFAULT_BURNS,
  MINUTE_MS,
  toBudgetRatio,
  toReachable,
  toThresholdRatio,
} from '../slo/windows/config.ts'
import { adviseOnAlerts } from './advise-alerts.ts'
import type { FileSettings } from './schema.ts'

export function adviseOn(settings: FileSettings): readonly string[] {
  const { slos: translated, notes } = translateTargets(settings.sla_targets)
  const slos = [...settings.slos, ...translated]
  return [
    ...notes,
    ...slos.flatMap(adviseOnFactors),
    ...adviseOnImplied(settings.slos),
    ...adviseOnTenants(settings),
    ...slos.flatMap(adviseOnGuard),
    ...adviseOnGpu(settings),
    ...adviseOnAlerts(settings),
  ]
}

/** The same pair on two objectives of a block would be said twice otherwise. */
function adviseOnFactors({ name, objective, alerts }: SloSettings): readonly string[] {
  const budgetRatio = toBudgetRatio(objective)
  const pairs =
    alerts?.map(({ severity, long, short, factor }) => ({
      ...{ severity, factor, longMinutes: long / MINUTE_MS, shortMinutes: short / MINUTE_MS },
    })) ?? DEFAULT_BURNS
  return pairs.flatMap((pair) => {
    const { factor } = toReachable(pair, budgetRatio)
    if (factor === pair.factor) return []
    const needed = printShare(toThresholdRatio(pair.factor, budgetRatio))
    const enough = printShare(toThresholdRatio(factor, budgetRatio))
    const over = `${printDuration(pair.longMinutes * MINUTE_MS)} and ${printDuration(pair.shortMinutes * MINUTE_MS)}`
    return [
      `objective ${name}: at ${printRatio(objective)}, a burn rate of ${pair.factor} would need ${needed} of all requests to be bad and could never fire; over ${over} the alert comes at ${Number(factor.toFixed(2))} instead, which is ${enough}`,
    ]
  })
}

/** The factor was rounded before: its last digits are no news. */
function printShare(ratio: number): string {
  return printRatio(Number(ratio.toFixed(6)))
}

function isSameScope(left: SloSettings, right: SloSettings): boolean {
  return (
    JSON.stringify([left.match, left.exclude, left.window]) ===
    JSON.stringify([right.match, right.exclude, right.window])
  )
}

/** Whether every event that is good for one is good for the other. */
function isHarder(left: Indicator, right: Indicator): boolean {
  if (left.kind === 'availability' || right.kind === 'availability') return left.kind === right.kind
  return left.kind === right.kind && left.thresholdMs <= right.thresholdMs
}

/** An objective that another keeps anyway never tells anybody something new. */
function adviseOnImplied(slos: readonly SloSettings[]): readonly string[] {
  return slos.flatMap((lax, at) => {
    const strict = slos.find((other, index) => {
      if (other === lax || !isSameScope(other, lax)) return false
      const isStricter = isHarder(other.sli, lax.sli) && other.objective >= lax.objective
      // Of two that say the same, the later one is told of.
      const isSame = isHarder(lax.sli, other.sli) && other.objective === lax.objective
      return isStricter && (!isSame || index < at)
    })
    if (strict === undefined) return []
    const says = ({ name, sli, objective }: SloSettings): string =>
      `${name} (${printRatio(objective)} ${toWords(sli)})`
    return [`objective ${says(lax)} is kept whenever ${says(strict)} is: one of them is enough`]
  })
}

function toWords(indicator: Indicator): string {
  const printed = printIndicator(indicator)
  return typeof printed === 'string'
    ? printed
    : JSON.stringify(printed).replaceAll(/[{}"]/g, '').replace(':', ' ')
}

/** Keys made by `weir keys create` bring tenants that the file does not know, so this is no mistake for sure. */
function adviseOnTenants({ slos, keys, tenants }: FileSettings): readonly string[] {
  const known = [...keys.flatMap(({ tenant }) => tenant ?? []), ...tenants.map(({ name }) => name)]
  return slos.flatMap(({ name, match: { tenant } }) => {
    if (tenant === undefined || known.some(parseGlob(tenant))) return []
    return [
      `objective ${name}: no key or tenant of the file is called ${tenant}; it counts nothing unless a key made by \`weir keys create\` has this tenant`,
    ]
  })
}

function adviseOnGuard({ name, sli }: SloSettings): readonly string[] {
  if (sli.kind !== 'guard') return []
  return [`objective ${name}: nothing is checked by a guard in this version, so it counts nothing`]
}

/** vLLM takes nine tenths of the memory when it starts, by design. */
const VLLM_SHARE_RATIO = 0.9

function adviseOnGpu({ alerts, backends }: FileSettings): readonly string[] {
  if (!backends.some(({ kind }) => kind === 'vllm')) return []
  const MARGIN_RATIO = 0.02
  return alerts.rules.flatMap(({ name, measure, above }) => {
    const text = String(above)
    const limit = text.endsWith('%') ? Number(text.slice(0, -1)) / 100 : Number(text)
    if (measure !== 'gpuMemory' || limit > VLLM_SHARE_RATIO + MARGIN_RATIO) return []
    return [
      `rule ${name}: vLLM takes about ${printRatio(VLLM_SHARE_RATIO)} of the GPU memory at its start by design, so above ${text} it holds all the time; watch its queue, or use a higher threshold`,
    ]
  })
}
