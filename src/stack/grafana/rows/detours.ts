// The row about requests that did not go the straight way: other models, other backends, refusals, callers that left.
import { CATALOGUE } from '../../../telemetry/catalogue.ts'
import type { Row } from '../dashboard.ts'
import { lines } from '../graphs.ts'
import { HALF, type Panel } from '../panel.ts'
import { toShare, type Ask } from '../query.ts'

const CHOSEN = { model: '$model', backend: '$backend' } as const

export function toDetourRow(ask: Ask): Row {
  const abandoned = ask.rate(CATALOGUE.requests, {
    where: { ...CHOSEN, outcome: 'abandoned' },
    by: ['model'],
  })
  return {
    title: 'Fallbacks, retries, aborts',
    panels: [
      toFallbacks(ask),
      lines({
        title: 'Retries',
        description:
          'Attempts beyond the first, by the backend that was tried again or instead. They hide failures from callers and cost time.',
        queries: [
          {
            expr: ask.rate(CATALOGUE.retries, { where: { backend: '$backend' }, by: ['backend'] }),
            legend: '{{backend}}',
          },
        ],
        unit: 'reqps',
      }),
      lines({
        title: 'Callers that left',
        description:
          'Share of the requests of each model that were given up by the caller before they were over. Rising with the first token: people lose patience.',
        queries: [
          {
            expr: toShare(abandoned, ask.rate(CATALOGUE.requests, { where: CHOSEN, by: ['model'] })),
            legend: '{{model}}',
          },
        ],
        unit: 'percentunit',
      }),
      lines({
        title: 'Broken answers',
        description:
          'Answers that ended after their first byte was sent, by who broke them off. Neither retries nor fallbacks can help there.',
        queries: [{ expr: ask.rate(CATALOGUE.streamInterrupted, { by: ['by'] }), legend: '{{by}}' }],
        unit: 'reqps',
        width: HALF,
      }),
      toRefusals(ask),
    ],
  }
}

function toFallbacks(ask: Ask): Panel {
  return lines({
    title: 'Fallbacks',
    description:
      'Requests that another model answered than the one asked for, and why. Callers got an answer: nobody complains, and still it is not what they asked for.',
    queries: [
      {
        expr: ask.rate(CATALOGUE.fallbacks, { by: ['from', 'to', 'reason'] }),
        legend: '{{from}} → {{to}}: {{reason}}',
      },
    ],
    unit: 'reqps',
  })
}

function toRefusals(ask: Ask): Panel {
  return lines({
    title: 'Turned away',
    description:
      'Requests that a limit, a guard or a full queue refused. Refusals of a limit are as agreed; queue_full and overload_… are a lack of room.',
    queries: [{ expr: ask.rate(CATALOGUE.rejected, { by: ['reason'] }), legend: '{{reason}}' }],
    unit: 'reqps',
    width: HALF,
  })
}
