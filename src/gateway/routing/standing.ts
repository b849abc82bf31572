// How good a choice a backend is just now, by its health: the one place that ranks states. Pure.
import type { BackendView } from './view.ts'

/** Lower is better. Candidates of one standing are put in order by the strategy; a worse one waits until no better is left. */
export const STANDING = {
  ready: 0,
  /** It could not serve a moment ago, or its one trial is running: better than another model, worse than any that is ready. */
  reluctant: 1,
  /** It failed or asked for a pause: asked only when nobody else is left, because refusing without asking helps nobody. */
  lastResort: 2,
} as const

export type Standing = (typeof STANDING)[keyof typeof STANDING]

export function standingOf({ health, inflight }: BackendView): Standing {
  switch (health.state) {
    case 'available':
      return STANDING.ready
    case 'probation':
      return inflight === 0 ? STANDING.ready : STANDING.reluctant
    case 'busy':
    case 'loading':
      return STANDING.reluctant
    case 'cooling':
    case 'ejected':
    case 'hung':
    case 'dead':
      return STANDING.lastResort
  }
}
