// Another configuration for a gateway that is running. A broken one changes nothing and is reported in full.
import { printProblem } from '../config/explain.ts'
import type { LoadResult } from '../config/load.ts'
import type { Logger } from '../telemetry/log.ts'
import type { Weir } from './app.ts'

export interface ReloadParts {
  readonly load: () => LoadResult
  readonly logger: Logger
  /** Told which files the configuration was made of this time: it may name others than before. */
  readonly onFiles?: (read: Pick<LoadResult, 'files' | 'digests'>) => void
}

/**
 * Reloads that are asked for while one runs happen once more behind it, however many were asked for. What is returned
 * settles when a reload that began after the question is over.
 */
export function createReloader(
  weir: Pick<Weir, 'apply' | 'noteBrokenConfig'>,
  parts: ReloadParts,
): (why: string) => Promise<void> {
  let running: Promise<void> | undefined
  let queued: Promise<void> | undefined
  const reloadOnce = async (why: string): Promise<void> => {
    const { load, logger, onFiles } = parts
    try {
      const result = load()
      onFiles?.(result)
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
  const start = (why: string): Promise<void> => {
    running = reloadOnce(why).finally(() => {
      running = undefined
    })
    return running
  }
  return (why) => {
    if (queued !== undefined) return queued
    if (running === undefined) return start(why)
    queued = running.then(() => {
      queued = undefined
      return start(why)
    })
    return queued
  }
}
