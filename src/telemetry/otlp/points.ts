// From the numbers of the metrics page to the points of OTLP. Pure. Names stay as they are on the page, so that whoever reads
// both finds the same series.
import type { MetricsReading, SampledFamily } from '../exposition.ts'
import type { StoreSnapshot } from '../series-store.ts'

export type PointLabels = Readonly<Record<string, string>>

export interface NumberPoint {
  readonly labels: PointLabels
  readonly value: number
}

export interface HistogramPoint {
  readonly labels: PointLabels
  /** One more than bounds; not cumulative. */
  readonly counts: readonly number[]
  readonly sum: number
  readonly count: number
}

interface MetricBase {
  readonly name: string
  readonly help: string
  /** In UCUM; empty where the name has no unit. */
  readonly unit: string
}

/** All sums and histograms count from the start of the process. */
export type Metric =
  | (MetricBase & { readonly kind: 'sum' | 'gauge'; readonly points: readonly NumberPoint[] })
  | (MetricBase & {
      readonly kind: 'histogram'
      /** Upper bounds, without +Inf. */
      readonly bounds: readonly number[]
      readonly points: readonly HistogramPoint[]
    })

export function toMetrics({ snapshot, sampled }: MetricsReading): readonly Metric[] {
  return [...toStored(snapshot), ...sampled.flatMap(toSampled)].filter(({ points }) => points.length > 0)
}

/**
 * Only where the name ends in it: Prometheus adds to a name the unit that it does not find there
 * (Prometheus and OpenMetrics Compatibility, "Metric Metadata").
 */
function toUnit(name: string): string {
  const bare = name.replace(/_total$/, '')
  if (bare.endsWith('_seconds')) return 's'
  return bare.endsWith('_bytes') ? 'By' : ''
}

function toStored({ families, cells }: StoreSnapshot): readonly Metric[] {
  return families.map(({ index, seriesCount }): Metric => {
    const { definition } = index
    const { name, help } = definition
    const series = index.series.slice(0, seriesCount).map(({ values, offset }) => ({
      labels: Object.fromEntries(definition.labels.map((label, at) => [label, values[at] ?? ''])),
      offset,
    }))
    const base = { name, help, unit: toUnit(name) }
    if (definition.type === 'counter') {
      const points = series.map(({ labels, offset }) => ({ labels, value: cells[offset] ?? 0 }))
      return { ...base, kind: 'sum', points }
    }
    const { bounds } = definition
    const points = series.map(({ labels, offset }): HistogramPoint => {
      const counts = Array.from(cells.subarray(offset, offset + bounds.length + 1))
      return { labels, counts, sum: cells[offset + bounds.length + 1] ?? 0, count: toSum(counts) }
    })
    return { ...base, kind: 'histogram', bounds, points }
  })
}

function toSampled(family: SampledFamily): readonly Metric[] {
  const { name, help, type, samples } = family
  const base = { name, help, unit: toUnit(name) }
  if (type === 'histogram') return [toSampledHistogram(family)]
  // A summary's quantiles can be added to nothing; there is none of ours.
  if (type !== 'counter' && type !== 'gauge') return []
  const points = samples.map(({ labels, value }) => ({ labels: Object.fromEntries(labels), value }))
  return [{ ...base, kind: type === 'counter' ? 'sum' : 'gauge', points }]
}

/** The client library's own histograms come as lines of a page: cumulative, by `le`. */
function toSampledHistogram({ name, help, samples }: SampledFamily): Metric {
  const bounds = new Set<number>()
  const groups = new Map<string, { labels: PointLabels; byBound: Map<number, number>; sum: number }>()
  for (const { name: line = name, labels, value } of samples) {
    const { le, ...others } = Object.fromEntries(labels)
    const key = JSON.stringify(others)
    const group = groups.get(key) ?? { labels: others, byBound: new Map<number, number>(), sum: 0 }
    groups.set(key, group)
    if (line.endsWith('_sum')) group.sum = value
    if (!line.endsWith('_bucket') || le === undefined) continue
    const bound = le === '+Inf' ? Infinity : Number(le)
    group.byBound.set(bound, value)
    if (bound !== Infinity) bounds.add(bound)
  }
  const ascending = [...bounds].toSorted((a, b) => a - b)
  const points = [...groups.values()].map(({ labels, byBound, sum }): HistogramPoint => {
    let before = 0
    const counts = [...ascending, Infinity].map((bound) => {
      const cumulative = byBound.get(bound) ?? before
      const count = cumulative - before
      before = cumulative
      return count
    })
    return { labels, counts, sum, count: before }
  })
  return { name, help, unit: toUnit(name), kind: 'histogram', bounds: ascending, points }
}

function toSum(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0)
}
