// Rows about durations: calls of models, and where their distribution lies.
import { CATALOGUE } from '../../../telemetry/catalogue.ts'
import type { Row } from '../dashboard.ts'
import { lines } from '../graphs.ts'
import { heatOfTimes } from '../grids.ts'
import type { Panel, Query } from '../panel.ts'
import type { Ask } from '../query.ts'

const SHOWN_QUANTILES = [0.5, 0.9, 0.99] as const
const PERCENT = 100
/** Successful, of the chosen models. */
const ANSWERED = { gen_ai_request_model: '$model', error_type: '' } as const

/** One line for each quantile, named P50 and so on. Single requests are asked for once: they are those of all the lines. */
export function toQuantiles(
  quantile: (ratio: number) => string,
  ratios: readonly number[] = SHOWN_QUANTILES,
): readonly Query[] {
  return ratios.map((ratio, at) => ({
    expr: quantile(ratio),
    legend: `P${ratio * PERCENT}`,
    hasExemplars: at === ratios.length - 1,
  }))
}

export function toLatencyRow(ask: Ask): Row {
  return {
    title: 'Latency',
    panels: [
      lines({
        title: 'Calls of models',
        description:
          'How long successful calls of backends took, each attempt on its own: half of them less than P50, one in a hundred more than P99. Dots are single requests; a click leads to their lines in the log.',
        queries: toQuantiles((ratio) =>
          ask.quantile(ratio, CATALOGUE.genAiClientDuration, { where: ANSWERED }),
        ),
        unit: 's',
      }),
      lines({
        title: 'Calls by model, P95',
        description:
          'The same by model. It grows with the length of answers: compare the first token and the gaps before a model is blamed.',
        queries: [
          {
            expr: ask.quantile(0.95, CATALOGUE.genAiClientDuration, {
              where: ANSWERED,
              by: ['gen_ai_request_model'],
            }),
            legend: '{{gen_ai_request_model}}',
          },
        ],
        unit: 's',
      }),
      toCallsByBackend(ask),
      toDurations(ask),
    ],
  }
}

function toCallsByBackend(ask: Ask): Panel {
  return lines({
    title: 'Calls by backend, P95',
    description:
      'By backend and how the call ended. Errors that take long are timeouts; errors that take no time are refusals.',
    queries: [
      {
        expr: ask.quantile(0.95, CATALOGUE.backendCallDuration, {
          where: { backend: '$backend' },
          by: ['backend', 'status'],
        }),
        legend: '{{backend}} {{status}}',
      },
    ],
    unit: 's',
  })
}

function toDurations(ask: Ask): Panel {
  return heatOfTimes({
    title: 'Durations of requests',
    description:
      'Each column is a time, each cell how many requests ended in it that took so long. Two bands mean two kinds of requests: short and long answers, or warm and cold models.',
    buckets: ask.buckets(CATALOGUE.genAiServerDuration, ANSWERED),
    width: 24,
  })
}
