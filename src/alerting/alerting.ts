// Alerting as it runs: takes what holds now, leads it through the pipeline, has messages delivered, remembers. One round at a
// time; nothing here is ever waited for by a request.
import type { Alert } from '../core/alert.ts'
import type { CancelTimer, Clock } from '../core/clock.ts'
import type { Documents } from '../core/documents.ts'
import { createDesk, type DeliveryResult, type Desk, type Setup } from './delivery-desk.ts'
import { toGauges, type AlertGauges } from './gauges.ts'
import { createHeart, type Heart } from './heart.ts'
import { createKeeper, type Keeper } from './keeper.ts'
import { runRound } from './pipeline.ts'
import type { Route } from './policy.ts'
import { reportChange, type Report } from './report.ts'
import type { Round } from './round.ts'
import { findBroken, toDeadAlert, type Vital } from './watchdog.ts'

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
const CLOSE_WINDOW_MS = 1_500

interface Given {
  readonly alerts: readonly Alert[] | undefined
  /** Monotonic. */
  readonly atMs: number
}

export function createAlerting(options: AlertingOptions): Alerting {
  return new Rounds(options)
}

class Rounds implements Alerting {
  readonly #options: AlertingOptions
  readonly #keeper: Keeper
  readonly #heart: Heart
  readonly #stop: CancelTimer
  readonly #openedAtMs: number
  #desk: Desk
  #given: Given | undefined
  /** Monotonic; when it was last known what holds. */
  #evaluatedAtMs: number
  #routed: ReadonlyMap<string, Route> = new Map()
  #last = Promise.resolve()
  #isTickQueued = false
  #isStandingDown = false
  #isClosed = false

  constructor(options: AlertingOptions) {
    const { clock, report } = options
    this.#options = options
    this.#keeper = createKeeper(options)
    this.#openedAtMs = clock.now()
    this.#evaluatedAtMs = this.#openedAtMs
    this.#desk = this.#openDesk(options.setup)
    this.#stop = clock.every(ROUND_MS, () => this.#tick())
    this.#heart = createHeart({
      ...{ clock, report, desk: () => this.#desk },
      isAlive: () => this.#given !== undefined && !this.#isStandingDown && this.#watch().length === 0,
    })
  }

  evaluate(alerts: readonly Alert[] | undefined): Promise<void> {
    this.#given = { alerts, atMs: this.#options.clock.now() }
    this.#isStandingDown = false
    return this.#queue(() => this.#round({ isFresh: true }))
  }

  standDown(): void {
    const nowMs = this.#options.clock.now()
    this.#isStandingDown = true
    this.#given = { alerts: undefined, atMs: nowMs }
    this.#evaluatedAtMs = nowMs
    this.#keeper.letGo()
  }

  apply(setup: Setup): void {
    const before = this.#desk
    this.#desk = this.#openDesk(setup)
    this.#heart.restart()
    void before.close(CLOSE_WINDOW_MS)
  }

  gauges(): AlertGauges {
    return toGauges(this.#keeper.memory.alerts.values(), this.#isStandingDown ? [] : this.#watch())
  }

  async close(): Promise<void> {
    this.#stop()
    this.#heart.stop()
    await this.#desk.close(CLOSE_WINDOW_MS)
    await this.#save()
    this.#isClosed = true
  }

  async #round({ isFresh }: Pick<Round, 'isFresh'>): Promise<void> {
    if (this.#isStandingDown || this.#isClosed) return
    const keeper = this.#keeper
    await keeper.refresh(this.#input()?.length ?? 0)
    // It may have been told to while the store was read.
    if (this.#isOut()) return
    const { clock, report } = this.#options
    const alerts = this.#input()
    if (alerts !== undefined) this.#evaluatedAtMs = clock.now()
    const done = runRound({
      ...{ alerts, isFresh, nowMs: clock.wall(), memory: keeper.memory, silences: keeper.silences() },
      policy: this.#desk.setup.policy,
      own: this.#watch().map(toDeadAlert),
    })
    this.#routed = done.routed
    for (const change of done.changes) reportChange(report, change)
    this.#desk.offer(done.due)
    await keeper.save()
  }

  #isOut(): boolean {
    return this.#isStandingDown
  }

  #tick(): void {
    const { afterMs } = this.#desk.setup.policy.watchdog
    // Before it is known whether another gateway leads, only a long silence is a reason to speak.
    const isNew = this.#given === undefined && this.#options.clock.now() - this.#openedAtMs < afterMs
    if (this.#isTickQueued || isNew || this.#isStandingDown) return
    this.#isTickQueued = true
    void this.#queue(() => this.#round({ isFresh: false })).finally(() => (this.#isTickQueued = false))
  }

  #input(): readonly Alert[] | undefined {
    const given = this.#given
    if (given === undefined || this.#options.clock.now() - given.atMs > STALE_MS) return undefined
    return given.alerts
  }

  #watch(): readonly Vital[] {
    const { clock } = this.#options
    const nowMs = clock.wall()
    const { afterMs } = this.#desk.setup.policy.watchdog
    const evaluatedAtMs = nowMs - (clock.now() - this.#evaluatedAtMs)
    return findBroken({ nowMs, afterMs, evaluatedAtMs, failing: this.#desk.failing() })
  }

  #openDesk(setup: Setup): Desk {
    return createDesk({
      ...{ ...this.#options, setup },
      memory: () => this.#keeper.memory,
      routed: () => this.#routed,
      onSettled: () => void this.#save(),
    })
  }

  #save(): Promise<void> {
    return this.#queue(async () => (this.#isStandingDown ? undefined : this.#keeper.save()))
  }

  /** Rounds follow each other, and what fails in one does not reach the next. */
  #queue(work: () => Promise<void>): Promise<void> {
    this.#last = this.#last.then(work).catch((error: unknown) => {
      this.#options.report('error', 'a round of alerts failed', { error })
    })
    return this.#last
  }
}
