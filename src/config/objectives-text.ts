// What a configuration promises, a line for each objective, for `weir check`.
import { toPromise, toWindowText, type SloSettings } from '../slo/config.ts'
import type { Config } from './resolve.ts'

export function listObjectives({ serviceLevels: { slos } }: Config): readonly string[] {
  return slos.map(
    (slo) =>
      `${slo.name}: ${toPromise(slo.sli, slo.objective)} over ${toWindowText(slo.window)}${toScope(slo)}`,
  )
}

function toScope({ match, exclude }: SloSettings): string {
  const scope = Object.entries(match).map(([key, pattern]) => `${key} ${pattern}`)
  const without = exclude.includes('cold') ? ', without cold loads' : ''
  return `${scope.length === 0 ? '' : `, ${scope.join(', ')}`}${without}`
}
