// Which backends may answer, in which order. Pure planning; nothing is sent here.
import { WeirError } from '../../core/errors.ts'
import type { Exchange } from '../exchange.ts'
import type { Stage } from '../stage.ts'
import { modelNotFound } from '../routing/not-found.ts'
import type { Plan } from '../routing/plan.ts'

export const route: Stage = {
  name: 'route',
  phase: undefined,
  run(exchange) {
    const plan = planFor(exchange)
    if (plan.candidates.length === 0) return refreshAndPlan(exchange)
    return adopt(exchange, plan)
  },
}

function planFor({ runtime, facts, api }: Exchange): Plan {
  return runtime.fleet.plan(facts?.model ?? '', api.dialect)
}

/** A model that was pulled a moment ago is not listed yet: ask the backends before saying no. */
async function refreshAndPlan(exchange: Exchange): Promise<void> {
  await exchange.runtime.fleet.refreshIfStale()
  const plan = planFor(exchange)
  if (plan.candidates.length === 0) throw nobodyServes(exchange, plan)
  adopt(exchange, plan)
}

function adopt(exchange: Exchange, plan: Plan): void {
  exchange.plan = plan
  exchange.modelRouted = plan.candidates[0]?.model
}

function nobodyServes({ runtime, facts, principal, api }: Exchange, plan: Plan): WeirError {
  const { fleet } = runtime
  const other = plan.excluded.find((each) => each.reason.startsWith('kind'))
  if (other !== undefined) {
    return new WeirError('model_not_found', {
      message: `This model is served, but not through the ${api.dialect} API.`,
      param: 'model',
    })
  }
  // Backends that never listed anything may well serve it: that is not for the caller to be blamed for.
  if (fleet.backends.every((backend) => backend.models === undefined)) {
    return new WeirError('no_backend', { retryAfterSeconds: RETRY_AFTER_SECONDS })
  }
  return modelNotFound(
    facts?.model ?? '',
    fleet.modelNames.filter((name) => principal?.mayUse(name) === true),
  )
}

/** Backends are probed every few seconds. */
const RETRY_AFTER_SECONDS = 5
