// Rows about where time goes: the phases of requests by backend, and what of it is the gateway's own.
import { CATALOGUE } from '../../../telemetry/catalogue.ts'
import type { Row } from '../dashboard.ts'
import { bars, lines } from '../graphs.ts'
import { HALF, type Panel } from '../panel.ts'
import { SHOWN_WINDOW, type Ask } from '../query.ts'
import { toQuantiles } from './latency.ts'

const CHOSEN = { backend: '$backend' } as const
const SHOWN_PARTS = 12

export function toPhaseRow(ask: Ask): Row {
  const requests = ask.rate(CATALOGUE.requests, { where: CHOSEN })
  const perBackend = ask.rate(CATALOGUE.requests, { where: CHOSEN, by: ['backend'], over: SHOWN_WINDOW })
  const seconds = ask.sumRate(CATALOGUE.phase, { where: CHOSEN, by: ['phase'] })
  const secondsPerBackend = ask.sumRate(CATALOGUE.phase, {
    where: CHOSEN,
    by: ['backend', 'phase'],
    over: SHOWN_WINDOW,
  })
  return {
    title: 'Why it takes so long',
    panels: [
      lines({
        title: 'Mean request, by phase',
        description:
          'The phases of a request add up to its duration: this is the mean request, taken apart. queue: too few slots; load: a cold model; prefill: long prompts or a busy backend; decode: long answers or a slow one; client-stall: the caller reads slowly; retry: attempts that came to nothing; gateway: ours.',
        queries: [
          { expr: `${seconds} / ignoring (phase) group_left () (${requests} > 0)`, legend: '{{phase}}' },
        ],
        unit: 's',
        isStacked: true,
      }),
      bars({
        title: 'Longest parts, by backend',
        description:
          'Mean seconds of a request in each phase on each backend, in the time that is shown. The longest bar is where to look first.',
        queries: [
          {
            expr: `topk(${SHOWN_PARTS}, ${secondsPerBackend} / ignoring (phase) group_left () (${perBackend} > 0) > 0)`,
            legend: '{{backend}} {{phase}}',
            isInstant: true,
          },
        ],
        unit: 's',
      }),
      toPhaseQuantiles(ask),
    ],
  }
}

export function toOverheadRow(ask: Ask): Row {
  return {
    title: 'What the gateway adds',
    panels: [
      lines({
        title: 'Overhead',
        description:
          'Time of a request that is the gateway’s own work, without any wait for callers, guards and backends. It should be a few milliseconds.',
        queries: toQuantiles((ratio) => ask.quantile(ratio, CATALOGUE.overhead)),
        unit: 's',
        width: HALF,
      }),
      lines({
        title: 'Share of overhead',
        description: 'The same as a share of the whole duration of all requests.',
        queries: [
          {
            expr: `${ask.sumRate(CATALOGUE.overhead)} / (${ask.sumRate(CATALOGUE.httpRequestDuration)} > 0)`,
            legend: 'overhead',
          },
        ],
        unit: 'percentunit',
        width: HALF,
      }),
    ],
  }
}

function toPhaseQuantiles(ask: Ask): Panel {
  return lines({
    title: 'Phases, P95',
    description:
      'Of the requests that had the phase, one in twenty was in it longer. A phase that few requests have can be long and still not show in the mean.',
    queries: [
      {
        expr: ask.quantile(0.95, CATALOGUE.phase, { where: CHOSEN, by: ['phase'] }),
        legend: '{{phase}}',
        hasExemplars: true,
      },
    ],
    unit: 's',
  })
}
