// One step of a climb: the plan at another rate, with enough requests to say something, and no longer than it takes to see it break.
import type { LoadPlan } from '../plan.ts'
import { toReport } from '../report.ts'
import { runLoad, type RunOptions } from '../run.ts'
import type { StepRun } from './climb.ts'
import { isClearlyBroken } from './judge-step.ts'

const SECOND_MS = 1_000
/** Fewer say too little of 95 %. */
const LEAST_REQUESTS = 20

export function toStepPlan(plan: LoadPlan, perSecond: number): LoadPlan {
  const arrivals = plan.pace.kind === 'open' ? plan.pace.arrivals : 'poisson'
  const leastMs = (LEAST_REQUESTS * SECOND_MS) / perSecond
  return {
    ...plan,
    pace: { kind: 'open', perSecond, arrivals },
    durationMs: Math.max(plan.durationMs ?? 0, leastMs),
    requests: undefined,
  }
}

export async function runStep(plan: LoadPlan, options: RunOptions): Promise<StepRun> {
  const enough = new AbortController()
  const signal = AbortSignal.any([options.signal, enough.signal])
  const measured = await runLoad(plan, {
    ...options,
    signal,
    onProgress(progress) {
      options.onProgress?.(progress)
      if (isClearlyBroken(progress.tally.objectives)) enough.abort()
    },
  })
  return {
    measured,
    report: toReport(plan, measured),
    isBrokenOff: enough.signal.aborted,
    isStopped: options.signal.aborted,
  }
}
