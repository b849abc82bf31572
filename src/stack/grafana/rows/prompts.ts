// The row about prompts: which models get long ones. A long prompt is slow to begin and crowds others out.
import { CATALOGUE } from '../../../telemetry/catalogue.ts'
import type { Row } from '../dashboard.ts'
import { bars, lines } from '../graphs.ts'
import { heat } from '../grids.ts'
import { SHOWN_WINDOW, toBound, toShare, type Ask } from '../query.ts'

const SHOWN_MODELS = 5
/** One of the bounds of the histogram; above it, many models need a longer context than they are started with. */
const LONG_TOKENS = 16_384

export function toPromptRow(ask: Ask): Row {
  const where = { model: '$model' } as const
  const byModel = { where, by: ['model'] } as const
  const longest = ask.quantile(0.99, CATALOGUE.promptTokens, { ...byModel, over: SHOWN_WINDOW })
  const all = ask.countRate(CATALOGUE.promptTokens, byModel)
  const short = ask.countRate(CATALOGUE.promptTokens, byModel, toBound(CATALOGUE.promptTokens, LONG_TOKENS))
  return {
    title: 'Prompts',
    panels: [
      bars({
        title: `Longest prompts, top ${SHOWN_MODELS}`,
        description:
          'Models by the length that one prompt in a hundred exceeds (P99, estimated from buckets of powers of four), in the time that is shown.',
        queries: [{ expr: `topk(${SHOWN_MODELS}, ${longest} > 0)`, legend: '{{model}}', isInstant: true }],
        unit: 'suffix: tok',
        decimals: 0,
        steps: [
          { from: null, color: 'green' },
          { from: LONG_TOKENS, color: 'yellow' },
          { from: 4 * LONG_TOKENS, color: 'red' },
        ],
      }),
      lines({
        title: `Prompts over ${LONG_TOKENS / 1024}k tokens`,
        description:
          'Share of the prompts of each model. Rising: conversations are not cut, or documents are pasted; the first token gets later.',
        queries: [{ expr: `1 - ${toShare(short, all)}`, legend: '{{model}}' }],
        unit: 'percentunit',
      }),
      heat({
        title: 'Lengths of prompts',
        description:
          'Each cell: how many prompts of that length came in that time, as the backends counted their tokens.',
        queries: [
          {
            expr: ask.buckets(CATALOGUE.promptTokens, where),
            legend: '{{le}}',
            format: 'heatmap',
            hasExemplars: true,
          },
        ],
        unit: 'short',
        rows: 'short',
        scheme: 'Spectral',
      }),
    ],
  }
}
