// The rows about checks of content, made where the catalogue has metrics of them: a panel of what nobody counts would be a lie.
import type { Row } from '../dashboard.ts'
import { lines, pie } from '../graphs.ts'
import { HALF, type Panel } from '../panel.ts'
import { SHOWN_WINDOW, toShare, type Ask, type Counter, type Histogram } from '../query.ts'

type GuardLabel = 'check' | 'direction' | 'verdict'

export interface GuardMetrics {
  readonly checks: Counter & { readonly labels: readonly GuardLabel[] }
  readonly seconds: Histogram & { readonly labels: readonly GuardLabel[] }
}

/** The verdict of a check that did not come to one. */
const FAILED = 'error'
const QUANTILES = [0.5, 0.95, 0.99] as const
const PERCENT = 100

export function toGuardRows(ask: Ask, { checks, seconds }: GuardMetrics): readonly Row[] {
  return [
    { title: 'Checks', panels: toCheckPanels(ask, checks) },
    {
      title: 'What checks cost',
      panels: [
        lines({
          title: 'Duration of checks',
          description: 'How long checks took. A check of a prompt is part of the wait for the first token.',
          queries: QUANTILES.map((ratio, at) => ({
            expr: ask.quantile(ratio, seconds, { by: ['direction'] }),
            legend: `{{direction}} P${ratio * PERCENT}`,
            hasExemplars: at === QUANTILES.length - 1,
          })),
          unit: 's',
          width: HALF,
        }),
        lines({
          title: 'Mean duration by check',
          description: 'By check. More than 2 s for ten minutes is what the alert of the guide rings for.',
          queries: [{ expr: ask.mean(seconds, { by: ['check'] }), legend: '{{check}}' }],
          unit: 's',
          width: HALF,
        }),
      ],
    },
  ]
}

function toCheckPanels(ask: Ask, checks: GuardMetrics['checks']): readonly Panel[] {
  const failed = ask.rate(checks, { where: { verdict: FAILED }, by: ['check'] })
  return [
    lines({
      title: 'Checks by verdict',
      description: 'Texts that were checked, each second, by what was found.',
      queries: [{ expr: ask.rate(checks, { by: ['verdict'] }), legend: '{{verdict}}' }],
      unit: 'reqps',
      isStacked: true,
    }),
    pie({
      title: 'Verdicts',
      description: 'Shares of the verdicts in the time that is shown.',
      queries: [
        {
          expr: ask.increase(checks, { by: ['verdict'], over: SHOWN_WINDOW }),
          legend: '{{verdict}}',
          isInstant: true,
        },
      ],
      unit: 'short',
    }),
    lines({
      title: 'Checks that failed',
      description:
        'Share of the checks that came to no verdict. What becomes of such requests is the policy of the guard.',
      queries: [{ expr: toShare(failed, ask.rate(checks, { by: ['check'] })), legend: '{{check}}' }],
      unit: 'percentunit',
      max: 1,
    }),
  ]
}
