// The rows for one service as its callers see it, by the names that every instrumented service of HTTP may have.
import { CATALOGUE } from '../../../telemetry/catalogue.ts'
import type { Row } from '../dashboard.ts'
import { lines, stat } from '../graphs.ts'
import { heatOfTimes } from '../grids.ts'
import { HALF, QUARTER, THIRD, type Panel } from '../panel.ts'
import { SHOWN_WINDOW, toShare, type Ask } from '../query.ts'
import { toConnections, toCpu, toMemory } from './process.ts'

const CHOSEN = { endpoint: '$endpoint' } as const
const SUCCESS = { matches: '2..' }

export function toTotalsRow(ask: Ask): Row {
  const over = SHOWN_WINDOW
  const all = ask.increase(CATALOGUE.httpRequests, { where: CHOSEN, over })
  const good = ask.increase(CATALOGUE.httpRequests, { where: { ...CHOSEN, status_code: SUCCESS }, over })
  const inference = { where: { model: '$model' }, over } as const
  return {
    title: 'In the time that is shown',
    panels: [
      stat({
        title: 'Requests',
        description: 'How many ended in the time that is shown.',
        queries: [{ expr: all, isInstant: true }],
        unit: 'short',
        width: QUARTER,
        hasGraph: false,
      }),
      toSuccess(good, all),
      stat({
        title: 'Duration, P99',
        description: 'One request in a hundred took longer, from arrival to last byte.',
        queries: [
          {
            expr: ask.quantile(0.99, CATALOGUE.httpRequestDuration, { where: CHOSEN, over }),
            isInstant: true,
          },
        ],
        unit: 's',
        width: QUARTER,
        hasGraph: false,
      }),
      stat({
        title: 'Mean inference',
        description:
          'What the model itself took for a request that was answered, without queues and network.',
        queries: [{ expr: ask.mean(CATALOGUE.modelInferenceDuration, inference), isInstant: true }],
        unit: 's',
        width: QUARTER,
        hasGraph: false,
      }),
    ],
  }
}

export function toTrendsRow(ask: Ask): Row {
  const quantile = (ratio: number): string =>
    ask.quantile(ratio, CATALOGUE.httpRequestDuration, { where: CHOSEN, by: ['endpoint'] })
  return {
    title: 'Durations and inference',
    panels: [
      toDurations(ask),
      lines({
        title: 'Inference',
        description:
          'Mean time the model itself took, by model. It grows with the length of answers and with requests at once.',
        queries: [
          {
            expr: ask.mean(CATALOGUE.modelInferenceDuration, { where: { model: '$model' }, by: ['model'] }),
            legend: '{{model}}',
          },
        ],
        unit: 's',
        width: HALF,
      }),
      toStatuses(ask),
      lines({
        title: 'Durations, P95 and P99',
        description: 'By endpoint, from arrival to last byte.',
        queries: [
          { expr: quantile(0.95), legend: '{{endpoint}} P95', hasExemplars: true },
          { expr: quantile(0.99), legend: '{{endpoint}} P99' },
        ],
        unit: 's',
        width: HALF,
      }),
    ],
  }
}

export function toResourcesRow(ask: Ask): Row {
  return { title: 'Resources', panels: [toCpu(ask, THIRD), toMemory(ask, THIRD), toConnections(ask, THIRD)] }
}

function toDurations(ask: Ask): Panel {
  return heatOfTimes({
    title: 'Durations',
    description: 'Each column is a time, each cell how many requests ended in it that took so long.',
    buckets: ask.buckets(CATALOGUE.httpRequestDuration, CHOSEN),
    width: HALF,
  })
}

function toStatuses(ask: Ask): Panel {
  return lines({
    title: 'Requests by status',
    description:
      'Requests each second, by the status their callers got. 499: the caller left before there was one.',
    queries: [
      {
        expr: ask.rate(CATALOGUE.httpRequests, { where: CHOSEN, by: ['status_code'] }),
        legend: '{{status_code}}',
      },
    ],
    unit: 'reqps',
    isStacked: true,
    width: HALF,
  })
}

function toSuccess(good: string, all: string): Panel {
  return stat({
    title: 'Successful',
    description:
      'Share of them that were answered with a status of 200 to 299. What callers did wrong is not successful either.',
    queries: [{ expr: toShare(good, all), isInstant: true }],
    unit: 'percentunit',
    decimals: 2,
    width: QUARTER,
    hasGraph: false,
    steps: [
      { from: null, color: 'red' },
      { from: 0.95, color: 'yellow' },
      { from: 0.995, color: 'green' },
    ],
  })
}
