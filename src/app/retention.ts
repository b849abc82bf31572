// Lets the store forget what is old or too much: at the start, and then every few minutes. What a pass costs is bounded by the
// store itself, which works in slices.
import type { Config } from '../config/resolve.ts'
import type { Clock } from '../core/clock.ts'
import type { RecordStore } from '../records/store.ts'
import type { Logger } from '../telemetry/log.ts'

export interface RetentionInput {
  readonly store: Pick<RecordStore, 'retain'>
  readonly clock: Clock
  readonly logger: Logger
  readonly settings: () => Pick<Config['records'], 'keep' | 'keepMinutes' | 'keepHours' | 'maxSize'>
}

/** Often enough that a pass at 2,000 records a second removes what takes seconds, not minutes. */
const EVERY_MS = 120_000

/** Summer time, badly set, is an hour; what is more is a mistake, or keeps some records longer until the next start. */
const TRUSTED_STEP_MS = 3_600_000

/** Returns how to stop it. */
export function keepRetained({ store, clock, logger, settings }: RetentionInput): () => void {
  const startedAt = { now: clock.now(), wall: clock.wall() }
  /** A wall clock that is set forward while we run must not make everything old. */
  const toNow = (): number =>
    Math.min(clock.wall(), startedAt.wall + clock.now() - startedAt.now + TRUSTED_STEP_MS)
  let isRunning = false
  let hasFailed = false
  let isStopped = false
  const pass = async (): Promise<void> => {
    if (isRunning) return
    isRunning = true
    const { keep, keepMinutes, keepHours, maxSize } = settings()
    try {
      const removed = await store.retain(
        { recordsMs: keep, minutesMs: keepMinutes, hoursMs: keepHours, maxBytes: maxSize },
        toNow(),
      )
      if (removed.records > 0) logger.debug('old records were removed', { count: removed.records })
      hasFailed = false
    } catch (error) {
      // Trouble with the store is told where records are written; this is for what goes wrong here alone.
      if (!hasFailed && !isStopped) logger.warn('old records could not be removed', { error })
      hasFailed = true
    } finally {
      isRunning = false
    }
  }
  void pass()
  const cancel = clock.every(EVERY_MS, () => void pass())
  return () => {
    isStopped = true
    cancel()
  }
}
