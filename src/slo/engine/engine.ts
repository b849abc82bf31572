// Evaluates objectives and rules on a tick: leads or follows, reads sums, says what holds now. When it cannot know it says so; it
// never takes silence for health. Nothing of it is on the way of a request.
import type { Alert } from '../../core/alert.ts'
import type { CancelTimer, Clock } from '../../core/clock.ts'
import type { Documents, Election } from '../../core/documents.ts'
import { createConditions, type Condition } from '../conditions.ts'
import { evaluate, type Evaluation } from '../evaluate.ts'
import { createMaintenance, type Maintenance } from '../maintenance/maintenance.ts'
import type { MinuteCounter } from '../minutes.ts'
import type { Objective } from '../objective.ts'
import { toNoDataAlert, toObjectiveConditions } from '../objective-alerts.ts'
import type { ServiceLevelState, ServiceLevelsRead, Standing } from '../read-port.ts'
import type { ServiceLevels } from '../resolve.ts'
import type { SumSource } from '../rolling.ts'
import type { GaugeName } from '../threshold-rule.ts'
import { createGaugeMeans, type Reading } from '../thresholds/gauge-means.ts'
import { toRuleConditions, type BackendSeen } from '../thresholds/rule-conditions.ts'
import { MINUTE_MS } from '../windows/config.ts'
import { createBlamer, type Blame } from './blamer.ts'
import { createWithin } from './patience.ts'
import { createSumsReader, type ReadSums } from './sums-reader.ts'
import { createWatch } from './watch.ts'

/** What is to be seen of this process and its machine. */
export interface Surroundings {
  backends(): readonly BackendSeen[]
  /** What can be read of a gauge now; empty where nothing can. */
  read(gauge: GaugeName): Promise<readonly Reading[]>
}

export interface EngineOptions {
  readonly clock: Clock
  readonly store: SumSource & { readonly documents: Documents; readonly election: Election }
  readonly counter: Pick<MinuteCounter, 'hold' | 'unwritten'>
  readonly surroundings: Surroundings
  readonly blame?: Blame | undefined
  /** After each evaluation; undefined while it is not known what holds. */
  readonly onAlerts: (alerts: readonly Alert[] | undefined, standing: Standing) => void
  /** Told once for each time that it begins and ends. */
  readonly onStanding: (standing: Standing, cause: unknown) => void
  /** Something beside the evaluation failed. */
  readonly onFailure: (what: string, cause: unknown) => void
}

export interface Engine extends ServiceLevelsRead {
  /** Evaluates for others from now on. */
  replace(levels: ServiceLevels): void
  start(): void
  /** Resolves when this evaluation is over; one at a time. Never rejects. */
  tick(): Promise<void>
  /** Lets another gateway lead at once. */
  stop(): Promise<void>
}

const TICK_MS = 15_000
const LEAD_LIMIT_MS = 10_000
const GAUGE_LIMIT_MS = 5_000

export function createEngine(options: EngineOptions): Engine {
  const { clock, store } = options
  const within = createWithin(clock)
  const round = createRound(options)
  let levels: ServiceLevels = { objectives: [], rules: [], maintenance: [] }
  let maintenance: Maintenance = createMaintenance([])
  let state = toState(levels, { standing: 'starting' })
  let cancel: CancelTimer | undefined
  let running: Promise<void> | undefined
  let isStopped = false

  const become = (next: ServiceLevelState, cause?: unknown): void => {
    const before = state.standing
    state = next
    if (before !== next.standing) options.onStanding(next.standing, cause)
    options.onAlerts(next.alerts, next.standing)
  }
  const evaluateOnce = async (): Promise<void> => {
    const current = levels
    try {
      if (!(await within(LEAD_LIMIT_MS, store.election.lead()))) {
        round.forget()
        become(toState(current, { standing: 'following' }))
        return
      }
      const found = await round.run(current, maintenance)
      // What was asked for is no longer what is promised, or nobody wants to know any more.
      if (isStopped || current !== levels) return
      become(found)
    } catch (cause) {
      if (!isStopped) become(toState(current, { standing: 'unknown' }), cause)
    }
  }
  const tick = async (): Promise<void> => {
    if (isStopped) return
    running ??= evaluateOnce().finally(() => {
      running = undefined
    })
    return running
  }

  return {
    state: () => state,
    replace(next) {
      levels = next
      maintenance = createMaintenance(next.maintenance)
      // What is promised now has not been looked at yet, but what is still promised has.
      const known = new Map(state.objectives.map((each) => [each.objective.name, each.evaluation]))
      const objectives = next.objectives.map((objective) => ({
        objective,
        evaluation: known.get(objective.name),
      }))
      state = { ...state, objectives }
    },
    start() {
      cancel ??= clock.every(TICK_MS, () => void tick())
      void tick()
    },
    tick,
    async stop() {
      if (isStopped) return
      isStopped = true
      cancel?.()
      await running
      if (state.standing === 'leading') await within(LEAD_LIMIT_MS, store.election.resign())
    },
  }
}

interface Known {
  readonly standing: Standing
  readonly evaluatedAtMs?: number
  readonly evaluations?: ReadonlyMap<Objective, Evaluation>
  readonly alerts?: readonly Alert[]
}

function toState({ objectives }: ServiceLevels, known: Known): ServiceLevelState {
  return {
    standing: known.standing,
    evaluatedAtMs: known.evaluatedAtMs,
    alerts: known.alerts,
    objectives: objectives.map((objective) => ({
      objective,
      evaluation: known.evaluations?.get(objective),
    })),
  }
}

interface Round {
  /** Rejects when it cannot know. */
  run(levels: ServiceLevels, maintenance: Maintenance): Promise<ServiceLevelState>
  forget(): void
}

/** One evaluation of whoever leads, and what it has to remember from the one before. */
function createRound(options: EngineOptions): Round {
  const { clock, store, counter, surroundings, onFailure } = options
  const within = createWithin(clock)
  const reader = createSumsReader({ source: store, counter, within })
  const conditions = createConditions({
    ...{ clock, within, documents: store.documents },
    onFailure: (cause) => void onFailure('what holds could not be kept', cause),
  })
  const watch = createWatch(clock)
  const means = createGaugeMeans()
  const blamer = createBlamer({ blame: options.blame, clock, within })
  let isRestored = false

  const evaluateAll = (levels: ServiceLevels, sums: ReadSums): ReadonlyMap<Objective, Evaluation> =>
    new Map(
      levels.objectives.map((objective) => {
        const evaluation = evaluate(objective, sums.windows(objective, watch.minutesOf(objective.name)))
        return [objective, withHeldNoData(objective, evaluation, sums)]
      }),
    )
  /** Who held before a restart that nothing comes goes on until something does. */
  const withHeldNoData = (objective: Objective, evaluation: Evaluation, sums: ReadSums): Evaluation => {
    if (evaluation.isWithoutData || objective.noDataMinutes === undefined) return evaluation
    if (!conditions.held(toNoDataAlert({ objective, evaluation, blamed: [] }))) return evaluation
    return evaluate(objective, sums.windows(objective, Infinity))
  }
  const readGauges = async ({ rules }: ServiceLevels): Promise<void> => {
    const wanted = new Set(rules.flatMap((rule) => (rule.kind === 'gauge' ? [rule.gauge] : [])))
    for (const gauge of wanted) {
      try {
        means.add(gauge, await within(GAUGE_LIMIT_MS, surroundings.read(gauge)), clock.now())
      } catch (cause) {
        onFailure(`${gauge} cannot be read`, cause)
      }
    }
  }
  const toRules = ({ rules }: ServiceLevels, sums: ReadSums): readonly Condition[] => {
    const findings = {
      sumOf: sums.ofRule,
      backends: surroundings.backends(),
      meansOf: ({ gauge, overMs }: { readonly gauge: GaugeName; readonly overMs: number }) =>
        means.over(gauge, overMs),
      held: conditions.held,
    }
    return rules.flatMap((rule) => toRuleConditions(rule, findings))
  }

  return {
    async run(levels, maintenance) {
      if (!isRestored) await conditions.restore()
      isRestored = true
      // The minute that is not over is in: an outage is seen when it begins, not when its minute ends.
      const endMinute = Math.floor(clock.wall() / MINUTE_MS) + 1
      const sums = await reader.read(levels, endMinute)
      const names = levels.objectives.map(({ name }) => name)
      watch.look(names, maintenance.at(clock.wall()) !== undefined)
      const evaluations = evaluateAll(levels, sums)
      await readGauges(levels)
      const backends = surroundings.backends()
      const blamed = await Promise.all(
        [...evaluations].map(async ([objective, evaluation]) => ({
          ...{ objective, evaluation, backends, blamed: await blamer.blamedOf(objective, evaluation) },
        })),
      )
      const holding = [...blamed.flatMap(toObjectiveConditions), ...toRules(levels, sums)]
      const alerts = await conditions.note(holding)
      return toState(levels, { standing: 'leading', evaluatedAtMs: clock.wall(), evaluations, alerts })
    },
    forget() {
      conditions.forget()
      isRestored = false
    },
  }
}
