// The row about whose requests they were, where tenants are counted.
import { CATALOGUE } from '../../../telemetry/catalogue.ts'
import type { Row } from '../dashboard.ts'
import { bars, lines } from '../graphs.ts'
import { QUARTER, THIRD, type Panel } from '../panel.ts'
import { SHOWN_WINDOW, type Ask, type Counter } from '../query.ts'

const SHOWN_TENANTS = 10
const CHOSEN = { model: '$model' } as const

/** The tenants with the largest values. */
function toMost(expr: string): string {
  return `topk(${SHOWN_TENANTS}, ${expr})`
}

/** Only where metrics.tenants is on. */
export function toTenantRow(ask: Ask, { hasPrices }: { readonly hasPrices: boolean }): Row {
  const width = hasPrices ? QUARTER : THIRD
  const cost = toUse(ask, CATALOGUE.cost, {
    title: `Cost, top ${SHOWN_TENANTS}`,
    description:
      'In the time that is shown, by tenant, in the currency of the prices of the models. An estimate from scrapes: bills are made from the records.',
    unit: 'none',
    decimals: 2,
    width,
  })
  return {
    title: 'Tenants',
    panels: [
      lines({
        title: `Requests, top ${SHOWN_TENANTS}`,
        description: 'Requests each second by tenant: whose crowd out the others.',
        queries: [
          {
            expr: toMost(ask.rate(CATALOGUE.tenantRequests, { where: CHOSEN, by: ['tenant'] })),
            legend: '{{tenant}}',
          },
        ],
        unit: 'reqps',
        width,
      }),
      lines({
        title: `Tokens, top ${SHOWN_TENANTS}`,
        description: 'Tokens of prompts (input) and answers (output) each second, by tenant.',
        queries: [
          {
            expr: toMost(ask.rate(CATALOGUE.tokens, { where: CHOSEN, by: ['tenant', 'kind'] })),
            legend: '{{tenant}} {{kind}}',
          },
        ],
        unit: 'suffix: tok/s',
        width,
      }),
      toUse(ask, CATALOGUE.tokens, {
        title: `Tokens used, top ${SHOWN_TENANTS}`,
        description: 'Tokens of prompts and answers in the time that is shown, by tenant.',
        unit: 'short',
        width,
      }),
      ...(hasPrices ? [cost] : []),
    ],
  }
}

type TenantCounter = Counter & { readonly labels: readonly ('tenant' | 'model' | 'kind')[] }

function toUse(ask: Ask, counter: TenantCounter, words: Omit<Parameters<typeof bars>[0], 'queries'>): Panel {
  const used = ask.increase(counter, { where: CHOSEN, by: ['tenant'], over: SHOWN_WINDOW })
  return bars({ ...words, queries: [{ expr: toMost(used), legend: '{{tenant}}', isInstant: true }] })
}
