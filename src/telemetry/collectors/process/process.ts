// What the Prometheus client library knows of this process (CPU, memory, file descriptors, garbage collection).
// It only gathers: the values leave as samples, the library writes nothing.
import { Registry, collectDefaultMetrics } from '@prometheus-io/client'
import { toBoundText } from '../../exposition-format.ts'
import type { SampledFamily } from '../../exposition.ts'

/** Lines of exposition that these metrics take at most: about 140 on Node 24, more with more kinds of handles. */
export const PROCESS_LINES = 200

// The library samples event loop utilisation ten times a second by default; once is enough for a scrape and costs a tenth.
const UTILIZATION_PERIOD_MS = 1_000

const BOUND_LABELS: ReadonlySet<string> = new Set(['le', 'quantile'])

export interface ProcessCollector {
  collect(): Promise<readonly SampledFamily[]>
}

function toLabelText(label: string, value: string | number): string {
  if (!BOUND_LABELS.has(label) || value === '+Inf') return String(value)
  return toBoundText(Number(value))
}

export function createProcessCollector(): ProcessCollector {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, eventLoopUtilizationTimeout: UTILIZATION_PERIOD_MS })
  return {
    async collect() {
      const families = await registry.getMetricsAsJSON()
      return families.map(({ name, help, type, values }) => ({
        name,
        help,
        type: String(type),
        samples: values.map(({ labels = {}, value, metricName = name }: LibraryValue) => ({
          name: metricName,
          labels: Object.entries(labels).map(
            ([label, text = '']) => [label, toLabelText(label, text)] as const,
          ),
          value,
        })),
      }))
    },
  }
}

/** What the library's own type leaves out: a histogram's lines have names of their own. */
interface LibraryValue {
  readonly labels?: Partial<Record<string, string | number>>
  readonly value: number
  readonly metricName?: string
}
