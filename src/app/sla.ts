// What the command line asks about service levels, of the store of a gateway, running or not, or of a Prometheus. It opens, asks and
// closes; what the answers mean belongs to service levels.
import type { Config } from '../config/resolve.ts'
import type { Clock } from '../core/clock.ts'
import { openRecordsToRead, openRecordsToScan } from '../records/read/open.ts'
import { RecordStoreError, type RecordStore } from '../records/store.ts'
import { createAttributeLast } from '../slo/attribution-blame.ts'
import { toAttributionText } from '../slo/attribution-text.ts'
import { readFromStore } from '../slo/check-store.ts'
import { checkObjectives, type Attributed, type CheckReport, type Reading } from '../slo/check.ts'
import { createMaintenance } from '../slo/maintenance/maintenance.ts'
import type { Objective } from '../slo/objective.ts'
import { createPrometheusClient } from '../slo/prometheus/client.ts'
import { readObjectives } from '../slo/prometheus/readings.ts'
import { buildReport, type Progress } from '../slo/report/build.ts'
import type { PeriodQuestion } from '../slo/report/period.ts'
import type { SlaReport } from '../slo/report/report.ts'
import { NothingToReplay, replay, type ReplayedLevels, type ReplayReport } from '../slo/replay.ts'
import { toServiceLevels } from '../slo/resolve.ts'
import { Usual, warmUsual } from '../slo/usual.ts'
import { MINUTE_MS } from '../slo/windows/config.ts'

export { NothingToReplay, type ReplayReport } from '../slo/replay.ts'
export type { ReplayedObjective, ReplayedSide } from '../slo/replay/side.ts'
export type { CheckReport, ObjectiveCheck } from '../slo/check.ts'
export { PeriodNotBegun, type Progress } from '../slo/report/build.ts'
export { printReport, type ReportFormat } from '../slo/report/formats.ts'
export { toPlain } from '../slo/report/formats/json.ts'
export type { PeriodQuestion } from '../slo/report/period.ts'
export type { Language } from '../slo/report/texts/phrases.ts'

export interface CheckQuestion {
  readonly config: Config
  /** Its address; undefined: the store of the configuration is asked. */
  readonly prometheus: string | undefined
}

/** Never rejects for what cannot be read: that is not known, and says why. */
export async function checkServiceLevels(question: CheckQuestion, clock: Clock): Promise<CheckReport> {
  const { config, prometheus } = question
  const { objectives, maintenance } = toServiceLevels(config.serviceLevels)
  const opened = await tryToOpen(config, clock)
  const store = 'why' in opened ? undefined : opened
  try {
    const readings =
      prometheus !== undefined
        ? (await readObjectives({ client: toClient(prometheus, clock), objectives })).byObjective
        : 'why' in opened
          ? allUnknown(objectives, opened.why)
          : await readStore(opened, objectives, clock)
    return await checkObjectives({
      ...{ objectives, readings, nowMs: clock.wall() },
      maintenance: createMaintenance(maintenance).at(clock.wall()),
      attribute: createAttribute(store, clock),
    })
  } finally {
    await store?.close()
  }
}

async function tryToOpen(config: Config, clock: Clock): Promise<RecordStore | { readonly why: string }> {
  try {
    return await openRecordsToRead({ store: config.records.store, dataDir: config.dataDir }, clock)
  } catch (thrown) {
    return { why: whyOf(thrown) }
  }
}

async function readStore(
  store: RecordStore,
  objectives: readonly Objective[],
  clock: Clock,
): Promise<ReadonlyMap<string, Reading>> {
  try {
    return await readFromStore({ source: store, objectives, clock })
  } catch (thrown) {
    return allUnknown(objectives, whyOf(thrown))
  }
}

function whyOf(thrown: unknown): string {
  if (thrown instanceof RecordStoreError) return thrown.message.replace(/\.$/, '')
  if (thrown instanceof Error && thrown.name === 'WeirError') return thrown.message.replace(/\.$/, '')
  throw thrown
}

function allUnknown(objectives: readonly Objective[], why: string): ReadonlyMap<string, Reading> {
  return new Map(objectives.map(({ name }) => [name, { known: false, reasons: [why] }]))
}

const PROMETHEUS_TIMEOUT_MS = 10_000

function toClient(url: string, clock: Clock) {
  return createPrometheusClient({ url, timeoutMs: PROMETHEUS_TIMEOUT_MS, clock })
}

/** From records, where they are kept; what is usual is learnt once, when somebody wants to know. */
function createAttribute(store: RecordStore | undefined, clock: Clock) {
  let learnt: Promise<Usual> | undefined
  const learn = async (records: RecordStore): Promise<Usual> => {
    const usual = new Usual()
    await warmUsual(usual, {
      nowMs: clock.wall(),
      read: async ({ sinceMs, untilMs, limit }) =>
        (await records.page({ filter: { sinceMs, untilMs, outcome: 'ok' }, limit })).records,
    })
    return usual
  }
  return async (objective: Objective, lastMinutes: number): Promise<Attributed | undefined> => {
    if (store === undefined) return undefined
    try {
      const usual = await (learnt ??= learn(store))
      const attributeLast = createAttributeLast({ clock, usual, page: (query) => store.page(query) })
      const attribution = await attributeLast(objective, lastMinutes)
      return { text: toAttributionText(attribution), slices: attribution.slices }
    } catch (thrown) {
      // The check stands without it.
      if (thrown instanceof RecordStoreError) return undefined
      throw thrown
    }
  }
}

export interface ReportQuestion {
  readonly config: Config
  readonly period: PeriodQuestion
  /** Goes before the zone of an objective. */
  readonly timeZone: string | undefined
  readonly onProgress: (progress: Progress) => void
}

/** Rejects with a RecordStoreError, or with PeriodNotBegun. */
export async function reportServiceLevels(question: ReportQuestion, clock: Clock): Promise<SlaReport> {
  const { config, period, timeZone, onProgress } = question
  const { objectives, maintenance } = toServiceLevels(config.serviceLevels)
  const store = await openRecordsToScan({ store: config.records.store, dataDir: config.dataDir }, clock)
  try {
    return await buildReport({
      ...{ source: store, objectives, maintenance, question: period, timeZone, onProgress },
      ...{ defaultTimeZone: config.serviceLevels.timezone, nowMs: clock.wall() },
    })
  } finally {
    await store.close()
  }
}

export interface ReplayQuestion {
  readonly changed: Config
  /** What is compared with; undefined: nothing is. */
  readonly present: Config | undefined
  /** Whose records. */
  readonly records: Config
  readonly fromMs: number
  readonly toMs: number
  readonly onProgress: (progress: Progress) => void
}

/** Rejects with a RecordStoreError, or with NothingToReplay. */
export async function replayServiceLevels(question: ReplayQuestion, clock: Clock): Promise<ReplayReport> {
  const { changed, present, records, fromMs, toMs, onProgress } = question
  const store = await openRecordsToScan({ store: records.records.store, dataDir: records.dataDir }, clock)
  try {
    const toMinute = Math.floor(Math.min(toMs, clock.wall()) / MINUTE_MS)
    const span = { fromMinute: Math.floor(fromMs / MINUTE_MS), toMinute }
    if (toMinute <= span.fromMinute) throw new NothingToReplay('nothing of this time is over yet')
    return await replay({
      ...{ source: store, span, onProgress, changed: toReplayed(changed) },
      present: present === undefined ? undefined : toReplayed(present),
    })
  } finally {
    await store.close()
  }
}

function toReplayed({ serviceLevels, alerting }: Config): ReplayedLevels {
  return { levels: toServiceLevels(serviceLevels), resolveAfterMs: alerting.resolveAfter }
}
