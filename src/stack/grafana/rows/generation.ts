// The row about what a reader of a chat feels: the first token, the gaps after it, and how fast text comes.
import { CATALOGUE } from '../../../telemetry/catalogue.ts'
import type { Row } from '../dashboard.ts'
import { lines } from '../graphs.ts'
import { heatOfTimes } from '../grids.ts'
import { HALF, type Panel } from '../panel.ts'
import type { Ask } from '../query.ts'
import { toQuantiles } from './latency.ts'

const READER_QUANTILES = [0.5, 0.95, 0.99] as const
const CHOSEN = { model: '$model', backend: '$backend' } as const
const ASKED = { gen_ai_request_model: '$model' } as const
const BY_ASKED = { where: ASKED, by: ['gen_ai_request_model'] } as const

export function toGenerationRow(ask: Ask): Row {
  return {
    title: 'First token and flow',
    panels: [
      toFirstToken(ask),
      toFirstTokens(ask),
      toFirstTokenByModel(ask),
      toGaps(ask),
      toFrozen(ask),
      toSpeed(ask),
      toGenerated(ask),
      toRead(ask),
    ],
  }
}

function toFirstToken(ask: Ask): Panel {
  return lines({
    title: 'First token',
    description:
      'From the arrival of a request to its first generated token, of successful requests: queue, load and prefill. Dots are single requests.',
    queries: toQuantiles(
      (ratio) => ask.quantile(ratio, CATALOGUE.genAiTimeToFirstToken, { where: ASKED }),
      READER_QUANTILES,
    ),
    unit: 's',
  })
}

function toFirstTokens(ask: Ask): Panel {
  return heatOfTimes({
    title: 'First tokens',
    description:
      'Each cell: how many requests had their first token after so long. A second band far above the first is cold loads or a queue.',
    buckets: ask.buckets(CATALOGUE.genAiTimeToFirstToken, ASKED),
  })
}

function toFirstTokenByModel(ask: Ask): Panel {
  return lines({
    title: 'First token by model, P95',
    description: 'First token of successful requests by model: one in twenty waits longer.',
    queries: [
      {
        expr: ask.quantile(0.95, CATALOGUE.genAiTimeToFirstToken, BY_ASKED),
        legend: '{{gen_ai_request_model}}',
      },
    ],
    unit: 's',
  })
}

function toGaps(ask: Ask): Panel {
  return lines({
    title: 'Gaps between tokens',
    description:
      'Each gap of each stream, not an average of them: text that stutters shows here and nowhere else.',
    queries: toQuantiles(
      (ratio) => ask.quantile(ratio, CATALOGUE.interToken, { where: CHOSEN }),
      READER_QUANTILES,
    ).map(
      // Gaps are counted by stream, too many for an exemplar each.
      (query) => ({ ...query, hasExemplars: false }),
    ),
    unit: 's',
  })
}

function toFrozen(ask: Ask): Panel {
  return lines({
    title: 'Frozen streams',
    description: 'Gaps so long that a reader sees the text stand still, each second.',
    queries: [
      {
        expr: ask.rate(CATALOGUE.streamStalls, { where: CHOSEN, by: ['model', 'backend'] }),
        legend: '{{model}} {{backend}}',
      },
    ],
    unit: 'short',
  })
}

function toSpeed(ask: Ask): Panel {
  return lines({
    title: 'Speed of a stream',
    description:
      'Tokens a second that one reader gets, of the mean request. It falls when a backend works on more requests at once.',
    queries: [
      {
        expr: `1 / (${ask.mean(CATALOGUE.genAiTimePerOutputToken, BY_ASKED)} > 0)`,
        legend: '{{gen_ai_request_model}}',
      },
    ],
    unit: 'suffix: tok/s',
  })
}

function toGenerated(ask: Ask): Panel {
  return lines({
    title: 'Tokens generated',
    description: 'By all requests together, as the backends counted them.',
    queries: [{ expr: ask.rate(CATALOGUE.genAiOutputTokens, BY_ASKED), legend: '{{gen_ai_request_model}}' }],
    unit: 'suffix: tok/s',
    isStacked: true,
    width: HALF,
  })
}

function toRead(ask: Ask): Panel {
  return lines({
    title: 'Tokens read',
    description: 'Tokens of prompts, by all requests together, as the backends counted them.',
    queries: [{ expr: ask.rate(CATALOGUE.genAiInputTokens, BY_ASKED), legend: '{{gen_ai_request_model}}' }],
    unit: 'suffix: tok/s',
    isStacked: true,
    width: HALF,
  })
}
