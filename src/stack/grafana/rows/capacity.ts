// Rows about room: queues and slots, and models that had to be loaded first.
import { CATALOGUE } from '../../../telemetry/catalogue.ts'
import type { Row } from '../dashboard.ts'
import { lines, states } from '../graphs.ts'
import { QUARTER, THIRD, type Panel } from '../panel.ts'
import type { Ask } from '../query.ts'
import { toSlots } from './backends.ts'

const CHOSEN = { backend: '$backend' } as const
const BY_MODEL = { where: { backend: '$backend', model: '$model' }, by: ['backend', 'model'] } as const

export function toQueueRow(ask: Ask): Row {
  return {
    title: 'Queue',
    panels: [
      lines({
        title: 'Waiting',
        description: 'Requests that wait for a slot of each backend.',
        queries: [
          {
            expr: ask.gauge('sum', CATALOGUE.queueDepth, { where: CHOSEN, by: ['backend'] }),
            legend: '{{backend}}',
          },
        ],
        unit: 'short',
        width: QUARTER,
      }),
      lines({
        title: 'Wait, P95',
        description: 'How long requests waited that found no slot free, those that waited in vain included.',
        queries: [
          {
            expr: ask.quantile(0.95, CATALOGUE.queueWait, { where: CHOSEN, by: ['backend'] }),
            legend: '{{backend}}',
            hasExemplars: true,
          },
        ],
        unit: 's',
        width: QUARTER,
      }),
      toSlots(ask),
      lines({
        title: 'In flight, by age',
        description:
          'Requests that are not over, by how long ago they arrived. A band of old ones that only grows is something that hangs.',
        queries: [{ expr: ask.gauge('sum', CATALOGUE.inflightAge, { by: ['age'] }), legend: '{{age}}' }],
        unit: 'short',
        isStacked: true,
        width: QUARTER,
      }),
    ],
  }
}

export function toLoadRow(ask: Ask): Row {
  return {
    title: 'Cold models',
    panels: [
      lines({
        title: 'Requests that waited for a load, in an hour',
        description:
          'How many did in the hour before each point. Two models in turn: they do not fit into the memory together.',
        queries: [
          {
            expr: ask.countIncrease(CATALOGUE.modelLoad, { ...BY_MODEL, over: '1h' }),
            legend: '{{backend}} {{model}}',
          },
        ],
        unit: 'short',
      }),
      lines({
        title: 'Loading, P95',
        description: 'How long such a wait was.',
        queries: [
          {
            expr: ask.quantile(0.95, CATALOGUE.modelLoad, BY_MODEL),
            legend: '{{backend}} {{model}}',
            hasExemplars: true,
          },
        ],
        unit: 's',
      }),
      toLoaded(ask, THIRD),
    ],
  }
}

/** For backends that say what is in their memory. */
export function toLoaded(ask: Ask, width = THIRD): Panel {
  return states({
    title: 'Models in memory',
    description:
      'When each model was in the memory of its backend (Ollama tells). A model that comes and goes all the time needs more memory, or a longer keep_alive.',
    queries: [{ expr: ask.gauge('max', CATALOGUE.modelLoaded, BY_MODEL), legend: '{{backend}} {{model}}' }],
    unit: 'none',
    values: { 0: ['unloaded', 'text'], 1: ['loaded', 'green'] },
    width,
  })
}
