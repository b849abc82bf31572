// One backend as the gateway knows it while it runs: its settings, its connections, what it serves, how busy it is.
import { parseGlob } from '../../core/glob.ts'
import type { BackendLive } from '../../core/live.ts'
import { Gate } from '../admission/gate.ts'
import type { BackendSettings } from '../config.ts'
import { joinPath, toBasePath, type BasePath } from './base-path.ts'
import { BackendHealth, type AttemptEnd, type ProbeFinding } from './health/backend-health.ts'
import { PaceBook } from './health/pace-book.ts'
import { PROBE_PAGES } from './probes/probe-pages.ts'
import { Residency } from './residency/residency.ts'
import { BackendClient } from '../upstream/client.ts'
import type { Dialer } from '../upstream/dial/dialer.ts'
import type { BackendView, ModelPattern, SlotsView } from './view.ts'

/** What a probe found. */
export interface ProbeResult {
  /** Undefined when our own machine could not ask: nothing is known then. */
  readonly finding: ProbeFinding | undefined
  readonly seconds: number
  /** Undefined when the backend did not answer or cannot list. */
  readonly models: readonly ListedModel[] | undefined
  readonly version: string | undefined
  /** For the log, when it is not well. */
  readonly problem: string | undefined
}

/** A model as a backend lists it; `detail` is the entry of its own listing, for merging. */
export interface ListedModel {
  readonly name: string
  readonly detail: Readonly<Record<string, unknown>>
}

/** The simulator's fault vocabulary is spelt as model names, with arguments: too many to list. */
const SIMULATOR_MODELS = 'sim:*'

const UNLIMITED: SlotsView = { inUse: 0, limit: Infinity, queued: 0 }

export class Backend implements BackendView {
  readonly settings: BackendSettings
  readonly client: BackendClient
  readonly #basePath: BasePath
  inflight = 0
  /** Answered its last probe, and not with "loading". */
  up: boolean | undefined
  readonly health = new BackendHealth()
  /** What it has in memory; undefined for kinds that do not tell. */
  readonly residency: Residency | undefined
  /** How fast each of its models is. */
  readonly paces = new PaceBook()
  /** Asks what it has in memory now rather than in a while; set by the fleet whose backend it is. */
  lookSoon: () => void = () => undefined
  /** The probe and the look that are under way. */
  probing: Promise<void> | undefined = undefined
  looking: Promise<void> | undefined = undefined
  /** Where slots are counted; undefined where nothing limits them. */
  gate: Gate | undefined = undefined
  probeSeconds: number | undefined
  version: string | undefined
  listed: readonly ListedModel[] = []
  /** Rises with each listing that names other models than the one before. */
  edition = 0
  models: ReadonlySet<string> | undefined
  readonly patterns: readonly ModelPattern[]

  constructor(settings: BackendSettings, dialer: Dialer) {
    this.settings = settings
    this.client = new BackendClient(settings, dialer)
    this.#basePath = toBasePath(settings.url, settings.kind)
    if (PROBE_PAGES[settings.kind].running !== undefined) this.residency = new Residency()
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

  /** The backend's path for one of ours. */
  pathFor(path: string): string {
    return joinPath(this.#basePath, path)
  }

  urlFor(path: string): URL {
    return new URL(this.pathFor(path), this.settings.url)
  }

  /** A failed probe keeps the last listing: a model does not vanish because its server is slow to answer. */
  learn({ finding, seconds, models, version, problem }: ProbeResult, nowMs: number): void {
    if (finding === undefined) return
    this.up = finding === 'answers' || finding === 'busy'
    if (finding === 'refused') this.residency?.forget()
    this.health.probed(finding, problem, nowMs)
    this.probeSeconds = seconds
    this.version = version ?? this.version
    if (models === undefined || this.settings.models !== undefined) return
    const known = this.models
    this.listed = models
    this.models = new Set(models.map((model) => model.name))
    if (known?.size !== this.models.size || models.some(({ name }) => !known.has(name))) this.edition += 1
  }

  /** Whether a request for this model makes it load the model first, as far as is known. */
  mustLoad(model: string): boolean {
    if (this.residency?.find(model) !== 'absent') return false
    this.lookSoon()
    return true
  }

  /** Part of a sound answer has come. Called for every read of a connection. */
  noteSign(attempt: { readonly model: string; readonly isWaiting: boolean }, nowMs: number): void {
    this.health.silence.lastSignMs = nowMs
    if (attempt.isWaiting) this.residency?.noteToken(attempt.model, nowMs)
  }

  attemptOver(attempt: AttemptEnd): void {
    this.health.attemptOver(attempt)
  }

  /** What is to be said of a model here when somebody asks why it was chosen. */
  remark(model: string): string | undefined {
    const running = this.residency?.describe(model)
    return this.paces.slow().includes(model)
      ? [running, 'far slower than usual'].filter(Boolean).join(', ')
      : running
  }

  live(): BackendLive {
    return {
      name: this.name,
      kind: this.kind,
      version: this.version,
      listed:
        this.settings.models === undefined && this.models !== undefined ? this.listed.length : undefined,
      up: this.up,
      probeSeconds: this.probeSeconds,
      circuit: this.health.circuit,
      state: this.health.state,
      reason: this.health.reason,
      memory: this.residency?.inMemory() ?? [],
      slowModels: this.paces.slow(),
      pool: this.client.pool(),
      slotsInUse: this.gate?.inUse ?? this.inflight,
      slotsLimit: this.gate?.limit,
      queueDepth: this.gate?.queued ?? 0,
      models: this.modelNames,
    }
  }
}
