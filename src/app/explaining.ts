// Explaining put together: a verdict for each record as it comes, what was usual before the start, and who is to blame for what
// burns. Per process, as what is usual is.
import type { BlamedSlice } from '../core/alert.ts'
import type { Clock } from '../core/clock.ts'
import type { RequestRecord } from '../core/record.ts'
import type { Verdict } from '../core/verdict.ts'
import type { RecordStore } from '../records/store.ts'
import { createAttributeLast } from '../slo/attribution-blame.ts'
import { createExplainer } from '../slo/explain.ts'
import type { Counted } from '../slo/objective.ts'
import { warmUsual } from '../slo/usual.ts'
import type { Logger } from '../telemetry/log.ts'

export interface Explaining {
  readonly verdictOf: (record: RequestRecord) => Verdict
  /** Learns from the store, in the background, what was usual before the start. Never rejects. */
  learn(store: Pick<RecordStore, 'page'>): Promise<void>
  /** Divides among those who caused it what an objective's bad events of the last minutes cost. */
  createBlame(
    store: Pick<RecordStore, 'page'>,
  ): (objective: Counted, lastMinutes: number) => Promise<readonly BlamedSlice[]>
}

export function createExplaining({
  clock,
  logger,
}: {
  readonly clock: Clock
  readonly logger: Pick<Logger, 'debug'>
}): Explaining {
  const explainer = createExplainer()
  const { usual } = explainer
  return {
    verdictOf: (record) => explainer.explain(record),
    async learn(store) {
      const read = async (span: { sinceMs: number; untilMs: number; limit: number }) => {
        const { sinceMs, untilMs, limit } = span
        return (await store.page({ filter: { sinceMs, untilMs, outcome: 'ok' }, limit })).records
      }
      try {
        const count = await warmUsual(usual, { nowMs: clock.wall(), read })
        logger.debug('learnt what is usual from stored records', { count })
      } catch (thrown) {
        logger.debug('what was usual before is not known', { error: thrown })
      }
    },
    createBlame(store) {
      const attributeLast = createAttributeLast({ clock, usual, page: (query) => store.page(query) })
      return async (objective, lastMinutes) => (await attributeLast(objective, lastMinutes)).slices
    },
  }
}
