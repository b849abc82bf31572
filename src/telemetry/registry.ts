// The metrics of a running gateway in one piece: the sink that records go into and the page that scrapers read.
// What a record means is decided in observe.ts, how a page is written in exposition.ts.
import type { Clock } from '../core/clock.ts'
import type { AlertsLive, LiveState, ObjectiveLive } from '../core/live.ts'
import type { RecordSink } from '../core/sink.ts'
import { linesOfAlerts, toAlertFamilies } from './alert-families.ts'
import { createEventLoopCollector } from './collectors/event-loop/event-loop.ts'
import type { EventLoopCollector } from './collectors/event-loop/event-loop.ts'
import { PROCESS_LINES, createProcessCollector } from './collectors/process/process.ts'
import type { TelemetrySettings } from './config.ts'
import { CONTENT_TYPES, chooseFormat } from './exposition-format.ts'
import type { ExpositionFormat } from './exposition-format.ts'
import { writeSampledFamily, writeStoredFamily } from './exposition.ts'
import type { MetricsReading, SampledFamily } from './exposition.ts'
import { LIVE_LINES, collectLiveGauges } from './live-gauges.ts'
import { LINES_PER_OBJECTIVE, toObjectiveFamilies } from './objective-families.ts'
import { primeSeries } from './prime.ts'
import type { PrimeResult, PrimeRoute } from './prime.ts'
import { toProcessGauges } from './process-gauges.ts'
import { createRecording } from './recording.ts'
import type { DropReason } from './recording.ts'
import type { Thresholds } from './bounds.ts'

export interface MetricsOptions {
  readonly settings: Pick<TelemetrySettings['metrics'], 'maxSeries' | 'tenants'>
  readonly clock: Clock
  readonly live: LiveState
  readonly build: { readonly version: string; readonly commit: string }
  /** Every route of the gateway, so that its series can start at 0. */
  readonly routes: readonly PrimeRoute[]
  /** What is known of objectives; absent where nothing is promised. */
  readonly objectives?: (() => readonly ObjectiveLive[]) | undefined
  /** What is known of alerts; absent where nothing can raise one. */
  readonly alerts?: (() => AlertsLive) | undefined
  /** Where service levels draw their lines: bounds of the histograms as well. */
  readonly thresholds?: Thresholds | undefined
  /** What collectors read beside the requests; read anew for each page, and at no cost. */
  readonly collected?: Collected | undefined
  /** Replaced in tests. */
  readonly eventLoop?: EventLoopCollector
}

/** The last values of collectors, and how many lines are set aside for them. */
export interface Collected {
  families(): readonly SampledFamily[]
  readonly lines: number
}

export interface MetricsPage {
  readonly contentType: string
  readonly body: string
}

export interface Metrics {
  readonly sink: RecordSink
  /** The page in the format of an Accept header. Every record that was accepted before the call is in it. */
  render(accept?: string): Promise<MetricsPage>
  /** What the page is made of, of one moment, for whoever pushes it elsewhere. */
  read(): Promise<MetricsReading>
  /** Starts the series of what is configured or discovered now; to be called at the start, on discovery and on reload. */
  prime(): PrimeResult
  /** After each attempt to read the configuration. */
  setReload(success: boolean, wallMs: number): void
  countDropped(reason: DropReason, count?: number): void
  /** Lines of exposition that records have made, and how many they may make. */
  usage(): { readonly lines: number; readonly most: number }
  /** Observes what is left and stops the timers; a page can still be read afterwards. */
  close(): void
}

const NO_THRESHOLDS: Thresholds = { durationS: [], firstTokenS: [], gapS: [] }

export function createMetrics(options: MetricsOptions): Metrics {
  const { clock, live, settings, build, objectives = () => [], alerts, collected } = options
  const reload = { success: true, wallMs: clock.wall() }
  const eventLoop = options.eventLoop ?? createEventLoopCollector({ clock })
  const processes = createProcessCollector()
  const recording = createRecording({
    clock,
    tenants: settings.tenants,
    thresholds: options.thresholds ?? NO_THRESHOLDS,
    maxLines: settings.maxSeries - linesBesideRecords(objectives(), alerts?.()) - (collected?.lines ?? 0),
  })
  const read = async (): Promise<MetricsReading> => {
    recording.flush()
    // All that changes is read here, before the first wait, so that the numbers of a page agree with each other.
    const snapshot = recording.store.snapshot()
    const gauges = [
      ...collectLiveGauges(live, clock),
      ...toObjectiveFamilies(objectives()),
      ...toAlertFamilies(alerts?.()),
      ...(collected?.families() ?? []),
      ...toProcessGauges({ reload, build, eventLoop: eventLoop.read() }),
    ]
    return { snapshot, sampled: [...gauges, ...(await processes.collect())] }
  }
  return {
    sink: recording.sink,
    read,
    async render(accept) {
      const format = chooseFormat(accept)
      const { snapshot, sampled } = await read()
      return { contentType: CONTENT_TYPES[format], body: await writePage({ snapshot, sampled, format }) }
    },
    prime: () => {
      const served = toServed(live)
      recording.setKnownModels([...served.models, ...served.backends.flatMap(({ models }) => models)])
      const { routes } = options
      return primeSeries(recording.families, recording.store, {
        ...served,
        routes,
        fallbacks: live.fallbacks(),
      })
    },
    setReload(success, wallMs) {
      reload.success = success
      if (success) reload.wallMs = wallMs
    },
    countDropped: recording.countDropped,
    usage: () => recording.store.usage,
    close() {
      recording.flush()
      eventLoop.close()
    },
  }
}

function toServed(live: LiveState) {
  const backends = [...live.backends()].map(({ name, kind, models }) => ({ name, provider: kind, models }))
  return { models: live.models(), backends }
}

function linesBesideRecords(objectives: readonly ObjectiveLive[], alerts: AlertsLive | undefined): number {
  return PROCESS_LINES + LIVE_LINES + objectives.length * LINES_PER_OBJECTIVE + linesOfAlerts(alerts)
}

interface PageParts extends MetricsReading {
  readonly format: ExpositionFormat
}

// Other work gets its turn between two slices; a slice of this many lines is well under a millisecond.
const LINES_PER_SLICE = 1_000

async function writePage({ snapshot, sampled, format }: PageParts): Promise<string> {
  const families = [
    ...snapshot.families
      .filter(({ seriesCount }) => seriesCount > 0)
      .map((family) => (lines: string[]) => writeStoredFamily(lines, family, { snapshot, format })),
    ...sampled
      .filter(({ samples }) => samples.length > 0)
      .map((family) => (lines: string[]) => writeSampledFamily(lines, family, format)),
  ]
  const slices: string[] = []
  let lines: string[] = []
  for (const write of families) {
    write(lines)
    if (lines.length < LINES_PER_SLICE) continue
    slices.push(lines.join('\n'))
    lines = []
    await new Promise<void>((resolve) => void setImmediate(resolve))
  }
  if (format === 'openmetrics') lines.push('# EOF')
  slices.push(lines.join('\n'))
  return slices.filter((slice) => slice !== '').join('\n') + '\n'
}
