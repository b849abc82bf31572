// Rows about requests: how many, how they ended, which failed, and their lines in the log.
import { CATALOGUE } from '../../../telemetry/catalogue.ts'
import type { Row } from '../dashboard.ts'
import { LOG_STREAM, toExploreUrl } from '../links.ts'
import { bars, lines } from '../graphs.ts'
import { heat, logs } from '../grids.ts'
import type { Panel, DataLink } from '../panel.ts'
import { SHOWN_WINDOW, toShare, type Ask } from '../query.ts'

/** Ended by a fault of a backend or of the gateway; what callers did wrong and what a policy refused is not in it. */
export const FAILED = { matches: 'backend_error|gateway_error' }
export const CHOSEN = { model: '$model', backend: '$backend' } as const
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
        links: [toLogLink('status', 'status_code')],
      }),
      toErrorCodes(ask),
      toFailedByBackend(ask),
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

function toErrorCodes(ask: Ask): Panel {
  return lines({
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
    hasTable: true,
    links: [toLogLink('code', 'code')],
  })
}

function toFailedByBackend(ask: Ask): Panel {
  return bars({
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
    decimals: 0,
    steps: [
      { from: null, color: 'green' },
      { from: 1, color: 'red' },
    ],
  })
}
