// The strategies by name. Each puts candidates that are equally fit in order; it neither adds nor drops any. Pure.
import type { Strategy } from '../../config.ts'
import type { Candidate } from '../candidate.ts'
import { byLeastBusy } from './least-busy.ts'
import { byPriority } from './priority.ts'
import { byRoundRobin } from './round-robin.ts'
import { byWeight } from './weighted.ts'

/** `turn` rises by one with each request for the same model. */
export type Order = (candidates: readonly Candidate[], turn: number) => Candidate[]

export const ORDERS: Readonly<Record<Strategy, Order>> = {
  'least-busy': byLeastBusy,
  'round-robin': byRoundRobin,
  weighted: byWeight,
  priority: byPriority,
}
