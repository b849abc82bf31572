// What a target is: something that can be started in front of the stub and measured. The stub itself is the target `direct`.
import type { Nursery, Running } from './nursery.ts'

/** What the ratios refer to. */
export const FLOOR = 'floor'
/** What the budgets are about. */
export const WEIR = 'weir'

export interface Surroundings {
  readonly nursery: Nursery
  /** Where the stub listens. */
  readonly upstream: string
  /** The key the load sends, and the one a gateway shall accept. */
  readonly key: string
}

export interface Target {
  readonly name: string
  /** One line for people: what it is. */
  readonly what: string
  /** Why it cannot run on this machine; undefined: it can. */
  absence(): string | undefined
  start(surroundings: Surroundings): Promise<Running>
}
