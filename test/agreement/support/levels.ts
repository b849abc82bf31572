// Promises of every kind to hold tapes against, and plain rules beside them.
import { toObjective } from '../../../src/slo/fixtures/objective.ts'
import type { Objective, Scope } from '../../../src/slo/objective.ts'
import type { ThresholdRule } from '../../../src/slo/threshold-rule.ts'
import { DEFAULT_BURNS, toBudgetRatio, toReachable } from '../../../src/slo/windows/config.ts'

const EVERYTHING: Scope = { model: undefined, route: undefined, tenant: undefined, backend: undefined }

/** Reachable factors, as the configuration would have them. */
function toPromise(given: Partial<Objective> & { readonly targetRatio: number }): Objective {
  const budgetRatio = toBudgetRatio(given.targetRatio)
  const burns = (given.burns ?? DEFAULT_BURNS).map((pair) => toReachable(pair, budgetRatio))
  return toObjective({ ...given, burns })
}

export const AVAILABLE = toPromise({ name: 'available', targetRatio: 0.99, noDataMinutes: 45 })

export const OBJECTIVES: readonly Objective[] = [
  AVAILABLE,
  toPromise({
    name: 'strict',
    targetRatio: 0.999,
    window: { kind: 'rolling', days: 7 },
    minEvents: 1,
    minBadEvents: 1,
  }),
  toPromise({ name: 'duration', indicator: { kind: 'duration', thresholdMs: 3_000 }, targetRatio: 0.95 }),
  toPromise({
    name: 'first-token',
    indicator: { kind: 'firstToken', thresholdMs: 2_000 },
    targetRatio: 0.95,
    excludeCold: true,
    noDataMinutes: 60,
  }),
  // So lax a promise that the usual factors could never be reached.
  toPromise({ name: 'per-token', indicator: { kind: 'perToken', thresholdMs: 50 }, targetRatio: 0.9 }),
  toPromise({
    name: 'inter-token',
    indicator: { kind: 'interToken', thresholdMs: 100 },
    targetRatio: 0.98,
    scope: { ...EVERYTHING, model: 'qwen3*' },
    burns: [
      { severity: 'page', longMinutes: 90, shortMinutes: 10, factor: 8 },
      { severity: 'ticket', longMinutes: 240, shortMinutes: 20, factor: 2 },
    ],
  }),
  toPromise({
    name: 'guard',
    indicator: { kind: 'guard', thresholdMs: 250 },
    targetRatio: 0.99,
    scope: { ...EVERYTHING, backend: 'gpu-a' },
  }),
]

const RULE = { description: undefined, runbook: undefined } as const

export const RULES: readonly ThresholdRule[] = [
  {
    ...RULE,
    kind: 'requests',
    name: 'p95',
    alert: 'P95',
    severity: 'ticket',
    forMs: 120_000,
    counted: {
      name: 'rule:p95',
      scope: EVERYTHING,
      indicator: { kind: 'duration', thresholdMs: 3_000 },
      excludeCold: false,
    },
    limitRatio: 0.05,
    overMinutes: 5,
    minEvents: 20,
    minBadEvents: 5,
    measure: 'requests slower than 3s',
  },
  {
    ...RULE,
    kind: 'requests',
    name: 'errors',
    alert: 'Errors',
    severity: 'page',
    forMs: 0,
    counted: {
      name: 'rule:errors',
      scope: { ...EVERYTHING, model: 'llama*' },
      indicator: { kind: 'availability' },
      excludeCold: false,
    },
    limitRatio: 0.01,
    overMinutes: 15,
    minEvents: 10,
    minBadEvents: 1,
    measure: 'failed requests',
  },
  {
    ...RULE,
    kind: 'backend-down',
    name: 'backend-down',
    alert: 'BackendDown',
    severity: 'page',
    forMs: 60_000,
    backend: 'gpu-*',
  },
]
