// Rows about requests that did not go the straight way: other models, other backends, refusals, callers that left; and whose
// requests they were, where tenants are counted.
import { CATALOGUE } from '../../../telemetry/catalogue.ts'
import type { Row } from '../dashboard.ts'
import { bars, lines } from '../panel.ts'
import { SHOWN_WINDOW, toShare, type Ask } from '../query.ts'

const THIRD = 8
const QUARTER = 6
const SHOWN_TENANTS = 10

export function toDetourRow(ask: Ask): Row {
  const isChosen = { model: '$model', backend: '$backend' } as const
  const abandoned = ask.rate(CATALOGUE.requests, {
    where: { ...isChosen, outcome: 'abandoned' },
    by: ['model'],
  })
  return {
    title: 'Fallbacks, retries, aborts',
    panels: [
      lines({
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
        min: 0,
        width: THIRD,
      }),
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
        min: 0,
        width: THIRD,
      }),
      lines({
        title: 'Callers that left',
        description:
          'Share of the requests of each model that were given up by the caller before they were over. Rising with the first token: people lose patience.',
        queries: [
          {
            expr: toShare(abandoned, ask.rate(CATALOGUE.requests, { where: isChosen, by: ['model'] })),
            legend: '{{model}}',
          },
        ],
        unit: 'percentunit',
        min: 0,
        width: THIRD,
      }),
      lines({
        title: 'Broken answers',
        description:
          'Answers that ended after their first byte was sent, by who broke them off. Neither retries nor fallbacks can help there.',
        queries: [{ expr: ask.rate(CATALOGUE.streamInterrupted, { by: ['by'] }), legend: '{{by}}' }],
        unit: 'reqps',
        min: 0,
        width: 12,
      }),
      lines({
        title: 'Turned away',
        description:
          'Requests that a limit, a guard or a full queue refused. Refusals of a limit are as agreed; queue_full and overload_… are a lack of room.',
        queries: [{ expr: ask.rate(CATALOGUE.rejected, { by: ['reason'] }), legend: '{{reason}}' }],
        unit: 'reqps',
        min: 0,
        width: 12,
      }),
    ],
  }
}

/** Only where metrics.tenants is on. Costs are in the currency of the prices. */
export function toTenantRow(ask: Ask, { hasPrices }: { readonly hasPrices: boolean }): Row {
  const where = { model: '$model' } as const
  const most = (expr: string): string => `topk(${SHOWN_TENANTS}, ${expr})`
  const width = hasPrices ? QUARTER : THIRD
  return {
    title: 'Tenants',
    panels: [
      lines({
        title: `Requests, top ${SHOWN_TENANTS}`,
        description: 'By tenant. Whose requests crowd out the others?',
        queries: [
          { expr: most(ask.rate(CATALOGUE.tenantRequests, { where, by: ['tenant'] })), legend: '{{tenant}}' },
        ],
        unit: 'reqps',
        min: 0,
        width,
      }),
      lines({
        title: `Tokens, top ${SHOWN_TENANTS}`,
        description: 'Tokens of prompts (input) and answers (output) each second, by tenant.',
        queries: [
          {
            expr: most(ask.rate(CATALOGUE.tokens, { where, by: ['tenant', 'kind'] })),
            legend: '{{tenant}} {{kind}}',
          },
        ],
        unit: 'suffix: tok/s',
        min: 0,
        width,
      }),
      bars({
        title: `Tokens used, top ${SHOWN_TENANTS}`,
        description: 'Tokens of prompts and answers in the time that is shown, by tenant.',
        queries: [
          {
            expr: most(ask.increase(CATALOGUE.tokens, { where, by: ['tenant'], over: SHOWN_WINDOW })),
            legend: '{{tenant}}',
            isInstant: true,
          },
        ],
        unit: 'short',
        min: 0,
        width,
      }),
      ...(hasPrices
        ? [
            bars({
              title: `Cost, top ${SHOWN_TENANTS}`,
              description:
                'In the time that is shown, by tenant, in the currency of the prices of the models. An estimate from scrapes: bills are made from the records.',
              queries: [
                {
                  expr: most(ask.increase(CATALOGUE.cost, { where, by: ['tenant'], over: SHOWN_WINDOW })),
                  legend: '{{tenant}}',
                  isInstant: true,
                },
              ],
              unit: 'none',
              min: 0,
              decimals: 2,
              width,
            }),
          ]
        : []),
    ],
  }
}
