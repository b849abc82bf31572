// How busy backends say they are, from pages of theirs that load no model and keep none awake. Asked on a tick of its own, one
// backend at a time each, and only while its probes find it well: what is dead is for the probes to ask.
import type { CancelTimer, Clock } from '../../../core/clock.ts'
import type { Report } from '../report.ts'
import { createShelf } from '../shelf.ts'
import { mayAskForTasks, parseProps, parseSlots, PROPS_PAGE, SLOTS_PAGE } from './llama-server.ts'
import { readServerLoad, type ServerLoad } from './server-load.ts'

/** What a backend is asked through; the data plane stands behind it. */
export interface BackendSource {
  readonly name: string
  readonly kind: string
  /** Whether its last probe was answered. */
  readonly isUp: boolean
  /** Whether a request of ours is under way there. */
  readonly isBusy: boolean
  /** Whether its metrics are read: what is configured, or undefined for what is usual for its kind. */
  readonly metrics: boolean | undefined
  /** One GET, bounded in time and size. Rejects when there is no answer. */
  get(path: string): Promise<{ readonly status: number; readonly text: string }>
}

export interface BackendsInput {
  readonly clock: Clock
  readonly everyMs: number
  readonly sources: () => readonly BackendSource[]
  readonly report: Report
}

export interface BackendsCollector {
  /** What a backend said lately; undefined when it did not. */
  load(backend: string): ServerLoad | undefined
  /** Which version it said it has, where its probes do not tell. */
  version(backend: string): string | undefined
  close(): void
}

/** Kinds of which every server has such a page; of others only where somebody wrote that they have. */
const KINDS_WITH_METRICS: ReadonlySet<string> = new Set(['vllm', 'llamacpp'])
const METRICS_PAGE = '/metrics'
const VERSION_PAGE = '/version'

/** A value is shown until so many looks have failed. */
const PATIENCE = 3
/** A page that is not there, or says nothing we know, will not be there in a moment either. */
const LOOK_AGAIN_MS = 600_000

export function createBackendsCollector({
  clock,
  everyMs,
  sources,
  report,
}: BackendsInput): BackendsCollector {
  const loads = createShelf<ServerLoad>(clock, PATIENCE * everyMs)
  const watched = new Map<string, Watched>()
  const look = (): void => {
    const present = sources()
    for (const source of present) {
      const watch = watched.get(source.name) ?? { isAsking: false, shunned: new Map(), version: undefined }
      watched.set(source.name, watch)
      if (!isWanted(source) || !source.isUp) {
        loads.remove(source.name)
        // It may come back as another version.
        watch.version = undefined
        watch.shunned.clear()
      } else if (!watch.isAsking) void ask(source, watch)
    }
    for (const name of watched.keys()) {
      if (present.some((source) => source.name === name)) continue
      watched.delete(name)
      loads.remove(name)
    }
  }
  const ask = async (source: BackendSource, watch: Watched): Promise<void> => {
    watch.isAsking = true
    try {
      const load = await readLoad(source, createAsker(source, { watch, clock, report }), watch)
      // Meanwhile it may have been taken out of the configuration.
      if (load !== undefined && watched.get(source.name) === watch) loads.put(source.name, load)
      else if (load === undefined) loads.remove(source.name)
    } catch {
      // No answer in time: what it said last is shown a little longer, and whether it is well is for its probes to say.
    } finally {
      watch.isAsking = false
    }
  }
  const stops: CancelTimer[] = [clock.every(everyMs, look)]
  // Backends were just asked how they are.
  look()
  return {
    load: (backend) => loads.get(backend),
    version: (backend) => watched.get(backend)?.version,
    close: () => stops.forEach((stop) => stop()),
  }
}

interface Watched {
  isAsking: boolean
  /** Pages that are not asked for again before then. */
  readonly shunned: Map<string, number>
  version: string | undefined
}

function isWanted({ kind, metrics }: BackendSource): boolean {
  return metrics ?? KINDS_WITH_METRICS.has(kind)
}

/** The text of a page; undefined when it is not there. */
type AskForPage = (path: string) => Promise<string | undefined>

const NOT_FOUND_STATUSES: ReadonlySet<number> = new Set([400, 401, 403, 404, 405, 501])

function createAsker(
  source: BackendSource,
  { watch, clock, report }: { watch: Watched } & Pick<BackendsInput, 'clock' | 'report'>,
): AskForPage {
  return async (path) => {
    if ((watch.shunned.get(path) ?? -Infinity) > clock.now()) return undefined
    const { status, text } = await source.get(path)
    if (status === 200) return text
    if (!NOT_FOUND_STATUSES.has(status)) return undefined
    watch.shunned.set(path, clock.now() + LOOK_AGAIN_MS)
    // Most llama.cpp run without /metrics, which has to be switched on, and /slots tells nearly as much.
    const level = path === METRICS_PAGE && source.kind !== 'llamacpp' ? 'info' : 'debug'
    report(level, 'a backend has no such page for metrics', {
      backend: source.name,
      reason: `GET ${path} answered ${status}`,
      hint: 'metrics: false under this backend stops the question',
    })
    return undefined
  }
}

async function readLoad(
  source: BackendSource,
  askFor: AskForPage,
  watch: Watched,
): Promise<ServerLoad | undefined> {
  if (source.kind === 'llamacpp') return readLlama(source, askFor, watch)
  if (source.kind === 'vllm') watch.version ??= toVersion(await askFor(VERSION_PAGE))
  const page = await askFor(METRICS_PAGE)
  return page === undefined ? undefined : readServerLoad(page)
}

async function readLlama(
  source: BackendSource,
  askFor: AskForPage,
  watch: Watched,
): Promise<ServerLoad | undefined> {
  const page = await askFor(PROPS_PAGE)
  const props = page === undefined ? undefined : parseProps(page)
  // Whoever hides that page may be asleep.
  if (props === undefined) return undefined
  watch.version = props.version
  const { slots } = props
  const moment = { props, isBusy: source.isBusy, isAllowed: source.metrics === true }
  if (!mayAskForTasks(moment)) return slots === undefined ? undefined : { slots }
  const [slotsText, metricsText] = [await askFor(SLOTS_PAGE), await askFor(METRICS_PAGE)]
  const bySlots = slotsText === undefined ? undefined : parseSlots(slotsText)
  const byMetrics = metricsText === undefined ? undefined : readServerLoad(metricsText)
  return { ...bySlots, ...byMetrics, slots: slots ?? bySlots?.slots }
}

function toVersion(page: string | undefined): string | undefined {
  try {
    const { version } = JSON.parse(page ?? '{}') as { readonly version?: unknown }
    return typeof version === 'string' ? version : undefined
  } catch {
    return undefined
  }
}
