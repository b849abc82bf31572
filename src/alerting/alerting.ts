// Alerting as it runs: takes what holds now, leads it through the pipeline, has messages delivered, remembers. One round at a
// time; nothing here is ever waited for by a request.
import type { Alert, Severity } from '../core/alert.ts'
import type { CancelTimer, Clock } from '../core/clock.ts'
import type { Documents } from '../core/documents.ts'
import { createDesk, type DeliveryResult, type Desk, type Setup } from './delivery-desk.ts'
import { createKeeper } from './keeper.ts'
import { runRound } from './pipeline.ts'
import type { Route } from './policy.ts'
import { reportChange, type Report } from './report.ts'
import { isFiring } from './round.ts'
import { describeBeat } from './texts/describe.ts'
import { findBroken, toDeadAlert } from './watchdog.ts'

export type AlertState = 'firing' | 'muted'

export interface AlertGauge {
  readonly severity: Severity
  readonly state: AlertState
  readonly count: number
}

export interface AlertGauges {
  readonly alerts: readonly AlertGauge[]
  /** False while objectives are not evaluated, or messages do not arrive. */
  readonly evaluates: boolean
  readonly delivers: boolean
}

export interface AlertingOptions {
  readonly setup: Setup
  /** Undefined: nothing outlives the process. */
  readonly documents: Documents | undefined
  readonly clock: Clock
  /** In [0, 1). */
  readonly random: () => number
  readonly report: Report
  readonly count: (receiver: string, result: DeliveryResult) => void
}

export interface Alerting {
  /** What holds now; undefined when that cannot be known. Resolves when the round is over. Never rejects. */
  evaluate(alerts: readonly Alert[] | undefined): Promise<void>
  /** Another gateway leads: says nothing and forgets, until it evaluates again. */
  standDown(): void
  /** Other receivers and routes from now on. */
  apply(setup: Setup): void
  gauges(): AlertGauges
  /** Lets deliveries under way end, within a bound, and writes down who was told. */
  close(): Promise<void>
}

/** Waits and repeats fall due between two evaluations. */
const ROUND_MS = 5_000
/** What held so long ago says nothing of now: several evaluations have been missed. */
const STALE_MS = 2 * 60_000
/** Within what the app allows for closing one thing. */
const CLOSE_WINDOW_MS = 2_500

interface Given {
  readonly alerts: readonly Alert[] | undefined
  /** Monotonic. */
  readonly atMs: number
}

export function createAlerting(options: AlertingOptions): Alerting {
  const { clock, report } = options
  const keeper = createKeeper(options)
  const openedAtMs = clock.wall()
  let given: Given | undefined
  let isStandingDown = false
  let isClosed = false
  let routed: ReadonlyMap<string, Route> = new Map()
  let rounds = Promise.resolve()
  let isQueued = false
  let evaluatedAtMs = openedAtMs

  const openDesk = (setup: Setup): Desk =>
    createDesk({
      ...{ ...options, setup, memory: () => keeper.memory, routed: () => routed },
      onSettled: () => void queue(async () => (isStandingDown ? undefined : keeper.save())),
    })
  /** Rounds follow each other, and what fails in one does not reach the next. */
  const queue = (work: () => Promise<void>): Promise<void> => {
    rounds = rounds.then(work).catch((error: unknown) => {
      report('error', 'a round of alerts failed', { error })
    })
    return rounds
  }
  const toInput = (): readonly Alert[] | undefined =>
    given === undefined || clock.now() - given.atMs > STALE_MS ? undefined : given.alerts
  const watch = () => {
    const { afterMs } = desk.setup.policy.watchdog
    return findBroken({ nowMs: clock.wall(), afterMs, evaluatedAtMs, failing: desk.failing() })
  }
  const round = async (): Promise<void> => {
    if (isStandingDown || isClosed) return
    await keeper.refresh(toInput()?.length ?? 0)
    if (isStandingDown) return
    const alerts = toInput()
    const nowMs = clock.wall()
    if (alerts !== undefined) evaluatedAtMs = nowMs
    const { policy } = desk.setup
    const silences = keeper.silences()
    const done = runRound({
      ...{ nowMs, alerts, policy, silences, memory: keeper.memory },
      own: watch().map(toDeadAlert),
    })
    routed = done.routed
    for (const change of done.changes) reportChange(report, change)
    desk.offer(done.due)
    await keeper.save()
  }
  const tick = (): void => {
    // Before it is known whether another gateway leads, only a long silence is a reason to speak.
    const isNew = given === undefined && clock.wall() - openedAtMs < desk.setup.policy.watchdog.afterMs
    if (isQueued || isNew || isStandingDown) return
    isQueued = true
    void queue(round).finally(() => (isQueued = false))
  }

  let desk = openDesk(options.setup)
  const stopRounds = clock.every(ROUND_MS, tick)
  const beats = createBeats({
    clock,
    desk: () => desk,
    isAlive: () => given !== undefined && !isStandingDown && watch().length === 0,
    report,
  })

  return {
    evaluate(alerts) {
      given = { alerts, atMs: clock.now() }
      isStandingDown = false
      return queue(round)
    },
    standDown() {
      isStandingDown = true
      given = { alerts: undefined, atMs: clock.now() }
      evaluatedAtMs = clock.wall()
      keeper.letGo()
    },
    apply(setup) {
      const before = desk
      desk = openDesk(setup)
      beats.restart()
      void before.close(CLOSE_WINDOW_MS)
    },
    gauges: () => toGauges(keeper.memory.alerts.values(), isStandingDown ? [] : watch()),
    async close() {
      stopRounds()
      beats.stop()
      await desk.close(CLOSE_WINDOW_MS)
      await queue(async () => (isStandingDown ? undefined : keeper.save()))
      isClosed = true
    },
  }
}

const SEVERITIES = ['page', 'ticket'] as const
const STATES = ['firing', 'muted'] as const

function toGauges(
  tracked: Iterable<Parameters<typeof isFiring>[0]>,
  broken: ReturnType<typeof findBroken>,
): AlertGauges {
  const firing = [...tracked].filter(isFiring)
  const countOf = (severity: Severity, state: AlertState): number =>
    firing.filter(
      ({ alert, mutedBy }) => alert.severity === severity && (mutedBy !== undefined) === (state === 'muted'),
    ).length
  return {
    alerts: SEVERITIES.flatMap((severity) =>
      STATES.map((state) => ({ severity, state, count: countOf(severity, state) })),
    ),
    evaluates: broken.every(({ part }) => part !== 'evaluation'),
    delivers: broken.every(({ part }) => part !== 'delivery'),
  }
}

interface BeatOptions {
  readonly clock: Clock
  readonly desk: () => Desk
  readonly isAlive: () => boolean
  readonly report: Report
}

/** Beats while everything works, so that somebody outside misses them when it does not. */
function createBeats({ clock, desk, isAlive, report }: BeatOptions) {
  let stop: CancelTimer | undefined
  let isArriving = true
  const beat = async (to: string): Promise<void> => {
    if (!isAlive()) return
    const { receivers } = desk().setup.policy
    const language = receivers.get(to)?.language ?? 'en'
    const delivery = await desk().send(to, describeBeat({ language, nowMs: clock.wall() }))
    if (delivery === undefined) return
    const arrived = delivery.result === 'delivered'
    if (!arrived && isArriving) {
      report('warn', 'a heartbeat did not arrive', { receiver: to, reason: delivery.reason })
    }
    isArriving = arrived
  }
  const start = (): void => {
    stop?.()
    const { beat: planned } = desk().setup.policy.watchdog
    stop = planned && clock.every(planned.everyMs, () => void beat(planned.to))
  }
  start()
  return { restart: start, stop: () => stop?.() }
}
