// What Grafana reads when it starts: where to ask, and where dashboards lie. `$` begins a variable there, so ours is doubled.
import type { Config } from '../../config/resolve.ts'
import type { StackPlaces } from '../stack.ts'
import { printYaml } from '../commented-yaml.ts'
import { LOG_STREAM, toExploreUrl, toRequestLogQuery } from './links.ts'

/** Where the files of this part lie on the machine or in the container of Grafana. */
export const GRAFANA_PATHS = {
  provisioning: '/etc/grafana/provisioning',
  dashboards: '/etc/grafana/dashboards',
} as const

/** By which the data sources know each other. Dashboards do not: they take whichever is chosen. */
const UIDS = { prometheus: 'prometheus', loki: 'loki', tempo: 'tempo' } as const

const HEADER =
  'Written by "weir stack init", read by Grafana when it starts. Change weir.yaml and write the stack again rather than this file.'

/** As prometheus.yml has it: rates are never taken over fewer than four samples. */
const SCRAPE_EVERY = '15s'
/** An exemplar does not say when it was: whoever clicks one looks at the last hours. */
const EXEMPLAR_LOOK_BACK = 'now-24h'
/** As the gateway writes them; longer ids of callers are cut before. */
const REQUEST_ID_IN_LINE = '"request_id":"([^"]+)"'
const MOST_LOG_LINES = 1_000

const TRACE_ID_IN_LINE = '"trace_id":"([0-9a-f]+)"'
/** Spans go to whatever takes OTLP, which need not be what is asked for them: the environment of Grafana says where that is. */
const TEMPO_URL = '${TEMPO_URL}'

/** Spans are pushed somewhere. */
export function hasTraces({ telemetry: { otlp } }: Config): boolean {
  return (otlp?.traces ?? 0) > 0
}

export interface SourceOptions {
  readonly places: StackPlaces
  readonly isTraced: boolean
}

export function toDataSources({ places, isTraced }: SourceOptions): string {
  const prometheus = {
    name: 'Prometheus',
    uid: UIDS.prometheus,
    type: 'prometheus',
    access: 'proxy',
    url: places.prometheus,
    isDefault: true,
    editable: false,
    jsonData: {
      httpMethod: 'POST',
      prometheusType: 'Prometheus',
      timeInterval: SCRAPE_EVERY,
      exemplarTraceIdDestinations: [
        { name: 'request_id', url: escaped(toExemplarUrl()), urlDisplayLabel: 'Lines of this request' },
      ],
    },
  }
  const loki = {
    name: 'Loki',
    uid: UIDS.loki,
    type: 'loki',
    access: 'proxy',
    url: places.loki,
    editable: false,
    jsonData: {
      maxLines: MOST_LOG_LINES,
      derivedFields: [
        {
          name: 'request_id',
          matcherType: 'regex',
          matcherRegex: REQUEST_ID_IN_LINE,
          datasourceUid: UIDS.loki,
          url: escaped(toRequestLogQuery('${__value.raw}')),
          urlDisplayLabel: 'Lines of this request',
        },
        ...(isTraced ? [TRACE_FIELD] : []),
      ],
    },
  }
  const datasources = [prometheus, loki, ...(isTraced ? [TEMPO] : [])]
  return printYaml({ apiVersion: 1, prune: true, datasources }, { header: HEADER })
}

const TRACE_FIELD = {
  name: 'trace_id',
  matcherType: 'regex',
  matcherRegex: TRACE_ID_IN_LINE,
  datasourceUid: UIDS.tempo,
  url: escaped('${__value.raw}'),
  urlDisplayLabel: 'Trace',
}

const TEMPO = {
  name: 'Tempo',
  uid: UIDS.tempo,
  type: 'tempo',
  access: 'proxy',
  url: TEMPO_URL,
  editable: false,
  jsonData: {
    tracesToLogsV2: {
      datasourceUid: UIDS.loki,
      customQuery: true,
      query: escaped(`${LOG_STREAM} |= "\${__trace.traceId}"`),
      spanStartTimeShift: '-5m',
      spanEndTimeShift: '5m',
    },
  },
}

function toExemplarUrl(): string {
  return toExploreUrl({
    source: UIDS.loki,
    expr: toRequestLogQuery('${__value.raw}'),
    from: EXEMPLAR_LOOK_BACK,
    to: 'now',
  })
}

export function toDashboardProvider(): string {
  const provider = {
    apiVersion: 1,
    providers: [
      {
        name: 'weir',
        folder: 'Weir',
        type: 'file',
        disableDeletion: true,
        // What is changed in the browser would be lost at the next start.
        allowUiUpdates: false,
        updateIntervalSeconds: 60,
        options: { path: GRAFANA_PATHS.dashboards, foldersFromFilesStructure: false },
      },
    ],
  }
  return printYaml(provider, { header: HEADER })
}

function escaped(text: string): string {
  return text.replaceAll('$', '$$$$')
}
