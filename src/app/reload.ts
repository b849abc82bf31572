// Another configuration for a gateway that is running. A broken one changes nothing and is reported in full.
import { printProblem } from '../config/explain.ts'
import type { LoadResult } from '../config/load.ts'
import type { Logger } from '../telemetry/log.ts'
import type { Weir } from './app.ts'

export interface ReloadParts {
  readonly load: () => LoadResult
  readonly logger: Logger
}

/** Reloads that are asked for while one runs happen once more behind it, however many were asked for. */
export function createReloader(
  weir: Pick<Weir, 'apply' | 'noteBrokenConfig'>,
  parts: ReloadParts,
): (why: string) => Promise<void> {
  let running: Promise<void> | undefined
  let again = false
  const reloadOnce = async (why: string): Promise<void> => {
    const { load, logger } = parts
    try {
      const result = load()
      if (!result.ok) {
        weir.noteBrokenConfig()
        logger.error('the new configuration is broken; the old one stays', {
          reason: why,
          problems: result.problems.map(printProblem),
        })
        return
      }
      await weir.apply(result.config)
      logger.info('configuration reloaded', { reason: why })
    } catch (error) {
      weir.noteBrokenConfig()
      logger.error('the reload failed; the old configuration stays', { reason: why, error })
    }
  }
  return async (why) => {
    if (running !== undefined) {
      again = true
      return running
    }
    running = reloadOnce(why)
    await running
    running = undefined
    if (!again) return
    again = false
    running = reloadOnce(why)
    await running
    running = undefined
  }
}
