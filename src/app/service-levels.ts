// Service levels put together: who counts, who evaluates, what the log and the metrics hear of it. Counting belongs to every
// gateway, evaluating to the one of those that share a store which leads.
import type { Config } from '../config/resolve.ts'
import type { Alert } from '../core/alert.ts'
import type { Clock } from '../core/clock.ts'
import type { Documents, Election } from '../core/documents.ts'
import { parseGlob } from '../core/glob.ts'
import type { BackendLive, ObjectiveLive } from '../core/live.ts'
import type { MinuteSource } from '../core/minutes.ts'
import type { Blame } from '../slo/engine/blamer.ts'
import { createEngine } from '../slo/engine/engine.ts'
import { createMaintenance } from '../slo/maintenance/maintenance.ts'
import { toObjectivesLive } from '../slo/metrics.ts'
import { createMinuteCounter } from '../slo/minutes.ts'
import type { Counted } from '../slo/objective.ts'
import type { ServiceLevelState, Standing } from '../slo/read-port.ts'
import { toCounted, toServiceLevels, type ServiceLevels } from '../slo/resolve.ts'
import type { SumSource } from '../slo/rolling.ts'
import type { Logger } from '../telemetry/log.ts'
import type { ReadGauge } from './gauges.ts'

export interface ServiceLevelStore extends SumSource {
  readonly documents: Documents
  readonly election: Election
}

export interface ServiceLevelsInput {
  readonly config: Config
  readonly clock: Clock
  readonly logger: Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>
  /** What the engine must know of the data plane. */
  readonly live: { backends(): Iterable<BackendLive>; models(): readonly string[] }
  readonly routes: readonly { readonly endpoint: string }[]
  /** Reads what rules watch of this machine. */
  readonly read: ReadGauge
}

export interface Evaluating {
  /** The store of records; undefined where none is kept, and then nothing is promised either. */
  readonly store: ServiceLevelStore | undefined
  readonly blame?: Blame | undefined
  /** After each evaluation: what holds, or undefined while nobody can tell. */
  readonly onAlerts: (alerts: readonly Alert[] | undefined) => void
  /** Another gateway leads. */
  readonly onStandDown: () => void
}

export interface ServiceLevelsOfApp {
  /** For whoever writes to the store: counts records, and gives away what was counted. */
  readonly counter: MinuteSource
  live(): readonly ObjectiveLive[]
  state(): ServiceLevelState
  /** Evaluates from now on. To be closed before the last of what was counted is written. */
  start(evaluating: Evaluating): { close(): Promise<void> }
  /** Promises what another configuration says from now on. */
  apply(config: Config): void
}

export function openServiceLevels(input: ServiceLevelsInput): ServiceLevelsOfApp {
  const { config, clock, logger, live, read } = input
  const counter = createMinuteCounter(clock)
  let levels = toServiceLevels(config.serviceLevels)
  counter.replace(toCounted(levels), createMaintenance(levels.maintenance))
  let engine: ReturnType<typeof createEngine> | undefined
  const state = (): ServiceLevelState => engine?.state() ?? toFirstState(levels)

  return {
    counter,
    live: () => toObjectivesLive(state(), counter.tallies()),
    state,
    start({ store = createNoStore(), blame, onAlerts, onStandDown }) {
      const started = createEngine({
        ...{ clock, store, counter, blame },
        surroundings: { backends: () => [...live.backends()].map(toSeen), read },
        onAlerts(alerts, standing) {
          if (standing === 'following') onStandDown()
          else onAlerts(alerts)
        },
        onStanding: createStandingLog(logger),
        onFailure: createFailureLog(input),
      })
      engine = started
      warnOfScopes(levels, input)
      started.replace(levels)
      started.start()
      return { close: () => started.stop() }
    },
    apply(next) {
      const before = toCounted(levels)
      levels = toServiceLevels(next.serviceLevels)
      warnOfChanges(before, toCounted(levels), logger)
      counter.replace(toCounted(levels), createMaintenance(levels.maintenance))
      engine?.replace(levels)
      warnOfScopes(levels, input)
      void engine?.tick()
    },
  }
}

function toFirstState({ objectives }: ServiceLevels): ServiceLevelState {
  const unknown = objectives.map((objective) => ({ objective, evaluation: undefined }))
  return { standing: 'starting', evaluatedAtMs: undefined, alerts: undefined, objectives: unknown }
}

function toSeen({ name, up, reason, models }: BackendLive) {
  return { name, up, reason, models }
}

/** Backends and machines are watched also where nothing is kept; the configuration promises nothing then. */
function createNoStore(): ServiceLevelStore {
  const texts = new Map<string, string>()
  return {
    sumMinutes: () => Promise.resolve(new Map()),
    election: { lead: () => Promise.resolve(true), resign: () => Promise.resolve() },
    documents: {
      read: (name) => Promise.resolve(texts.get(name)),
      write: (name, text) => Promise.resolve(void texts.set(name, text)),
      remove: (name) => Promise.resolve(texts.delete(name)),
      list: () => Promise.resolve([]),
    },
  }
}

type Log = ServiceLevelsInput['logger']

function createStandingLog(logger: Log): (standing: Standing, error: unknown) => void {
  let wasUnknown = false
  return (standing, error) => {
    if (standing === 'unknown') logger.error('service levels cannot be evaluated', { error })
    else if (wasUnknown) logger.info('service levels can be evaluated again', { state: standing })
    else logger.debug('service levels', { state: standing })
    wasUnknown = standing === 'unknown'
  }
}

const AGAIN_AFTER_MS = 3_600_000

/** What fails at every evaluation is told once an hour. */
function createFailureLog({ logger, clock }: ServiceLevelsInput): (what: string, error: unknown) => void {
  const told = new Map<string, number>()
  return (what, error) => {
    if (clock.now() - (told.get(what) ?? -Infinity) < AGAIN_AFTER_MS) return
    told.set(what, clock.now())
    logger.warn(what, { error })
  }
}

/** A scope that nobody can fall into counts nothing, and looks healthy for it. Models are known only now. */
function warnOfScopes(levels: ServiceLevels, { logger, live, routes }: ServiceLevelsInput): void {
  const models = live.models()
  const isNowhere = (pattern: string | undefined, names: readonly string[]): boolean =>
    pattern !== undefined && names.length > 0 && !names.some(parseGlob(pattern))
  for (const { name, scope } of toCounted(levels)) {
    if (isNowhere(scope.model, models))
      logger.warn('no model that can be reached now is in the scope of an objective', {
        slo: name,
        model: scope.model,
      })
    const endpoints = routes.map(({ endpoint }) => endpoint)
    if (isNowhere(scope.route, endpoints))
      logger.warn('no route is in the scope of an objective', { slo: name, endpoint: scope.route })
  }
}

/** The counts that are kept go by name: what was good until now may not be what is good from now on. */
function warnOfChanges(before: readonly Counted[], after: readonly Counted[], logger: Log): void {
  const meaning = ({ scope, indicator, excludeCold }: Counted): string =>
    JSON.stringify([scope, indicator, excludeCold])
  for (const counted of after) {
    const known = before.find(({ name }) => name === counted.name)
    if (known !== undefined && meaning(known) !== meaning(counted))
      logger.warn('an objective counts something else from now on', {
        slo: counted.name,
        hint: 'its window holds both until it has passed; a new name would begin anew',
      })
  }
}
