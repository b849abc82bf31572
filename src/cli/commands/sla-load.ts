// The configuration of the commands about service levels: one without an objective promises nothing, which is said.
import { explain } from '../../config/explain.ts'
import type { Config } from '../../config/resolve.ts'
import { systemClock, type Clock } from '../../core/clock.ts'
import { toLoader, warn } from '../define.ts'
import type { World } from '../world.ts'

export type AnyFlags = Readonly<Record<string, unknown>>

export function loadLevels(flags: AnyFlags, world: World): Config | undefined {
  const result = toLoader(flags, world)()
  warn(world, result.warnings)
  if (!result.ok) {
    world.streams.stderr.write(explain(result.problems))
    return undefined
  }
  if (result.config.serviceLevels.slos.length > 0) return result.config
  complain(world, [
    'nothing is promised here: write objectives under slos, as docs/guide/service-levels.md shows',
  ])
  return undefined
}

export function complain({ streams }: World, complaints: readonly string[]): void {
  streams.stderr.write(complaints.map((complaint) => `error: ${complaint}\n`).join(''))
}

/** The moment is the world's, so that a test may choose it; waiting is the system's. */
export function clockOf(world: World): Clock {
  return { ...systemClock, wall: () => world.clock.wall() }
}
