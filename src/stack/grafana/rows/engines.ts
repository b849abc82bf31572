// Rows about what runs the models: what backends tell of their memory and their own queues.
import { CATALOGUE } from '../../../telemetry/catalogue.ts'
import type { Row } from '../dashboard.ts'
import { VLLM } from '../../foreign.ts'
import { lines } from '../graphs.ts'
import { table } from '../grids.ts'
import type { Panel } from '../panel.ts'
import { toShare, type Ask } from '../query.ts'
import { toLoaded } from './capacity.ts'

const CHOSEN = { backend: '$backend' } as const
const BY_BACKEND = { where: CHOSEN, by: ['backend'] } as const
const BY_MODEL = { where: { backend: '$backend', model: '$model' }, by: ['backend', 'model'] } as const

export function toMemoryRow(ask: Ask): Row {
  const bytes = ask.gauge('max', CATALOGUE.modelBytes, BY_MODEL)
  const vram = ask.gauge('max', CATALOGUE.modelVram, BY_MODEL)
  return {
    title: 'Models in memory',
    panels: [
      toLoaded(ask),
      lines({
        title: 'Memory of models on GPUs',
        description: 'What each model takes of the memory of the GPUs of its backend.',
        queries: [{ expr: vram, legend: '{{backend}} {{model}}' }],
        unit: 'bytes',
        isStacked: true,
      }),
      lines({
        title: 'Part on the CPU',
        description:
          'Share of each model that did not fit into the memory of the GPUs. Anything above 0 makes every token of it several times slower.',
        queries: [{ expr: `1 - ${vram} / (${bytes} > 0)`, legend: '{{backend}} {{model}}' }],
        unit: 'percentunit',
        max: 1,
      }),
    ],
  }
}

export function toEngineRow(ask: Ask): Row {
  return {
    title: 'What backends tell of themselves',
    panels: [
      table({
        title: 'Backends',
        description:
          'Which kind each backend is, which version it says it has, and how many models it listed.',
        queries: [
          {
            expr: ask.gauge('max', CATALOGUE.backendInfo, {
              where: CHOSEN,
              by: ['backend', 'kind', 'version'],
            }),
          },
          { expr: ask.gauge('max', CATALOGUE.backendModels, BY_BACKEND) },
        ],
        unit: 'none',
        columns: [
          { field: 'backend', name: 'Backend' },
          { field: 'kind', name: 'Kind' },
          { field: 'version', name: 'Version' },
          { field: 'Value #B', name: 'Models' },
          { field: 'Value #A', name: 'Known' },
        ],
      }),
      toInside(ask),
      lines({
        title: 'KV cache',
        description:
          'Share of the KV cache of each backend in use. Near 1 requests wait inside of it, or are put off: fewer slots, or shorter contexts.',
        queries: [{ expr: ask.gauge('max', CATALOGUE.backendKvCache, BY_BACKEND), legend: '{{backend}}' }],
        unit: 'percentunit',
        max: 1,
      }),
    ],
  }
}

/** Scraped from the backends themselves; only where there are such. */
export function toVllmRow(machines: Ask): Row {
  const by = ['instance', 'model_name'] as const
  const legend = '{{instance}} {{model_name}}'
  return {
    title: 'vLLM, from its own page',
    isCollapsed: true,
    panels: [
      lines({
        title: 'Running and waiting',
        description: 'Requests that the scheduler of vLLM works on, and those it lets wait.',
        queries: [
          { expr: machines.gauge('sum', VLLM.running, { by }), legend: `${legend} running` },
          { expr: machines.gauge('sum', VLLM.waiting, { by }), legend: `${legend} waiting` },
        ],
        unit: 'short',
      }),
      lines({
        title: 'KV cache and preemptions',
        description:
          'Share of the KV cache in use, and requests each second that were put off because it was full: they begin again later.',
        queries: [
          { expr: machines.gauge('max', VLLM.kvCache, { by }), legend: `${legend} in use` },
          { expr: machines.rate(VLLM.preemptions, { by }), legend: `${legend} preempted` },
        ],
        unit: 'percentunit',
      }),
      lines({
        title: 'Prefixes found again',
        description:
          'Share of the prompt tokens that were in the prefix cache already. Conversations profit; a prompt that begins with the time of day does not.',
        queries: [
          {
            expr: toShare(machines.rate(VLLM.prefixHits, { by }), machines.rate(VLLM.prefixQueries, { by })),
            legend,
          },
        ],
        unit: 'percentunit',
        max: 1,
      }),
    ],
  }
}

function toInside(ask: Ask): Panel {
  return lines({
    title: 'Requests inside of backends',
    description:
      'What each backend works on and lets wait, whoever sent it (vLLM, SGLang, llama.cpp). More than the gateway sends: somebody goes around it.',
    queries: [
      {
        expr: ask.gauge('max', CATALOGUE.backendRequestsRunning, BY_BACKEND),
        legend: '{{backend}} running',
      },
      {
        expr: ask.gauge('max', CATALOGUE.backendRequestsWaiting, BY_BACKEND),
        legend: '{{backend}} waiting',
      },
      { expr: ask.gauge('max', CATALOGUE.backendSlots, BY_BACKEND), legend: '{{backend}} slots' },
    ],
    unit: 'short',
  })
}
