// The reference page of metrics, from the catalogue: what each counts, and what it leaves out.
import type { MetricDefinition } from '../../src/telemetry/catalogue/definition.ts'
import { LIBRARY_METRICS } from '../../src/telemetry/catalogue/library.ts'
import { CATALOGUE } from '../../src/telemetry/catalogue.ts'
import { generatedNotice, markdownTable, type Generator } from './generator.ts'

const FROM = 'src/telemetry/catalogue/'

function write(): string {
  const ours: readonly MetricDefinition[] = Object.values(CATALOGUE)
  const histograms = ours.filter((definition) => definition.type === 'histogram')
  return `${generatedNotice(FROM)}# Metrics

Seconds, bytes and ratios from 0 to 1. A model that is not configured or discovered is \`other\`, and so is a path that is no route: no caller can create a series. Everything
is per process: add processes up in Prometheus.

## Requests, backends, the gateway itself

${markdownTable(
  ['metric', 'type', 'labels', 'meaning'],
  ours.map(({ name, type, labels, help }) => [
    `\`${name}\``,
    type,
    labels.map((label) => `\`${label}\``).join(' '),
    help,
  ]),
)}
## Buckets

${markdownTable(
  ['histogram', 'upper bounds'],
  histograms.map(({ name, bounds }) => [`\`${name}\``, bounds.join(' ')]),
)}
## From the client library

Process and runtime metrics under the names that every dashboard for Node knows.

${markdownTable(
  ['metric', 'type'],
  Object.entries(LIBRARY_METRICS).map(([name, type]) => [`\`${name}\``, type]),
)}`
}

export const metricsPage: Generator = { target: 'docs/reference/metrics.md', from: FROM, write }
