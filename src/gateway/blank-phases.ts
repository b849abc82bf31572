// The phases of a request that has just begun: every one there, every one 0.
import type { PhaseName } from '../core/record.ts'

export type MutablePhases = Record<PhaseName, number>

/** A literal, so that every record has its phases in one shape. */
export function noPhases(): MutablePhases {
  return {
    receive: 0,
    authenticate: 0,
    limit: 0,
    guard: 0,
    queue: 0,
    retry: 0,
    connect: 0,
    load: 0,
    prefill: 0,
    decode: 0,
    'client-stall': 0,
    gateway: 0,
  }
}
