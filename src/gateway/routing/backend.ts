// One backend as the gateway knows it while it runs: its settings, its connections, what it serves, how busy it is.
import { parseGlob } from '../../access/glob.ts'
import type { BackendLive } from '../../core/live.ts'
import { Gate } from '../admission/gate.ts'
import type { BackendSettings } from '../config.ts'
import { BackendClient } from '../upstream/client.ts'
import type { Dialer } from '../upstream/dial/dialer.ts'
import type { BackendView, HealthView, ModelPattern, SlotsView } from './view.ts'

/** What a probe found. */
export interface ProbeResult {
  readonly up: boolean
  readonly seconds: number
  /** Undefined when the backend did not answer or cannot list. */
  readonly models: readonly ListedModel[] | undefined
  readonly version: string | undefined
  /** For the log, when it is down. */
  readonly problem: string | undefined
}

/** A model as a backend lists it; `detail` is the entry of its own listing, for merging. */
export interface ListedModel {
  readonly name: string
  readonly detail: Readonly<Record<string, unknown>>
}

/** The simulator's fault vocabulary is spelt as model names, with arguments: too many to list. */
const SIMULATOR_MODELS = 'sim:*'

const AVAILABLE: HealthView = { state: 'available', untilMs: Infinity, reason: '', rampRatio: 1 }
const DOWN: HealthView = { state: 'dead', untilMs: Infinity, reason: 'its last probe failed', rampRatio: 1 }
const UNLIMITED: SlotsView = { inUse: 0, limit: Infinity, queued: 0 }

export class Backend implements BackendView {
  readonly settings: BackendSettings
  readonly client: BackendClient
  /** Prefix of every request's path, without the `/v1` that people write at the end of a URL: our paths bring it. */
  readonly #basePath: string
  inflight = 0
  up: boolean | undefined
  health: HealthView = AVAILABLE
  /** Where slots are counted; undefined where nothing limits them. */
  gate: Gate | undefined = undefined
  probeSeconds: number | undefined
  version: string | undefined
  listed: readonly ListedModel[] = []
  models: ReadonlySet<string> | undefined
  readonly patterns: readonly ModelPattern[]

  constructor(settings: BackendSettings, dialer: Dialer) {
    this.settings = settings
    this.client = new BackendClient(settings, dialer)
    this.#basePath = new URL(settings.url).pathname.replace(/\/$/, '').replace(/\/v1$/, '')
    const named = settings.models ?? []
    this.patterns = (settings.kind === 'simulator' ? [...named, SIMULATOR_MODELS] : named)
      .filter((name) => name.includes('*'))
      .map((text) => ({ text, matches: parseGlob(text) }))
    if (settings.models !== undefined) this.models = new Set(named.filter((name) => !name.includes('*')))
  }

  get name(): string {
    return this.settings.name
  }

  /** What it can be asked for: models it lists, and patterns. */
  get modelNames(): readonly string[] {
    return [...(this.models ?? []), ...this.patterns.map((pattern) => pattern.text)]
  }

  get slots(): SlotsView {
    return this.gate ?? UNLIMITED
  }

  /** The gate of the backend it replaces is taken over: who is inside stays counted, and who waits keeps its place. */
  openGate(replaced: Backend | undefined): void {
    if (replaced === this) return
    const { name, url, concurrency } = this.settings
    // Another address is another server: what is under way at the old one takes no slot of it.
    const inherited = replaced?.settings.url === url ? replaced.gate : undefined
    inherited?.configure(this.settings)
    if (concurrency !== undefined) this.gate = inherited ?? new Gate(name, this.settings)
  }

  get kind(): BackendSettings['kind'] {
    return this.settings.kind
  }

  /** The backend's path for one of ours: people configure `http://host:8000` and `http://host:8000/v1` alike. */
  pathFor(path: string): string {
    return this.#basePath + path
  }

  urlFor(path: string): URL {
    return new URL(this.pathFor(path), this.settings.url)
  }

  /** A failed probe keeps the last listing: a model does not vanish because its server is slow to answer. */
  learn(probe: ProbeResult): void {
    this.up = probe.up
    this.health = probe.up ? AVAILABLE : DOWN
    this.probeSeconds = probe.seconds
    this.version = probe.version ?? this.version
    if (probe.models === undefined || this.settings.models !== undefined) return
    this.listed = probe.models
    this.models = new Set(probe.models.map((model) => model.name))
  }

  live(): BackendLive {
    return {
      name: this.name,
      kind: this.kind,
      up: this.up,
      probeSeconds: this.probeSeconds,
      circuit: 'closed',
      pool: this.client.pool(),
      slotsInUse: this.gate?.inUse ?? this.inflight,
      slotsLimit: this.gate?.limit,
      queueDepth: this.gate?.queued ?? 0,
      models: this.modelNames,
    }
  }
}
