// The plan for a model as `weir route` shows it: the same functions that plan requests, asked once, of backends that were just probed.
import { createPrincipal } from '../access/principal.ts'
import { KeyStoreError, toKeySettings } from '../access/store/key-store.ts'
import { keyStoreFile, openSqliteKeyStoreToRead } from '../access/store/sqlite/store.ts'
import type { Config } from '../config/resolve.ts'
import { systemClock } from '../core/clock.ts'
import { printInstant } from '../core/instant.ts'
import type { DialectName } from '../core/record.ts'
import { Fleet } from '../gateway/routing/fleet.ts'
import { nearestNames } from '../gateway/routing/nearest.ts'
import type { Plan } from '../gateway/routing/planner.ts'
import type { ModelRoute, RouteQuestion, RouteReport } from './asked.ts'
import { findDefaultBackends, NO_DEFAULT_BACKENDS } from './default-backends.ts'

export async function explainRoute(question: RouteQuestion): Promise<RouteReport> {
  const { gateway } = question.config
  const isEmpty = gateway.backends.length === 0
  const defaults = isEmpty ? await findDefaultBackends() : NO_DEFAULT_BACKENDS
  const backends = isEmpty ? defaults.backends : gateway.backends
  const fleet = new Fleet({ ...gateway, backends }, { clock: systemClock })
  try {
    await fleet.refresh()
    return report(fleet, question)
  } finally {
    fleet.closeUnlessIn(undefined)
    await defaults.close()
  }
}

function report(fleet: Fleet, { config, model, dialect, key }: RouteQuestion): RouteReport {
  const found = key === undefined ? EVERYBODY : findCaller(config, key)
  const caller = typeof found === 'string' ? undefined : found
  const explain = (plan: Plan): ModelRoute =>
    explainPlan(fleet, { plan, dialect, caller: caller ?? EVERYBODY })
  // Once: each plan is one turn.
  const plan = fleet.plan(model, dialect)
  const asked = explain(plan)
  const known = fleet.modelNames.filter((name) => !name.includes('*') && caller?.mayUse(name) === true)
  return {
    ...asked,
    fallbacks: (plan.rule?.fallback ?? []).map((name) => explain(fleet.plan(name, dialect))),
    attempts: config.gateway.retry.attempts,
    nearest: asked.candidates.length > 0 ? [] : nearestNames(model, known),
    problem: typeof found === 'string' ? found : undefined,
  }
}

interface Caller {
  readonly name: string | undefined
  mayUse(model: string): boolean
}

const EVERYBODY: Caller = { name: undefined, mayUse: () => true }

/** Or why there is none. A name of the file is the file's, as when requests come. */
function findCaller(config: Config, name: string): Caller | string {
  try {
    const filed = config.access.keys.find((each) => each.name === name)
    const settings = filed ?? findStored(config.dataDir, name)
    if (settings === undefined) return `there is no key called ${JSON.stringify(name)}`
    const { expires } = settings
    const isOver = expires !== undefined && expires <= systemClock.wall()
    return isOver ? `the key ${name} expired at ${printInstant(expires)}` : createPrincipal(settings)
  } catch (thrown) {
    if (thrown instanceof KeyStoreError) return thrown.message
    throw thrown
  }
}

function findStored(dataDir: string, name: string): ReturnType<typeof toKeySettings> {
  const store = openSqliteKeyStoreToRead(keyStoreFile(dataDir))
  try {
    const stored = store?.list().findLast((each) => each.name === name && each.revokedAtMs === undefined)
    return stored === undefined ? undefined : toKeySettings(stored)
  } finally {
    store?.close()
  }
}

interface PlanQuestion {
  readonly plan: Plan
  readonly dialect: DialectName
  readonly caller: Caller
}

function explainPlan(fleet: Fleet, { plan, dialect, caller }: PlanQuestion): ModelRoute {
  const { model, rule } = plan
  return {
    model,
    entry: rule?.name,
    strategy: rule?.strategy ?? 'least-busy',
    candidates: plan.candidates.map((each) => ({
      backend: each.backend,
      model: each.model,
      target: each.target,
      reason: `${each.reason}${shareOf(plan, each)}`,
    })),
    excluded: fleet.exclusions(model, dialect),
    refusal: caller.mayUse(model) ? undefined : `the key ${caller.name ?? ''} may not use it`,
  }
}

function shareOf({ rule }: Plan, { weight, priority }: Plan['candidates'][number]): string {
  if (rule?.strategy === 'weighted') return `, weight ${weight}`
  return rule?.strategy === 'priority' ? `, tier ${priority}` : ''
}
