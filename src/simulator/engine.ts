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
  loading: Promise<void> | undefined
  inUse: number
  /** Unloaded after this moment, unless in use. */
  expiresAtMs: number
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

  get isLoading(): boolean {
    return this.#models.values().some((state) => state.loading !== undefined)
  }

  /** Models that keep their name keep their state. */
  configure(profile: SimulatorProfile): void {
    const states = profile.models.map((model): [string, ModelState] => {
      const known = this.#models.get(model.name)
      if (known?.profile === model) return [model.name, known]
      const expiresAtMs = nowMs() + profile.modelKeepAliveMs
      return [model.name, { profile: model, loaded: !model.cold, loading: undefined, inUse: 0, expiresAtMs }]
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
    const loaded = [...this.#models.values()].filter((state) => this.#isLoaded(state))
    return loaded.map((state) => ({ profile: state.profile, expiresAtMs: state.expiresAtMs }))
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

  /** The load goes on when the one who caused it leaves: others may be waiting for it. */
  async #waitForLoad(state: ModelState, waiter: Waiter): Promise<void> {
    const finish = (): void => {
      state.loaded = true
      state.loading = undefined
      state.expiresAtMs = nowMs() + this.#profile.modelKeepAliveMs
    }
    if (state.profile.loadMs === 0) {
      finish()
      return
    }
    state.loading ??= new Promise<void>((resolve) => {
      setTimeout(resolve, state.profile.loadMs).unref()
    }).then(finish)
    const { loading } = state
    this.#awaitingLoad++
    await waiter.until((wake) => {
      void loading.then(wake)
      return () => undefined
    })
    this.#awaitingLoad--
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
