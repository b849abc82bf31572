// The post that watches one backend: asks it how it is when that is due, looks what it has in memory while somebody waits for it,
// and judges its silence by who waits there.
import type { Clock } from '../../core/clock.ts'
import type { GatewaySettings } from '../config.ts'
import type { UpstreamAttempt } from '../upstream/attempt.ts'
import type { Backend } from './backend.ts'
import { probeByToken } from './probes/generate-probe.ts'
import { probeDelayMs } from './probes/probe-schedule.ts'
import type { Patience } from './probes/page.ts'
import { fetchRunning, probeBackend } from './probes/probe.ts'
import type { RunningModel } from './residency/residency.ts'

export interface PostInput {
  readonly backend: Backend
  readonly settings: GatewaySettings
  readonly clock: Clock
  /** A number in [0, 1). */
  readonly random: () => number
  readonly onProbed: (
    backend: Backend,
    change: { wasUp: boolean | undefined; problem: string | undefined },
  ) => void
  /** Some backend lists other models than before. */
  readonly onListing: () => void
  /** Told of each model that has come into memory. */
  readonly onLoaded: (backend: Backend, model: RunningModel) => void
}

/** Whoever waits for longer than this may be waiting for a load. */
const LOOK_AFTER_MS = 500

export class Post {
  readonly #input: PostInput
  readonly #patience: Patience
  readonly #firstTokenMs: number
  #nextProbeMs: number
  /** Of the listing that was told. */
  #edition: number
  #nextTokenMs: number
  #deadInARow = 0
  #isAsking = false

  // Of the present round: who waits at the backend.
  #longestWaitMs = 0
  #isLoading = false
  #oldestWholeMs: number | undefined
  #overdue: UpstreamAttempt[] = []

  constructor(input: PostInput) {
    const { backend, settings, clock } = input
    this.#input = input
    this.#patience = { timeoutMs: settings.discovery.timeout, clock }
    this.#firstTokenMs = backend.settings.timeouts.firstToken
    // The first probe is asked for; where it was shared with the fleet of an older configuration, this is the second.
    this.#nextProbeMs = clock.now() + settings.discovery.every
    this.#edition = backend.edition
    this.#nextTokenMs = backend.settings.probe === undefined ? Infinity : clock.now()
    backend.lookSoon = () => void this.look()
  }

  /** One of those that are under way at the backend. */
  note(attempt: UpstreamAttempt, nowMs: number): void {
    this.#followLoad(attempt, nowMs)
    if (attempt.isDetached && !attempt.carriesLoad) attempt.releaseDetached()
    if (attempt.isLoading) {
      this.#isLoading = true
      return
    }
    const { connectedMs } = attempt
    if (!attempt.isWaiting || connectedMs === undefined) return
    const waitMs = nowMs - connectedMs
    this.#longestWaitMs = Math.max(this.#longestWaitMs, waitMs)
    if (!attempt.isWhole) return
    this.#oldestWholeMs = Math.min(this.#oldestWholeMs ?? Infinity, connectedMs)
    if (waitMs > this.#firstTokenMs) this.#overdue.push(attempt)
  }

  /** Everybody was noted. */
  tick(nowMs: number): void {
    this.#tellListing()
    if (this.#isLoading || this.#longestWaitMs >= LOOK_AFTER_MS) void this.look()
    if (nowMs >= this.#nextProbeMs) void this.probe()
    if (nowMs >= this.#nextTokenMs) void this.#askForToken(nowMs)
    const { health } = this.#input.backend
    health.update(nowMs)
    if (!this.#isLoading && health.state !== 'loading') this.#judge(nowMs)
    this.#longestWaitMs = 0
    this.#isLoading = false
    this.#oldestWholeMs = undefined
    if (this.#overdue.length > 0) this.#overdue = []
  }

  /** Whoever asks while it is being asked shares the answer, so that probes of one that hangs do not pile up. */
  probe(): Promise<void> {
    const { backend } = this.#input
    backend.probing ??= this.#probe().finally(() => {
      backend.probing = undefined
    })
    return backend.probing
  }

  /** Asks what is in memory; like `probe`, one at a time. */
  look(): Promise<void> {
    const { backend } = this.#input
    if (backend.residency === undefined) return Promise.resolve()
    backend.looking ??= this.#look().finally(() => {
      backend.looking = undefined
    })
    return backend.looking
  }

  #tellListing(): void {
    const { backend, onListing } = this.#input
    if (backend.edition === this.#edition) return
    this.#edition = backend.edition
    onListing()
  }

  #judge(nowMs: number): void {
    const { health } = this.#input.backend
    const isHung = health.judgeSilence({
      nowMs,
      firstTokenMs: this.#firstTokenMs,
      oldestWholeMs: this.#oldestWholeMs,
      wholesOverdue: this.#overdue.length,
      isMute: health.isMute,
    })
    if (isHung) for (const attempt of this.#overdue) attempt.giveUp()
  }

  #followLoad(attempt: UpstreamAttempt, nowMs: number): void {
    const { residency } = this.#input.backend
    if (residency === undefined) return
    const { connectedMs = Infinity, firstTokenMs = Infinity, model } = attempt
    const residence = residency.find(model)
    if (attempt.isWaiting || attempt.isDetached) {
      // What was looked at before it began says nothing about what it waits for.
      if (residency.lookedMs < connectedMs) return
      if (residence === 'absent') attempt.noteAbsent(residency.lookedMs)
      else if (residence === 'loaded') attempt.noteLoaded(residency.listedMs(model) ?? nowMs, nowMs)
    } else if (residence === 'absent' && residency.lookedMs > firstTokenMs) residency.distrust(model)
  }

  async #probe(): Promise<void> {
    const { backend, settings, clock, random, onProbed } = this.#input
    const wasUp = backend.up
    const [result] = await Promise.all([probeBackend(backend, this.#patience), this.look()])
    const nowMs = clock.now()
    const { finding, problem } = result
    backend.learn(result, nowMs)
    this.#tellListing()
    this.#deadInARow = finding === 'refused' || finding === 'silent' ? this.#deadInARow + 1 : 0
    const { every: everyMs } = settings.discovery
    this.#nextProbeMs =
      nowMs + probeDelayMs({ finding, deadInARow: this.#deadInARow, everyMs, random: random() })
    onProbed(backend, { wasUp, problem })
  }

  async #look(): Promise<void> {
    const { backend, clock, onLoaded } = this.#input
    const beganMs = clock.now()
    try {
      const running = await fetchRunning(backend, this.#patience)
      const fresh = backend.residency?.learn(running, { beganMs, nowMs: clock.now() }) ?? []
      for (const model of fresh) onLoaded(backend, model)
    } catch {
      // What is known stays; whether the backend is well is for the probe to say. Some versions do not answer this while they load.
    }
  }

  async #askForToken(nowMs: number): Promise<void> {
    const { backend, clock, random } = this.#input
    const { probe } = backend.settings
    if (probe === undefined || this.#isAsking) return
    this.#nextTokenMs = nowMs + probe.every * (0.9 + 0.2 * random())
    // A token for somebody proves as much, and costs nothing.
    if (backend.up !== true || nowMs - backend.health.silence.lastSignMs < probe.every) return
    this.#isAsking = true
    const patience = { timeoutMs: this.#firstTokenMs, clock }
    const finding = await probeByToken(backend, probe.generate, patience)
    this.#isAsking = false
    if (finding === 'alive') backend.health.silence.lastSignMs = clock.now()
    else if (finding === 'silent') backend.health.silence.onTimeout(nowMs)
    backend.health.update(clock.now())
  }
}
