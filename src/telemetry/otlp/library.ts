// OpenTelemetry's own exporters, asked for only where something is pushed: encoding, compression, and repeating what a collector
// refuses for a moment are theirs. Here spans and points become what they take. Neither queues nor timers.
import type { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto'
import type { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import type { OtlpSettings } from './config.ts'
import type { Metric } from './points.ts'
import type { Attributes, Span } from './span.ts'

/** Its message is for a person: what is missing and what to do. */
export class OtlpMissingError extends Error {}

export interface OtlpSender {
  /** Rejects with why none of them was taken. */
  sendSpans(spans: readonly Span[]): Promise<void>
  sendMetrics(
    metrics: readonly Metric[],
    span: { readonly startMs: number; readonly nowMs: number },
  ): Promise<void>
  close(): Promise<void>
}

export interface SenderInput {
  readonly settings: Pick<OtlpSettings, 'url' | 'headers' | 'timeout'>
  /** What is said of this gateway. */
  readonly resource: Attributes
  readonly version: string
}

type LibrarySpan = Parameters<OTLPTraceExporter['export']>[0][number]
type LibraryMetrics = Parameters<OTLPMetricExporter['export']>[0]
type LibraryMetric = LibraryMetrics['scopeMetrics'][number]['metrics'][number]

/** Rejects with an OtlpMissingError where the packages were not installed. */
export async function createSender({ settings, resource, version }: SenderInput): Promise<OtlpSender> {
  const { url, timeout } = settings
  const { TraceExporter, MetricExporter } = await load()
  const headers = Object.fromEntries(
    Object.entries(settings.headers).map(([name, value]) => [name, value.reveal()]),
  )
  const shared = { headers, timeoutMillis: timeout }
  const traces = new TraceExporter({ ...shared, url: `${url}/v1/traces` })
  const metrics = new MetricExporter({ ...shared, url: `${url}/v1/metrics` })
  const scope = { name: 'weir', version }
  return {
    sendSpans: (spans) =>
      send(
        traces,
        spans.map((span) => toLibrarySpan(span, { resource, scope })),
      ),
    sendMetrics: (read, times) => send(metrics, toLibraryMetrics(read, { ...times, resource, scope })),
    async close() {
      await Promise.all([traces.shutdown(), metrics.shutdown()])
    },
  }
}

async function load() {
  try {
    const [{ OTLPTraceExporter: TraceExporter }, { OTLPMetricExporter: MetricExporter }] = await Promise.all([
      import('@opentelemetry/exporter-trace-otlp-proto'),
      import('@opentelemetry/exporter-metrics-otlp-proto'),
    ])
    return { TraceExporter, MetricExporter }
  } catch (thrown) {
    throw new OtlpMissingError(
      'otlp: what pushes is not installed here: install @opentelemetry/exporter-trace-otlp-proto and @opentelemetry/exporter-metrics-otlp-proto, or leave otlp out',
      { cause: thrown },
    )
  }
}

interface Exporter<T> {
  export(items: T, done: (result: { code: number; error?: Error }) => void): void
}

/** ExportResultCode.SUCCESS. */
const SUCCESS = 0

function send<T>(exporter: Exporter<T>, items: T): Promise<void> {
  return new Promise((resolve, reject) => {
    exporter.export(items, ({ code, error }) => {
      if (code === SUCCESS) resolve()
      else reject(error ?? new Error('the collector did not take it'))
    })
  })
}

interface Origin {
  readonly resource: Attributes
  readonly scope: { readonly name: string; readonly version: string }
}

/** SpanKind and SpanStatusCode of the API package. */
const KINDS = { server: 1, client: 2 } as const
const STATUS = { unset: 0, error: 2 } as const
/** TraceFlags.SAMPLED. */
const SAMPLED = 1

function toLibrarySpan(span: Span, { resource, scope }: Origin): LibrarySpan {
  const { traceId, parentSpanId, startMs, endMs, error } = span
  const contextOf = (spanId: string, isRemote: boolean) => ({
    traceId,
    spanId,
    isRemote,
    traceFlags: SAMPLED,
  })
  const read = {
    name: span.name,
    kind: KINDS[span.kind],
    spanContext: () => contextOf(span.spanId, false),
    ...(parentSpanId === undefined
      ? {}
      : { parentSpanContext: contextOf(parentSpanId, span.isParentRemote) }),
    startTime: toTime(startMs),
    endTime: toTime(endMs),
    duration: toTime(endMs - startMs),
    ended: true,
    status: error === undefined ? { code: STATUS.unset } : { code: STATUS.error, message: error },
    attributes: span.attributes,
    events: span.events.map(({ name, atMs }) => ({ name, time: toTime(atMs), attributes: {} })),
    ...{ links: [], resource: toResource(resource), instrumentationScope: scope },
    ...{ droppedAttributesCount: 0, droppedEventsCount: 0, droppedLinksCount: 0 },
  }
  return read as unknown as LibrarySpan
}

/** DataPointType, and AggregationTemporality.CUMULATIVE. */
const POINT_TYPES = { histogram: 0, gauge: 2, sum: 3 } as const
const CUMULATIVE = 1
/** ValueType.DOUBLE. */
const DOUBLE = 1

interface MetricOrigin extends Origin {
  readonly startMs: number
  readonly nowMs: number
}

function toLibraryMetrics(metrics: readonly Metric[], origin: MetricOrigin): LibraryMetrics {
  const { resource, scope, startMs, nowMs } = origin
  const times = { startTime: toTime(startMs), endTime: toTime(nowMs) }
  return {
    resource: toResource(resource),
    scopeMetrics: [{ scope, metrics: metrics.map((metric) => toLibraryMetric(metric, times)) }],
  } as unknown as LibraryMetrics
}

function toLibraryMetric(metric: Metric, times: Readonly<Record<string, Time>>): LibraryMetric {
  const { name, help, unit, kind } = metric
  const points =
    metric.kind === 'histogram'
      ? metric.points.map(({ labels, counts, sum, count }) => ({
          ...times,
          attributes: labels,
          value: { buckets: { boundaries: metric.bounds, counts }, sum, count },
        }))
      : metric.points.map(({ labels, value }) => ({ ...times, attributes: labels, value }))
  const read = {
    descriptor: { name, description: help, unit, valueType: DOUBLE },
    aggregationTemporality: CUMULATIVE,
    dataPointType: POINT_TYPES[kind],
    dataPoints: points,
    isMonotonic: kind === 'sum',
  }
  return read as unknown as LibraryMetric
}

function toResource(attributes: Attributes): { readonly attributes: Attributes } {
  return { attributes }
}

/** Seconds and the rest in nanoseconds. */
type Time = readonly [number, number]

const MS_PER_SECOND = 1_000
const NS_PER_MS = 1_000_000

function toTime(ms: number): Time {
  const seconds = Math.floor(ms / MS_PER_SECOND)
  return [seconds, Math.round((ms - seconds * MS_PER_SECOND) * NS_PER_MS)]
}
