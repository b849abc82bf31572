// Every backend of one configuration, kept known by probes. Health comes from what it is told, never from a model call.
import type { Clock } from '../../core/clock.ts'
import type { BackendSettings, GatewaySettings } from '../config.ts'
import { Backend, type ListedModel } from './backend.ts'
import type { Exclusion } from './plan.ts'
import { Planner, type Plan } from './planner.ts'
import type { DialectName, RequestRecord } from '../../core/record.ts'
import type { Deadlines } from '../upstream/deadline.ts'
import { Dialer } from '../upstream/dial/dialer.ts'
import type { Lookup } from '../upstream/dial/name-cache.ts'
import { mayEject } from './health/guard.ts'
import type { PaceChange } from './health/pace-book.ts'
import type { RunningModel } from './residency/residency.ts'
import type { BackendView, HealthState } from './view.ts'
import { Watch } from './watch.ts'

/** Told when a backend appears, changes its models, or goes down. */
export interface FleetEvents {
  onProbed?(backend: Backend, change: { wasUp: boolean | undefined; problem: string | undefined }): void
  onModels?(): void
  /** Its health is another than `from`. */
  onHealth?(backend: Backend, from: HealthState): void
  /** A model has come into its memory. */
  onLoaded?(backend: Backend, model: RunningModel): void
  /** A model has become far slower than it was, or is no longer. */
  onPace?(backend: Backend, change: PaceChange): void
}

const DIALECTS: readonly DialectName[] = ['openai', 'ollama', 'anthropic']

/** Asking again because a name was not known happens at most this often: a mistyped name must not become a flood. */
const MIN_REFRESH_MS = 1_000

export class Fleet {
  readonly backends: readonly Backend[]
  readonly #byName: ReadonlyMap<string, Backend>
  readonly #planner: Planner
  readonly #settings: GatewaySettings
  readonly #clock: Clock
  readonly #dialer: Dialer
  readonly #events: FleetEvents
  readonly #watch: Watch
  #refreshing: Promise<void> | undefined
  #refreshedMs = -Infinity
  #modelNames: readonly string[] = []
  #modelLabels: readonly string[] = []

  /** Backends whose settings did not change are taken over from `previous`, with their connections and counts. */
  constructor(
    settings: GatewaySettings,
    options: {
      clock: Clock
      events?: FleetEvents
      /** Resolves names; the system does without it. */
      lookup?: Lookup | undefined
      /** A number in [0, 1): keeps probes and pauses out of step with those of other gateways. */
      random?: (() => number) | undefined
      previous?: Fleet | undefined
    },
  ) {
    this.#settings = settings
    this.#clock = options.clock
    this.#events = options.events ?? {}
    const { previous } = options
    this.#dialer = previous === undefined ? new Dialer(options) : previous.#dialer
    this.backends = settings.backends.map(
      (each) => previous?.unchanged(each) ?? new Backend(each, this.#dialer),
    )
    for (const backend of this.backends) backend.openGate(options.previous?.backend(backend.name))
    this.#byName = new Map(this.backends.map((backend) => [backend.name, backend]))
    this.#planner = new Planner(settings.models, this.backends)
    this.#collectModels()
    const { clock, random = MIDDLE } = options
    this.#watch = new Watch({
      backends: this.backends,
      settings,
      clock,
      random,
      onProbed: (backend, change) => this.#events.onProbed?.(backend, change),
      onListing: () => this.#takeListing(),
      onLoaded: (backend, model) => this.#events.onLoaded?.(backend, model),
    })
    for (const backend of this.backends) this.#adopt(backend, random)
  }

  /** Probes every backend once; from then on `tick` does. */
  start(): Promise<void> {
    return this.refresh()
  }

  /** To be called several times a second while this fleet serves, with everything that is under way. */
  tick(deadlines: Deadlines): void {
    this.#watch.tick(deadlines, this.#clock.now())
  }

  /** What can be learnt from a request that is over. */
  learn(record: RequestRecord): void {
    const backend = this.backend(record.backend ?? '')
    if (backend === undefined) return
    const change = backend.paces.note(record, backend.inflight + 1)
    if (change !== undefined) this.#events.onPace?.(backend, change)
  }

  /** Closes the connections of every backend that `next` did not take over. */
  closeUnlessIn(next: Fleet | undefined): void {
    for (const backend of this.backends) if (next?.backends.includes(backend) !== true) backend.client.close()
  }

  backend(name: string): Backend | undefined {
    return this.#byName.get(name)
  }

  plan(model: string, dialect: DialectName): Plan {
    return this.#planner.plan(model, dialect)
  }

  /** Who may not answer, and why. */
  exclusions(model: string, dialect: DialectName): readonly Exclusion[] {
    return this.#planner.exclusions(model, dialect)
  }

  /** Every name that can be asked for: listed by backends, or given by the configuration, aliases included. */
  get modelNames(): readonly string[] {
    return this.#modelNames
  }

  /** Every name a record can show for the model it was routed to: no alias is among them. */
  get modelLabels(): readonly string[] {
    return this.#modelLabels
  }

  /** Which model may stand in for which. */
  get fallbacks(): readonly { readonly from: string; readonly to: string }[] {
    return this.#planner.fallbacks
  }

  /** What backends list, first listing of a name wins; rules without a listing stand for themselves. */
  *listedModels(kinds?: readonly string[]): Iterable<{ model: ListedModel; backend: Backend }> {
    for (const backend of this.backends) {
      if (kinds?.includes(backend.kind) === false) continue
      for (const model of backend.listed) yield { model, backend }
    }
  }

  /** One round of probes; callers that come while one runs share it. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#probeAll().finally(() => {
      this.#refreshing = undefined
    })
    return this.#refreshing
  }

  /** A round of probes because a model was not known, unless one was just made. Returns whether one was. */
  async refreshIfStale(): Promise<boolean> {
    if (this.#refreshing === undefined && this.#clock.now() - this.#refreshedMs < MIN_REFRESH_MS) return false
    await this.refresh()
    return true
  }

  private unchanged(settings: BackendSettings): Backend | undefined {
    const backend = this.#byName.get(settings.name)
    return backend !== undefined && sameSettings(backend.settings, settings) ? backend : undefined
  }

  /** Whoever took the backend over decides for it from now on. */
  #adopt(backend: Backend, random: () => number): void {
    const { health: settings } = this.#settings
    backend.health.adopt({
      settings,
      random,
      mayEject: () =>
        mayEject({
          backend,
          backends: this.backends,
          maxEjectedShare: settings.maxEjectedShare,
          servers: this.#servers(),
        }),
      onChange: (from) => this.#events.onHealth?.(backend, from),
    })
  }

  /** For each name in each dialect, who may answer. */
  *#servers(): Iterable<readonly BackendView[]> {
    for (const name of this.#modelNames)
      for (const dialect of DIALECTS) yield this.#planner.servers(name, dialect)
  }

  async #probeAll(): Promise<void> {
    await this.#watch.probeAll()
    this.#refreshedMs = this.#clock.now()
  }

  #takeListing(): void {
    this.#planner.forgetListings()
    if (this.#collectModels()) this.#events.onModels?.()
  }

  /** Returns whether the names are others than before. */
  #collectModels(): boolean {
    const listed = this.backends.flatMap((backend) => backend.modelNames)
    const names = new Set([...this.#planner.names, ...listed])
    const known = this.#modelNames
    if (names.size === known.length && known.every((name) => names.has(name))) return false
    this.#modelNames = [...names]
    this.#modelLabels = [...new Set([...this.#planner.labels, ...listed])]
    return true
  }
}

function sameSettings(a: BackendSettings, b: BackendSettings): boolean {
  // Secrets print as one word, so they are compared by name.
  return JSON.stringify(a) === JSON.stringify(b) && a.apiKey?.reveal() === b.apiKey?.reveal()
}

const MIDDLE = (): number => 0.5
