// What can be configured about metrics and logs.
import { z } from 'zod'
import { listenAddress } from '../config/fields.ts'

const MAX_SERIES = 100_000

export const telemetrySchema = {
  metrics: z
    .strictObject({
      listen: listenAddress().prefault('127.0.0.1:9464').describe('Where Prometheus connects.'),
      path: z
        .string()
        .regex(/^\/[A-Za-z0-9/_-]*$/, 'expected a path such as /metrics')
        .prefault('/metrics')
        .describe('The path that answers with the metrics.'),
      /** Writing a page takes time and memory for each series: about 5 ms and 600 KB at the default. */
      maxSeries: z
        .int()
        .min(1_000)
        .max(MAX_SERIES)
        .prefault(5_000)
        .describe(
          'How many time series are kept at most. What is cut is counted in `weir_series_limited_total`.',
        ),
      tenants: z
        .boolean()
        .prefault(false)
        .describe('Whether requests, tokens and cost are also counted by tenant.'),
    })
    .prefault({})
    .describe('Metrics for Prometheus.'),
  log: z
    .strictObject({
      level: z
        .enum(['debug', 'info', 'warn', 'error'])
        .prefault('info')
        .describe('The least important line that is written.'),
      format: z
        .enum(['json', 'pretty'])
        .optional()
        .describe('Without this: `pretty` on a terminal, otherwise `json`.'),
      requests: z.boolean().prefault(true).describe('Whether each request gets a line when it is over.'),
    })
    .prefault({})
    .describe('The log.'),
}

export interface TelemetrySettings {
  readonly metrics: {
    readonly listen: z.output<ReturnType<typeof listenAddress>>
    readonly path: string
    readonly maxSeries: number
    readonly tenants: boolean
  }
  readonly log: {
    readonly level: 'debug' | 'info' | 'warn' | 'error'
    /** Absent: pretty on a terminal, else json. */
    readonly format?: 'json' | 'pretty' | undefined
    readonly requests: boolean
  }
}
