// GET /metrics in vLLM's and llama.cpp's own names, Prometheus text format 0.0.4.

import type { Histogram } from '../meters.ts'
import type { Site } from '../site.ts'
import { type Page, toTextAnswer } from './page.ts'

interface Family {
  readonly name: string
  readonly help: string
  readonly value: (site: Site) => number | Histogram | Readonly<Record<string, number>>
  readonly type: 'counter' | 'gauge' | 'histogram'
  /** The label that tells the values of a record apart. */
  readonly label?: string
}

const vllmFamilies: readonly Family[] = [
  {
    name: 'num_requests_running',
    type: 'gauge',
    help: 'Requests being worked on.',
    value: (site) => site.engine.running,
  },
  {
    name: 'num_requests_waiting',
    type: 'gauge',
    help: 'Requests waiting.',
    value: (site) => site.engine.waiting,
  },
  { name: 'kv_cache_usage_perc', type: 'gauge', help: 'KV cache in use, 0 to 1.', value: kvCacheRatio },
  {
    name: 'prompt_tokens_total',
    type: 'counter',
    help: 'Prompt tokens.',
    value: (site) => site.meters.promptTokens,
  },
  {
    name: 'generation_tokens_total',
    type: 'counter',
    help: 'Output tokens.',
    value: (site) => site.meters.outputTokens,
  },
  { name: 'num_preemptions_total', type: 'counter', help: 'Preemptions.', value: () => 0 },
  // Nothing is kept of a prompt, so nothing of it is ever found again.
  {
    name: 'prefix_cache_queries_total',
    type: 'counter',
    help: 'Prompt tokens that were looked for in the prefix cache.',
    value: (site) => site.meters.promptTokens,
  },
  {
    name: 'prefix_cache_hits_total',
    type: 'counter',
    help: 'Prompt tokens that were found there.',
    value: () => 0,
  },
  {
    name: 'request_success_total',
    type: 'counter',
    help: 'Finished requests.',
    label: 'finished_reason',
    value: (site) => site.meters.finished,
  },
  {
    name: 'time_to_first_token_seconds',
    type: 'histogram',
    help: 'Time to first token.',
    value: (site) => site.meters.firstToken,
  },
  {
    name: 'inter_token_latency_seconds',
    type: 'histogram',
    help: 'Gap between tokens.',
    value: (site) => site.meters.gap,
  },
  {
    name: 'request_time_per_output_token_seconds',
    type: 'histogram',
    help: 'Mean gap of a request.',
    value: (site) => site.meters.perToken,
  },
  {
    name: 'e2e_request_latency_seconds',
    type: 'histogram',
    help: 'From arrival to end.',
    value: (site) => site.meters.total,
  },
  {
    name: 'request_queue_time_seconds',
    type: 'histogram',
    help: 'Waiting.',
    value: (site) => site.meters.queue,
  },
  {
    name: 'request_prefill_time_seconds',
    type: 'histogram',
    help: 'Prefill.',
    value: (site) => site.meters.prefill,
  },
  {
    name: 'request_decode_time_seconds',
    type: 'histogram',
    help: 'Decode.',
    value: (site) => site.meters.decode,
  },
  {
    name: 'request_inference_time_seconds',
    type: 'histogram',
    help: 'Prefill and decode.',
    value: (site) => site.meters.inference,
  },
  {
    name: 'request_prompt_tokens',
    type: 'histogram',
    help: 'Prompt length.',
    value: (site) => site.meters.promptLength,
  },
  {
    name: 'request_generation_tokens',
    type: 'histogram',
    help: 'Output length.',
    value: (site) => site.meters.outputLength,
  },
]

const llamacppFamilies: readonly Family[] = [
  {
    name: 'prompt_tokens_total',
    type: 'counter',
    help: 'Prompt tokens.',
    value: (site) => site.meters.promptTokens,
  },
  {
    name: 'prompt_seconds_total',
    type: 'counter',
    help: 'Prompt time.',
    value: (site) => site.meters.promptSeconds,
  },
  {
    name: 'tokens_predicted_total',
    type: 'counter',
    help: 'Output tokens.',
    value: (site) => site.meters.outputTokens,
  },
  {
    name: 'tokens_predicted_seconds_total',
    type: 'counter',
    help: 'Output time.',
    value: (site) => site.meters.outputSeconds,
  },
  {
    name: 'n_decode_total',
    type: 'counter',
    help: 'Decode calls.',
    value: (site) => site.meters.outputTokens,
  },
  {
    name: 'prompt_tokens_seconds',
    type: 'gauge',
    help: 'Mean prompt rate.',
    value: (site) => rate(site.meters.promptTokens, site.meters.promptSeconds),
  },
  {
    name: 'predicted_tokens_seconds',
    type: 'gauge',
    help: 'Mean output rate.',
    value: (site) => rate(site.meters.outputTokens, site.meters.outputSeconds),
  },
  {
    name: 'requests_processing',
    type: 'gauge',
    help: 'Requests being worked on.',
    value: (site) => site.engine.running,
  },
  {
    name: 'requests_deferred',
    type: 'gauge',
    help: 'Requests waiting.',
    value: (site) => site.engine.waiting,
  },
  {
    name: 'n_busy_slots_per_decode',
    type: 'gauge',
    help: 'Busy slots.',
    value: (site) => site.engine.running,
  },
]

function rate(tokens: number, seconds: number): number {
  return seconds > 0 ? tokens / seconds : 0
}

function kvCacheRatio(site: Site): number {
  const { slots } = site.profile
  return slots === 0 ? 0 : Math.min(1, site.engine.running / slots)
}

function toHistogramLines(name: string, labels: readonly string[], histogram: Histogram): string[] {
  let below = 0
  const bucket = (le: string, count: number): string => {
    below += count
    return `${name}_bucket{${[...labels, `le="${le}"`].join(',')}} ${below}`
  }
  const lines = histogram.bounds.map((bound, i) => bucket(String(bound), histogram.counts[i] ?? 0))
  lines.push(bucket('+Inf', histogram.counts.at(-1) ?? 0))
  const tail = labels.length > 0 ? `{${labels.join(',')}}` : ''
  return [...lines, `${name}_sum${tail} ${histogram.sum}`, `${name}_count${tail} ${below}`]
}

function toLines(
  family: Family,
  site: Site,
  spelling: { prefix: string; labels: readonly string[] },
): string[] {
  const { prefix, labels } = spelling
  const name = prefix + family.name
  const head = [`# HELP ${name} ${family.help}`, `# TYPE ${name} ${family.type}`]
  const value = family.value(site)
  const tail = labels.length > 0 ? `{${labels.join(',')}}` : ''
  if (typeof value === 'number') return [...head, `${name}${tail} ${value}`]
  if (family.type === 'histogram') return [...head, ...toHistogramLines(name, labels, value as Histogram)]
  const lines = Object.entries(value as Readonly<Record<string, number>>).map(
    ([key, count]) => `${name}{${[...labels, `${family.label}="${key}"`].join(',')}} ${count}`,
  )
  return [...head, ...lines]
}

function escapeLabel(value: string): string {
  return value.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n')
}

const metrics: Page = {
  method: 'GET',
  path: '/metrics',
  kinds: ['vllm', 'llamacpp'],
  render: (site) => {
    // llama.cpp has neither a model label nor histograms.
    const isLlama = site.profile.kind === 'llamacpp'
    const labels = isLlama
      ? []
      : [`model_name="${escapeLabel(site.profile.models[0]?.name ?? '')}"`, 'engine="0"']
    const prefix = isLlama ? 'llamacpp:' : 'vllm:'
    const families = isLlama ? llamacppFamilies : vllmFamilies
    const lines = families.flatMap((family) => toLines(family, site, { prefix, labels }))
    const answer = toTextAnswer(`${lines.join('\n')}\n`)
    return { ...answer, contentType: 'text/plain; version=0.0.4; charset=utf-8' }
  },
}

export const metricsPages: readonly Page[] = [metrics]
