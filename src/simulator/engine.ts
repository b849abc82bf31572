// The pretend machine: models that load and unload, slots, and the queue in front of them. Knows no HTTP.

import type { ModelProfile, SimulatorProfile } from './profile.ts'
import { nowMs } from './ledger.ts'

/** Whoever waits here may leave; see Exchange. */
export interface Waiter {
  readonly gone: boolean
  until(arm: (wake: () => void) => () => void): Promise<void>
}

/** A slot held. */
export interface Turn {
  readonly arrivedAtMs: number
  readonly loadedAtMs: number
  readonly startedAtMs: number
  /** Gives the slot back; `keepAliveMs` is how long the model stays loaded after it. */
  release(keepAliveMs: number | undefined): void
}

interface ModelState {
  readonly profile: ModelProfile
  loaded: boolean
  loading: Load | undefined
  inUse: number
  /** It has served somebody to the end: before that, Ollama has not fixed yet when it will be unloaded. */
  settled: boolean
  /** Unloaded after this moment, unless in use. */
  expiresAtMs: number
}

/** One load under way. */
interface Load {
  /** Settles when it is finished or given up. */
  readonly over: Promise<void>
  giveUp(): void
}

export interface LoadCounts {
  readonly begun: number
  readonly finished: number
}

export interface LoadedModel {
  readonly profile: ModelProfile
  readonly expiresAtMs: number
}

export class Engine {
  #profile: SimulatorProfile
  #models = new Map<string, ModelState>()
  #running = 0
  #awaitingLoad = 0
  #loadsBegun = 0
  #loadsFinished = 0
  /** First in, first out: a Set keeps the order and lets a leaver go at once. */
  readonly #queue = new Set<() => void>()

  constructor(profile: SimulatorProfile) {
    this.#profile = profile
    this.configure(profile)
  }

  get running(): number {
    return this.#running
  }

  get waiting(): number {
    return this.#awaitingLoad + this.#queue.size
  }

  get loads(): LoadCounts {
    return { begun: this.#loadsBegun, finished: this.#loadsFinished }
  }

  get isLoading(): boolean {
    if (this.#profile.loading) return true
    return this.#models.values().some((state) => state.loading !== undefined)
  }

  /** Models that keep their name keep their state. */
  configure(profile: SimulatorProfile): void {
    const states = profile.models.map((model): [string, ModelState] => {
      const known = this.#models.get(model.name)
      if (known?.profile === model) return [model.name, known]
      const expiresAtMs = nowMs() + profile.modelKeepAliveMs
      const state = {
        profile: model,
        loaded: !model.cold,
        loading: undefined,
        inUse: 0,
        settled: true,
        expiresAtMs,
      }
      return [model.name, state]
    })
    this.#profile = profile
    this.#models = new Map(states)
    this.#grant()
  }

  /** The model of this name, with or without Ollama's `:latest`. */
  find(name: string): ModelProfile | undefined {
    return this.#find(name)?.profile
  }

  loadedModels(): LoadedModel[] {
    const { listsLoading, modelKeepAliveMs } = this.#profile
    const listed = [...this.#models.values()].filter(
      (state) => this.#isLoaded(state) || (listsLoading && state.loading !== undefined),
    )
    return listed.map(({ profile, settled, expiresAtMs }) => ({
      profile,
      expiresAtMs: settled ? expiresAtMs : nowMs() + modelKeepAliveMs,
    }))
  }

  /** Waits for the model and a slot. `full`: turned away. `left`: the waiter went first and holds nothing. */
  async enter(name: string, waiter: Waiter): Promise<Turn | 'full' | 'left'> {
    const arrivedAtMs = nowMs()
    const state = this.#find(name)
    const mustLoad = state !== undefined && !this.#isLoaded(state)
    if ((mustLoad || !this.#hasSlot()) && this.waiting >= this.#profile.queueLength) return 'full'
    if (mustLoad) await this.#waitForLoad(state, waiter)
    const loadedAtMs = nowMs()
    if (waiter.gone || !(await this.#takeSlot(waiter))) return 'left'
    if (state !== undefined) state.inUse++
    return { arrivedAtMs, loadedAtMs, startedAtMs: nowMs(), release: this.#releaser(state) }
  }

  #find(name: string): ModelState | undefined {
    const LATEST = ':latest'
    const other = name.endsWith(LATEST) ? name.slice(0, -LATEST.length) : name + LATEST
    return this.#models.get(name) ?? this.#models.get(other)
  }

  #isLoaded(state: ModelState): boolean {
    if (state.loaded && state.inUse === 0 && nowMs() > state.expiresAtMs) state.loaded = false
    return state.loaded
  }

  /** Whoever finds a load under way waits for it; when it was given up, the next in line begins it anew. */
  async #waitForLoad(state: ModelState, waiter: Waiter): Promise<void> {
    this.#awaitingLoad++
    while (!waiter.gone && !state.loaded) {
      const isFirst = state.loading === undefined
      const load = (state.loading ??= this.#beginLoad(state))
      await waiter.until((wake) => {
        void load.over.then(wake)
        return () => undefined
      })
      if (isFirst && waiter.gone && this.#profile.loadDiesWithCaller) load.giveUp()
    }
    this.#awaitingLoad--
  }

  #beginLoad(state: ModelState): Load {
    this.#loadsBegun++
    const { promise: over, resolve } = Promise.withResolvers<void>()
    const settle = (loaded: boolean): void => {
      clearTimeout(timer)
      if (state.loading !== load) return
      state.loading = undefined
      state.loaded = loaded
      if (loaded) this.#loadsFinished++
      state.expiresAtMs = nowMs() + this.#profile.modelKeepAliveMs
      resolve()
    }
    const load: Load = { over, giveUp: () => settle(false) }
    state.settled = false
    const timer = setTimeout(() => settle(true), state.profile.loadMs).unref()
    return load
  }

  #hasSlot(): boolean {
    const { slots } = this.#profile
    return slots === 0 || (this.#running < slots && this.#queue.size === 0)
  }

  async #takeSlot(waiter: Waiter): Promise<boolean> {
    if (this.#hasSlot()) {
      this.#running++
      return true
    }
    let granted = false
    await waiter.until((wake) => {
      const grant = (): void => {
        granted = true
        wake()
      }
      this.#queue.add(grant)
      return () => this.#queue.delete(grant)
    })
    // Granted and gone in the same moment: the slot must not be lost.
    if (granted && waiter.gone) this.#giveBack()
    return granted && !waiter.gone
  }

  #releaser(state: ModelState | undefined): Turn['release'] {
    let released = false
    return (keepAliveMs) => {
      if (released) return
      released = true
      if (state !== undefined) {
        state.inUse--
        state.settled = true
        state.expiresAtMs = nowMs() + (keepAliveMs ?? this.#profile.modelKeepAliveMs)
        if (keepAliveMs === 0 && state.inUse === 0) state.loaded = false
      }
      this.#giveBack()
    }
  }

  #giveBack(): void {
    this.#running--
    this.#grant()
  }

  /** Lets the longest waiting in, as far as there are slots. */
  #grant(): void {
    const { slots } = this.#profile
    for (const grant of this.#queue) {
      if (slots !== 0 && this.#running >= slots) return
      this.#queue.delete(grant)
      this.#running++
      grant()
    }
  }
}
