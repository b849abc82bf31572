// The strategies by name. Each orders candidates that are equally fit; it neither adds nor drops any. Pure.
import type { Strategy } from '../../config.ts'
import type { Candidate } from '../candidate.ts'
import { byLeastBusy } from './least-busy.ts'

export type Order = (candidates: readonly Candidate[], turn: number) => Candidate[]

export const STRATEGIES: Readonly<Record<Strategy, Order>> = {
  'least-busy': byLeastBusy,
}
