// What others may read of service levels while the gateway runs: the command line, the console. Types only.
import type { Alert } from '../core/alert.ts'
import type { Evaluation } from './evaluate.ts'
import type { Objective } from './objective.ts'

/**
 * `leading`: evaluated here, a moment ago. `following`: another gateway evaluates. `unknown`: nobody can tell, because the store
 * does not answer. `starting`: not asked yet.
 */
export type Standing = 'starting' | 'leading' | 'following' | 'unknown'

export interface ObjectiveStanding {
  readonly objective: Objective
  /** Undefined while it is not known here: that is not health. */
  readonly evaluation: Evaluation | undefined
}

export interface ServiceLevelState {
  readonly standing: Standing
  /** When the evaluation was made, by the wall clock; undefined while it is not known here. */
  readonly evaluatedAtMs: number | undefined
  readonly objectives: readonly ObjectiveStanding[]
  /** What holds now; undefined while it is not known here. */
  readonly alerts: readonly Alert[] | undefined
}

export interface ServiceLevelsRead {
  state(): ServiceLevelState
}
