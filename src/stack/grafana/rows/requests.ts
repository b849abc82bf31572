// Rows about requests: how many, how they ended, and which failed.
import { CATALOGUE } from '../../../telemetry/catalogue.ts'
import type { Row } from '../dashboard.ts'
import { PROMETHEUS } from '../foreign.ts'
import { LOG_STREAM, toExploreUrl } from '../links.ts'
import { bars, heat, lines, logs, stat, type DataLink, type Panel } from '../panel.ts'
import { SHOWN_WINDOW, toShare, type Ask } from '../query.ts'

/** Ended by a fault of a backend or of the gateway; what callers did wrong and what a policy refused is not in it. */
const FAILED = { matches: 'backend_error|gateway_error' }
const CHOSEN = { model: '$model', backend: '$backend' } as const
/** Eight in a line. */
const NOW_WIDTH = 3

export function toNowRow(ask: Ask, ofInstallation: Ask): Row {
  const all = ask.rate(CATALOGUE.requests, { where: CHOSEN })
  const failed = ask.rate(CATALOGUE.requests, { where: { ...CHOSEN, outcome: FAILED } })
  const isOfModel = { gen_ai_request_model: '$model' } as const
  const firing = ofInstallation.select(PROMETHEUS.alerts, {
    alertstate: 'firing',
    severity: { matches: 'page|ticket' },
  })
  const down = `count(${ask.gauge('max', CATALOGUE.backendUp, { where: { backend: '$backend' }, by: ['backend'] })} == 0)`
  const now = (panel: Omit<Parameters<typeof stat>[0], 'queries' | 'width'>, expr: string): Panel =>
    stat({ ...panel, width: NOW_WIDTH, queries: [{ expr }] })
  return {
    title: 'Now',
    panels: [
      now(
        {
          title: 'Requests',
          unit: 'reqps',
          description: 'Requests that ended, each second, over all gateways.',
        },
        all,
      ),
      now(
        {
          title: 'Failed',
          description:
            'Share of requests that ended by a fault of a backend or of the gateway. Mistakes of callers, refusals by policy and callers that left do not count.',
          unit: 'percentunit',
          steps: [
            { from: null, color: 'green' },
            { from: 0.01, color: 'yellow' },
            { from: 0.05, color: 'red' },
          ],
        },
        toShare(failed, all),
      ),
      now(
        {
          title: 'Duration, P95',
          description: '95 of 100 successful requests were over sooner, from arrival to last byte.',
          unit: 's',
        },
        ask.quantile(0.95, CATALOGUE.genAiServerDuration, { where: { ...isOfModel, error_type: '' } }),
      ),
      now(
        {
          title: 'First token, P95',
          description:
            '95 of 100 successful requests had their first token sooner: what somebody waits who looks at a chat.',
          unit: 's',
        },
        ask.quantile(0.95, CATALOGUE.genAiTimeToFirstToken, { where: isOfModel }),
      ),
      now(
        { title: 'In flight', description: 'Requests that have arrived and are not over.', unit: 'short' },
        ask.gauge('sum', CATALOGUE.inflightRequests, { where: { model: '$model' } }),
      ),
      now(
        {
          title: 'Waiting',
          description:
            'Requests in the queues of the gateways. More than a few for more than a moment: the backends are too small, or slow.',
          unit: 'short',
        },
        ask.gauge('sum', CATALOGUE.queueDepth, { where: { backend: '$backend' } }),
      ),
      now(
        {
          title: 'Backends down',
          description: 'Backends that no gateway reaches. The row "Backends" says which.',
          unit: 'none',
          steps: [
            { from: null, color: 'green' },
            { from: 1, color: 'red' },
          ],
        },
        `${down} or vector(0)`,
      ),
      now(
        {
          title: 'Alerts',
          description:
            'Alerts of this gateway that fire in Prometheus. They are drawn into every graph as well.',
          unit: 'none',
          steps: [
            { from: null, color: 'green' },
            { from: 1, color: 'red' },
          ],
        },
        `count(${firing}) or vector(0)`,
      ),
    ],
  }
}

export function toRequestRow(ask: Ask): Row {
  const all = ask.rate(CATALOGUE.requests, { where: CHOSEN, by: ['model'] })
  const failed = ask.rate(CATALOGUE.requests, { where: { ...CHOSEN, outcome: FAILED }, by: ['model'] })
  return {
    title: 'Requests, minute by minute',
    panels: [
      heat({
        title: 'Requests by minute and model',
        description:
          'A cell is a minute of a model; the darker, the more requests each second. "other" is what was asked for and not served.',
        queries: [{ expr: all, legend: '{{model}}' }],
        unit: 'reqps',
        interval: '1m',
      }),
      heat({
        title: 'Failed requests by minute and model',
        description:
          'A cell is a minute of a model; the darker, the larger the share of its requests that a backend or the gateway failed. White is none.',
        queries: [{ expr: toShare(failed, all), legend: '{{model}}' }],
        unit: 'percentunit',
        scheme: 'Reds',
        strongest: 1,
        interval: '1m',
      }),
      lines({
        title: 'Requests by how they ended',
        description:
          'ok; caller_error (wrong key, unknown model, bad body); rejected by a limit or a guard; backend_error; gateway_error; abandoned: the caller left.',
        queries: [
          { expr: ask.rate(CATALOGUE.requests, { where: CHOSEN, by: ['outcome'] }), legend: '{{outcome}}' },
        ],
        unit: 'reqps',
        isStacked: true,
        min: 0,
      }),
    ],
  }
}

/** From a series to its lines in the log, over the time that is shown. */
function toLogLink(field: string, label: string): DataLink {
  const expr = `${LOG_STREAM} | json | ${field}="\${__field.labels.${label}}"`
  return {
    title: 'Lines of these requests in the log',
    url: toExploreUrl({ source: '${loki}', expr, from: '${__from}', to: '${__to}' }),
  }
}

export function toErrorRow(ask: Ask): Row {
  return {
    title: 'Errors',
    panels: [
      lines({
        title: 'Answers of 5xx',
        description: 'By the status the caller got. Click a line to see the requests behind it in the log.',
        queries: [
          {
            expr: ask.rate(CATALOGUE.httpRequests, {
              where: { status_code: { matches: '5..' } },
              by: ['status_code'],
            }),
            legend: '{{status_code}}',
          },
        ],
        unit: 'reqps',
        min: 0,
        links: [toLogLink('status', 'status_code')],
      }),
      lines({
        title: 'Errors by code',
        description:
          'Every request that did not end well, by the code its caller got; the reference of errors says what each means and whose fault it is. Click a line for the log.',
        queries: [
          {
            expr: ask.rate(CATALOGUE.requests, { where: { ...CHOSEN, code: { not: '' } }, by: ['code'] }),
            legend: '{{code}}',
          },
        ],
        unit: 'reqps',
        min: 0,
        hasTable: true,
        links: [toLogLink('code', 'code')],
      }),
      bars({
        title: 'Failed requests by backend',
        description:
          'In the time that is shown, by the backend that was tried last; "none": no backend could be asked.',
        queries: [
          {
            expr: `sort_desc(${ask.increase(CATALOGUE.requests, { where: { ...CHOSEN, outcome: FAILED }, by: ['backend'], over: SHOWN_WINDOW })})`,
            legend: '{{backend}}',
            isInstant: true,
          },
        ],
        unit: 'short',
        min: 0,
        decimals: 0,
        steps: [
          { from: null, color: 'green' },
          { from: 1, color: 'red' },
        ],
      }),
    ],
  }
}

export function toLogRow(): Row {
  return {
    title: 'Log of failed requests',
    isCollapsed: true,
    panels: [
      logs({
        title: 'Requests answered with 5xx',
        description:
          'The lines of the log, newest first. Open one: its request id leads to everything that was written of that request.',
        expr: `${LOG_STREAM} | json | status >= 500`,
      }),
    ],
  }
}
