// Writes a metrics page from what others hold: the store, the live gauges, the client library's process metrics.
//
// Why a writer of our own and not the client library's: (1) its exemplars and histograms live in objects per observation,
// the numbers here in one typed array; (2) its registry has one content type as state, so two scrapers with different
// Accept headers at the same moment get each other's format; (3) in 0.16 an OpenMetrics scrape renames its counters for good
// (`process_cpu_seconds` in every later text scrape). The library still gathers the process metrics: values from it, text
// from here.
import type { MetricDefinition, StoredDefinition } from './catalogue/definition.ts'
import { escapeHelp, escapeLabelValue, toBoundText, toNumberText } from './exposition-format.ts'
import type { ExpositionFormat } from './exposition-format.ts'
import type { StoredSeries } from './series-index.ts'
import type { FamilySnapshot, StoreSnapshot } from './series-store.ts'

/** A metric whose values were read for this page. */
export interface SampledFamily {
  readonly name: string
  readonly type: string
  readonly help: string
  readonly unit?: string
  readonly samples: readonly Sample[]
}

export interface Sample {
  /** When it differs from the family's: `_sum`, `_count`, `_bucket`. */
  readonly name?: string
  readonly labels: readonly (readonly [string, string])[]
  readonly value: number
}

/** All numbers of one moment. */
export interface MetricsReading {
  readonly snapshot: StoreSnapshot
  readonly sampled: readonly SampledFamily[]
}

const TOTAL = '_total'

function writeHeader(
  lines: string[],
  family: Omit<SampledFamily, 'samples'>,
  format: ExpositionFormat,
): void {
  const inOpenMetrics = format === 'openmetrics'
  // OpenMetrics names the family without the suffix that its samples carry.
  const name =
    inOpenMetrics && family.type === 'counter' && family.name.endsWith(TOTAL)
      ? family.name.slice(0, -TOTAL.length)
      : family.name
  lines.push(`# HELP ${name} ${escapeHelp(family.help, format)}`, `# TYPE ${name} ${family.type}`)
  if (inOpenMetrics && family.unit === 'seconds' && name.endsWith('_seconds'))
    lines.push(`# UNIT ${name} seconds`)
}

export function writeSampledFamily(lines: string[], family: SampledFamily, format: ExpositionFormat): void {
  // A counter must end in _total on an OpenMetrics page; the library's all do today.
  const suffix =
    format === 'openmetrics' && family.type === 'counter' && !family.name.endsWith(TOTAL) ? TOTAL : ''
  writeHeader(lines, family, format)
  for (const { name = family.name, labels, value } of family.samples) {
    const pairs = labels.map(([label, text]) => `${label}="${escapeLabelValue(text)}"`).join(',')
    lines.push(`${name}${suffix}${pairs === '' ? '' : `{${pairs}}`} ${toNumberText(value)}`)
  }
}

/** A family of one definition from label values in its order. */
export function toSampledFamily(
  definition: MetricDefinition,
  samples: readonly (readonly [readonly string[], number])[],
): SampledFamily {
  return {
    name: definition.name,
    type: definition.type,
    help: definition.help,
    unit: definition.unit,
    samples: samples.map(([values, value]) => ({
      labels: definition.labels.map((label, at) => [label, values[at] ?? ''] as const),
      value,
    })),
  }
}

export function writeStoredFamily(
  lines: string[],
  { index, seriesCount }: FamilySnapshot,
  page: { readonly snapshot: StoreSnapshot; readonly format: ExpositionFormat },
): void {
  const definition: StoredDefinition = index.definition
  writeHeader(lines, definition, page.format)
  if (definition.type === 'histogram') {
    const writer = createHistogramWriter(definition.name, definition.bounds, page)
    for (const series of index.series.slice(0, seriesCount)) writer(lines, series)
    return
  }
  for (const { labels, offset } of index.series.slice(0, seriesCount)) {
    const braced = labels === '' ? '' : `{${labels}}`
    lines.push(`${definition.name}${braced} ${toNumberText(page.snapshot.cells[offset] ?? 0)}`)
  }
}

/** The label set of an exemplar, name and value together, in characters (OpenMetrics 1.0, "Exemplars"). */
const MOST_EXEMPLAR_CHARACTERS = 128
const EXEMPLAR_LABEL = 'request_id'

function createHistogramWriter(
  name: string,
  bounds: readonly number[],
  { snapshot, format }: { readonly snapshot: StoreSnapshot; readonly format: ExpositionFormat },
): (lines: string[], series: StoredSeries) => void {
  const { cells, exemplars } = snapshot
  const les = [...bounds, Infinity].map((bound) => `le="${toBoundText(bound)}"} `)
  const exemplarOf = (cell: number): string => {
    const id = exemplars.ids[cell]
    // A bucket that was empty when the snapshot was taken may have got its exemplar since.
    if (id === undefined || cells[cell] === 0) return ''
    if ([...id].length + EXEMPLAR_LABEL.length > MOST_EXEMPLAR_CHARACTERS) return ''
    const time = (exemplars.times[cell] ?? 0).toFixed(3)
    return ` # {${EXEMPLAR_LABEL}="${escapeLabelValue(id)}"} ${toNumberText(exemplars.values[cell] ?? 0)} ${time}`
  }
  return (lines, { labels, offset }) => {
    const start = `${name}_bucket{${labels}${labels === '' ? '' : ','}`
    let count = 0
    for (const [bucket, le] of les.entries()) {
      const cell = offset + bucket
      count += cells[cell] ?? 0
      lines.push(`${start}${le}${count}${format === 'openmetrics' ? exemplarOf(cell) : ''}`)
    }
    const braced = labels === '' ? '' : `{${labels}}`
    lines.push(
      `${name}_sum${braced} ${toNumberText(cells[offset + les.length] ?? 0)}`,
      `${name}_count${braced} ${count}`,
    )
  }
}
