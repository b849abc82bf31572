// Which backends may answer, in which order. Pure planning; nothing is sent here.
import { WeirError } from '../../core/errors.ts'
import type { Exchange } from '../exchange.ts'
import type { Stage } from '../stage.ts'
import { Course } from '../routing/course.ts'
import { modelNotFound } from '../routing/not-found.ts'

export const route: Stage = {
  name: 'route',
  phase: undefined,
  run(exchange) {
    const course = plot(exchange)
    if (course.open.length === 0) return refreshAndPlot(exchange)
    return adopt(exchange, course)
  },
}

function plot({ runtime, facts, api, principal }: Exchange): Course {
  const { fleet, settings } = runtime
  return new Course({
    chart: fleet,
    model: facts?.model ?? '',
    dialect: api.dialect,
    principal,
    attempts: settings.retry.attempts,
    isAboutModel: api.operation === 'other',
  })
}

/** A model that was pulled a moment ago is not listed yet: ask the backends before saying no. */
async function refreshAndPlot(exchange: Exchange): Promise<void> {
  await exchange.runtime.fleet.refreshIfStale()
  const course = plot(exchange)
  if (course.open.length === 0) throw nobodyServes(exchange)
  adopt(exchange, course)
}

function adopt(exchange: Exchange, course: Course): void {
  exchange.course = course
  exchange.modelRouted = course.open[0]?.model
}

function nobodyServes({ runtime, facts, principal, api }: Exchange): WeirError {
  const { fleet } = runtime
  const model = facts?.model ?? ''
  if (fleet.exclusions(model, api.dialect).some(({ reason }) => reason.startsWith('kind'))) {
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
    model,
    fleet.modelNames.filter((name) => principal?.mayUse(name) === true),
  )
}

/** Backends are probed every few seconds. */
const RETRY_AFTER_SECONDS = 5
