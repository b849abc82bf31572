// THE METRICS PAGES OF MODEL SERVERS: which families say how busy each kind is, and what they come to. Data, and sums over it. Pure.
import { parsePage, type PageSample } from './exposition-text.ts'

/** What a backend says of itself. Undefined, each, where it does not. */
export interface ServerLoad {
  readonly running?: number | undefined
  readonly waiting?: number | undefined
  readonly kvCacheRatio?: number | undefined
  readonly slots?: number | undefined
}

interface ServerFamilies {
  readonly running: string
  readonly waiting: string
  /** The newer name first. */
  readonly kvCache: readonly string[]
}

/** A server is known by its families, whatever kind the configuration says it is. */
const SERVERS: Readonly<Record<string, ServerFamilies>> = {
  vllm: {
    running: 'vllm:num_requests_running',
    waiting: 'vllm:num_requests_waiting',
    // The second is what it was called before. A ratio in spite of its name.
    kvCache: ['vllm:kv_cache_usage_perc', 'vllm:gpu_cache_usage_perc'],
  },
  sglang: {
    running: 'sglang:num_running_reqs',
    waiting: 'sglang:num_queue_reqs',
    kvCache: ['sglang:token_usage'],
  },
  llamacpp: {
    running: 'llamacpp:requests_processing',
    waiting: 'llamacpp:requests_deferred',
    // Newer versions have none.
    kvCache: ['llamacpp:kv_cache_usage_ratio'],
  },
  tgi: { running: 'tgi_batch_current_size', waiting: 'tgi_queue_size', kvCache: [] },
}

const WANTED: ReadonlySet<string> = new Set(
  Object.values(SERVERS).flatMap(({ running, waiting, kvCache }) => [running, waiting, ...kvCache]),
)

/** Undefined for a page that is not one of a model server we know. */
export function readServerLoad(page: string): ServerLoad | undefined {
  const samples = parsePage(page, WANTED)
  for (const { running, waiting, kvCache } of Object.values(SERVERS)) {
    const of = (name: string): readonly PageSample[] => samples.filter((sample) => sample.name === name)
    const load = {
      running: toSum(of(running)),
      waiting: toSum(of(waiting)),
      kvCacheRatio: kvCache.map((name) => toFullest(of(name))).find((ratio) => ratio !== undefined),
    }
    if (Object.values(load).some((value) => value !== undefined)) return load
  }
  return undefined
}

/**
 * Engines add up. SGLang shows the same scheduler once for each rank of a tensor or a pipeline when it is told to, and besides the
 * total (an empty priority) the part of each priority: neither is anything more.
 */
function toSum(samples: readonly PageSample[]): number | undefined {
  const engines = new Map<string, number>()
  for (const { labels, value } of samples) {
    if ((labels.get('priority') ?? '') !== '' || !(value >= 0) || value === Infinity) continue
    const engine = JSON.stringify([...labels].filter(([label]) => !RANKS.has(label)).toSorted())
    engines.set(engine, Math.max(engines.get(engine) ?? 0, value))
  }
  return engines.size === 0 ? undefined : [...engines.values()].reduce((sum, value) => sum + value, 0)
}

const RANKS: ReadonlySet<string> = new Set(['tp_rank', 'pp_rank', 'moe_ep_rank', 'pid'])

/** Of several engines the fullest: that is the one that makes its requests wait. */
function toFullest(samples: readonly PageSample[]): number | undefined {
  const ratios = samples.map(({ value }) => value).filter((value) => value >= 0 && value <= MOST_RATIO)
  return ratios.length === 0 ? undefined : Math.min(1, Math.max(...ratios))
}

/** A little over 1 is rounding; more is not a ratio. */
const MOST_RATIO = 1.01
