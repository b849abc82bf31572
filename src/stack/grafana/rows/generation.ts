// The row about what a reader of a chat feels: the first token, the gaps after it, and how fast text comes.
import { CATALOGUE } from '../../../telemetry/catalogue.ts'
import type { Row } from '../dashboard.ts'
import { heat, lines } from '../panel.ts'
import type { Ask } from '../query.ts'
import { toQuantiles } from './latency.ts'

const READER_QUANTILES = [0.5, 0.95, 0.99] as const

export function toGenerationRow(ask: Ask): Row {
  const asked = { gen_ai_request_model: '$model' } as const
  const where = { model: '$model', backend: '$backend' } as const
  const byAsked = { where: asked, by: ['gen_ai_request_model'] } as const
  return {
    title: 'First token and flow',
    panels: [
      lines({
        title: 'First token',
        description:
          'From the arrival of a request to its first generated token, of successful requests: queue, load and prefill. Dots are single requests.',
        queries: toQuantiles(
          (ratio) => ask.quantile(ratio, CATALOGUE.genAiTimeToFirstToken, { where: asked }),
          READER_QUANTILES,
        ),
        unit: 's',
        min: 0,
      }),
      heat({
        title: 'First tokens',
        description:
          'Each cell: how many requests had their first token after so long. A second band far above the first is cold loads or a queue.',
        queries: [
          {
            expr: ask.buckets(CATALOGUE.genAiTimeToFirstToken, asked),
            legend: '{{le}}',
            format: 'heatmap',
            hasExemplars: true,
          },
        ],
        unit: 'short',
        rows: 's',
        scheme: 'Spectral',
      }),
      lines({
        title: 'First token by model, P95',
        description: 'The same by model.',
        queries: [
          {
            expr: ask.quantile(0.95, CATALOGUE.genAiTimeToFirstToken, byAsked),
            legend: '{{gen_ai_request_model}}',
          },
        ],
        unit: 's',
        min: 0,
      }),
      lines({
        title: 'Gaps between tokens',
        description:
          'Each gap of each stream, not an average of them: text that stutters shows here and nowhere else.',
        queries: toQuantiles(
          (ratio) => ask.quantile(ratio, CATALOGUE.interToken, { where }),
          READER_QUANTILES,
        ).map(
          // Gaps are counted by stream, too many for an exemplar each.
          (query) => ({ ...query, hasExemplars: false }),
        ),
        unit: 's',
        min: 0,
      }),
      lines({
        title: 'Frozen streams',
        description: 'Gaps so long that a reader sees the text stand still, each second.',
        queries: [
          {
            expr: ask.rate(CATALOGUE.streamStalls, { where, by: ['model', 'backend'] }),
            legend: '{{model}} {{backend}}',
          },
        ],
        unit: 'short',
        min: 0,
      }),
      lines({
        title: 'Speed of a stream',
        description:
          'Tokens a second that one reader gets, of the mean request. It falls when a backend works on more requests at once.',
        queries: [
          {
            expr: `1 / (${ask.mean(CATALOGUE.genAiTimePerOutputToken, byAsked)} > 0)`,
            legend: '{{gen_ai_request_model}}',
          },
        ],
        unit: 'suffix: tok/s',
        min: 0,
      }),
      lines({
        title: 'Tokens generated',
        description: 'By all requests together, as the backends counted them.',
        queries: [
          { expr: ask.rate(CATALOGUE.genAiOutputTokens, byAsked), legend: '{{gen_ai_request_model}}' },
        ],
        unit: 'suffix: tok/s',
        min: 0,
        isStacked: true,
        width: 12,
      }),
      lines({
        title: 'Tokens read',
        description: 'Tokens of prompts, by all requests together, as the backends counted them.',
        queries: [
          { expr: ask.rate(CATALOGUE.genAiInputTokens, byAsked), legend: '{{gen_ai_request_model}}' },
        ],
        unit: 'suffix: tok/s',
        min: 0,
        isStacked: true,
        width: 12,
      }),
    ],
  }
}
