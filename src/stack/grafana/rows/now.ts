// The row of what an operator looks at first: eight numbers of this moment.
import { CATALOGUE } from '../../../telemetry/catalogue.ts'
import type { Row } from '../dashboard.ts'
import { ALERTS } from '../../foreign.ts'
import { stat } from '../graphs.ts'
import type { Panel, Step } from '../panel.ts'
import { toShare, type Ask } from '../query.ts'
import { CHOSEN, FAILED } from './requests.ts'

/** Eight in a line. */
const NOW_WIDTH = 3
const OF_MODEL = { gen_ai_request_model: '$model' } as const
const OF_BACKEND = { where: { backend: '$backend' } } as const
const SHARE_STEPS: readonly Step[] = [
  { from: null, color: 'green' },
  { from: 0.01, color: 'yellow' },
  { from: 0.05, color: 'red' },
]
const ANY_IS_BAD: readonly Step[] = [
  { from: null, color: 'green' },
  { from: 1, color: 'red' },
]

export function toNowRow(ask: Ask, ofInstallation: Ask): Row {
  return { title: 'Now', panels: [...toTraffic(ask), ...toRoom(ask), ...toTrouble(ask, ofInstallation)] }
}

function now(words: Omit<Parameters<typeof stat>[0], 'queries' | 'width'>, expr: string): Panel {
  return stat({ ...words, width: NOW_WIDTH, queries: [{ expr }] })
}

function toTraffic(ask: Ask): readonly Panel[] {
  const all = ask.rate(CATALOGUE.requests, { where: CHOSEN })
  const failed = ask.rate(CATALOGUE.requests, { where: { ...CHOSEN, outcome: FAILED } })
  return [
    now(
      {
        title: 'Requests',
        description: 'Requests that ended, each second, over all gateways.',
        unit: 'reqps',
      },
      all,
    ),
    now(
      {
        title: 'Failed',
        description:
          'Share of requests that ended by a fault of a backend or of the gateway. Mistakes of callers, refusals by policy and callers that left do not count.',
        unit: 'percentunit',
        steps: SHARE_STEPS,
      },
      toShare(failed, all),
    ),
    now(
      {
        title: 'Duration, P95',
        description: '95 of 100 successful requests were over sooner, from arrival to last byte.',
        unit: 's',
      },
      ask.quantile(0.95, CATALOGUE.genAiServerDuration, { where: { ...OF_MODEL, error_type: '' } }),
    ),
    now(
      {
        title: 'First token, P95',
        description:
          '95 of 100 successful requests had their first token sooner: what somebody waits who looks at a chat.',
        unit: 's',
      },
      ask.quantile(0.95, CATALOGUE.genAiTimeToFirstToken, { where: OF_MODEL }),
    ),
  ]
}

function toRoom(ask: Ask): readonly Panel[] {
  return [
    now(
      {
        title: 'In flight',
        description: 'Requests that have arrived and are not over.',
        unit: 'short',
      },
      ask.gauge('sum', CATALOGUE.inflightRequests, { where: { model: '$model' } }),
    ),
    now(
      {
        title: 'Waiting',
        description:
          'Requests in the queues of the gateways. More than a few for more than a moment: the backends are too small, or slow.',
        unit: 'short',
      },
      ask.gauge('sum', CATALOGUE.queueDepth, OF_BACKEND),
    ),
  ]
}

function toTrouble(ask: Ask, ofInstallation: Ask): readonly Panel[] {
  const up = ask.gauge('max', CATALOGUE.backendUp, { ...OF_BACKEND, by: ['backend'] })
  const firing = ofInstallation.select(ALERTS, {
    alertstate: 'firing',
    severity: { matches: 'page|ticket' },
  })
  return [
    now(
      {
        title: 'Backends down',
        description: 'Backends that no gateway reaches. The row "Backends" says which.',
        unit: 'none',
        steps: ANY_IS_BAD,
      },
      `count(${up} == 0) or vector(0)`,
    ),
    now(
      {
        title: 'Alerts',
        description:
          'Alerts of this gateway that fire in Prometheus. They are drawn into every graph as well.',
        unit: 'none',
        steps: ANY_IS_BAD,
      },
      `count(${firing}) or vector(0)`,
    ),
  ]
}
