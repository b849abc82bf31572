// The catalogue's histograms with the thresholds of service levels among their bounds. It changes no other number.
import { DURATION_BOUNDS_S, FIRST_TOKEN_BOUNDS_S, GAP_BOUNDS_S, uniteBounds } from '../core/buckets.ts'
import { REQUEST_METRICS } from './catalogue/requests.ts'
import type { StoredDefinition } from './catalogue/definition.ts'

/** Seconds. */
export interface Thresholds {
  readonly durationS: readonly number[]
  readonly firstTokenS: readonly number[]
  /** Of time per token and of gaps between them. */
  readonly gapS: readonly number[]
}

export type RequestMetrics = typeof REQUEST_METRICS

export function withThresholds({ durationS, firstTokenS, gapS }: Thresholds): RequestMetrics {
  const united = new Map([
    [DURATION_BOUNDS_S, uniteBounds(DURATION_BOUNDS_S, durationS)],
    [FIRST_TOKEN_BOUNDS_S, uniteBounds(FIRST_TOKEN_BOUNDS_S, firstTokenS)],
    [GAP_BOUNDS_S, uniteBounds(GAP_BOUNDS_S, gapS)],
  ])
  const unite = (definition: StoredDefinition): StoredDefinition =>
    definition.type === 'histogram'
      ? { ...definition, bounds: united.get(definition.bounds) ?? definition.bounds }
      : definition
  // Only bounds are others, and what they are is no part of their type.
  return Object.fromEntries(
    Object.entries<StoredDefinition>(REQUEST_METRICS).map(([key, definition]) => [key, unite(definition)]),
  ) as RequestMetrics
}
