// From sealed records to numbers: the sink, the batch that takes the work out of the requests' turns, and the counters
// about what was cut or lost. It does not write pages.
import type { Clock } from '../core/clock.ts'
import type { RequestRecord } from '../core/record.ts'
import type { RecordSink } from '../core/sink.ts'
import { createBatch } from './batch.ts'
import { withThresholds, type Thresholds } from './bounds.ts'
import { LOSS_METRICS } from './catalogue/gateway.ts'
import type { StoredDefinition } from './catalogue/definition.ts'
import { createRecordObserver } from './observe.ts'
import { createRequestFamilies } from './request-families.ts'
import type { RequestFamilies } from './request-families.ts'
import { createSeriesStore } from './series-store.ts'
import type { CounterFamily, SeriesStore } from './series-store.ts'

/** Why a sealed record was not kept by one of its readers. */
const DROP_REASONS = [
  ...(['observe_failed', 'log_failed', 'log_overflow', 'sink_failed'] as const),
  ...(['store_overflow', 'store_failed', 'content_dropped'] as const),
  ...(['trace_overflow', 'trace_failed'] as const),
] as const
export type DropReason = (typeof DROP_REASONS)[number]

export interface RecordingOptions {
  readonly clock: Clock
  /** Lines of exposition that records may make. */
  readonly maxLines: number
  readonly tenants: boolean
  /** Where service levels draw their lines. */
  readonly thresholds: Thresholds
}

export interface Recording {
  readonly sink: RecordSink
  readonly store: SeriesStore
  readonly families: RequestFamilies
  /** Replaces the names that a backend's answer may have as a label. */
  readonly setKnownModels: (names: Iterable<string>) => void
  readonly countDropped: (reason: DropReason, count?: number) => void
  readonly flush: () => void
}

// A record takes about a microsecond: 64 of them hold the event loop up for less than a tenth of a millisecond.
const OBSERVE_BATCH = 64
const OBSERVE_DELAY_MS = 200

export function createRecording({ clock, maxLines, tenants, thresholds }: RecordingOptions): Recording {
  const metrics = withThresholds(thresholds)
  const definitions: readonly StoredDefinition[] = [...Object.values(metrics), ...Object.values(LOSS_METRICS)]
  let knownModels: ReadonlySet<string> = new Set()
  const countLimited = (definition: StoredDefinition): void => {
    // Where not even this can be counted, nothing can.
    if (definition === LOSS_METRICS.seriesLimited) return
    seriesLimited.add(seriesLimited.index.resolve([definition.name]), 1)
  }
  const store = createSeriesStore({ definitions, maxLines, onLimited: countLimited })
  const recordsDropped = store.counter(LOSS_METRICS.recordsDropped)
  const seriesLimited = store.counter(LOSS_METRICS.seriesLimited)
  startLosses(recordsDropped, seriesLimited, definitions)
  const families = createRequestFamilies(store, metrics)
  const observe = createRecordObserver({
    families,
    tenants,
    knownModel: (name) => knownModels.has(name),
    onTenantLimited: () => countLimited(metrics.tenantRequests),
  })
  const countDropped = (reason: DropReason, count = 1): void =>
    recordsDropped.add(recordsDropped.index.resolve([reason]), count)

  const work = (records: readonly RequestRecord[]): void => {
    for (const record of records) {
      try {
        observe(record)
      } catch {
        // One record that is not what its type says must not cost the rest of the batch.
        countDropped('observe_failed')
      }
    }
  }
  const batch = createBatch<RequestRecord>({ clock, most: OBSERVE_BATCH, delayMs: OBSERVE_DELAY_MS, work })
  return {
    sink: { name: 'metrics', accept: batch.push, flush: batch.flush },
    store,
    families,
    countDropped,
    flush: batch.flush,
    setKnownModels(names) {
      knownModels = new Set(names)
    },
  }
}

/** These two are resolved before anything else, so that there is always room to say what was lost. */
function startLosses(
  dropped: CounterFamily<typeof LOSS_METRICS.recordsDropped>,
  limited: CounterFamily<typeof LOSS_METRICS.seriesLimited>,
  definitions: readonly StoredDefinition[],
): void {
  for (const reason of DROP_REASONS) dropped.index.resolve([reason])
  for (const { name } of definitions) limited.index.resolve([name])
}
