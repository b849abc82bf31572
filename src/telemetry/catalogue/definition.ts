// What a catalogue entry is. Types and the numbers that only metrics need; no metric is defined here.

/** What a sample counts. A name ends in the unit where Prometheus asks for it (`_seconds`). */
export type MetricUnit =
  | 'seconds'
  | 'tokens'
  | 'requests'
  | 'alerts'
  | 'messages'
  | 'attempts'
  | 'stalls'
  | 'connections'
  | 'records'
  | 'series'
  | 'bytes'
  | 'celsius'
  | 'watts'
  | 'models'
  | 'money'
  | 'bool'
  | 'ratio'
  | 'info'

interface DefinitionBase {
  readonly name: string
  /** One sentence for whoever meets the name in a dashboard: what is counted, when, and what is left out. */
  readonly help: string
  readonly labels: readonly string[]
  readonly unit: MetricUnit
  /** The version that first exposed it. */
  readonly since: string
}

export interface CounterDefinition extends DefinitionBase {
  readonly type: 'counter'
}

export interface GaugeDefinition extends DefinitionBase {
  readonly type: 'gauge'
}

export interface HistogramDefinition extends DefinitionBase {
  readonly type: 'histogram'
  /** Upper bounds, ascending, without +Inf. */
  readonly bounds: readonly number[]
  /** OpenMetrics scrapes get the latest request id of each bucket. */
  readonly exemplars: boolean
}

export type MetricDefinition = CounterDefinition | GaugeDefinition | HistogramDefinition

/** Metrics of which the store keeps the numbers, as opposed to gauges that are read when asked. */
export type StoredDefinition = CounterDefinition | HistogramDefinition

type TextFor<Labels extends readonly string[]> = { readonly [At in keyof Labels]: string }

/** One text for each label of a definition, in its order. */
export type LabelValues<D extends MetricDefinition> = TextFor<D['labels']>

/** Seconds. Our own work takes a tenth of a millisecond; a bound above one second is there to show a disaster. */
export const OVERHEAD_BOUNDS_S: readonly number[] = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1,
]

/** Seconds. Phases differ by six orders of magnitude: connecting in 1 ms, decoding for minutes. */
export const PHASE_BOUNDS_S: readonly number[] = [
  0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 30, 60, 120, 300, 600,
]
