// The plan for a model as `weir route` shows it: the same function that plans requests, asked once.
import type { RouteQuestion, RouteReport } from './asked.ts'
import { systemClock } from '../core/clock.ts'
import { Fleet } from '../gateway/routing/fleet.ts'
import { nearestNames } from '../gateway/routing/nearest.ts'
import { findDefaultBackends, NO_DEFAULT_BACKENDS } from './default-backends.ts'

export async function explainRoute({ config, model, dialect }: RouteQuestion): Promise<RouteReport> {
  const defaults = config.gateway.backends.length === 0 ? await findDefaultBackends() : NO_DEFAULT_BACKENDS
  const backends = config.gateway.backends.length === 0 ? defaults.backends : config.gateway.backends
  const fleet = new Fleet({ ...config.gateway, backends }, { clock: systemClock })
  try {
    await fleet.refresh()
    const { candidates } = fleet.plan(model, dialect)
    const excluded = fleet.exclusions(model, dialect)
    const known = fleet.modelNames.filter((name) => !name.includes('*'))
    return { candidates, excluded, nearest: candidates.length > 0 ? [] : nearestNames(model, known) }
  } finally {
    fleet.closeUnlessIn(undefined)
    await defaults.close()
  }
}
