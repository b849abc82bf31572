// What can be configured about metrics and logs.
import { z } from 'zod'
import { listenAddress, timer } from '../config/fields.ts'
import { otlpSchema, type OtlpSettings } from './otlp/config.ts'

const MAX_SERIES = 100_000

const EXPECT_TARGET = 'expected host:port, such as gateway-1.example:9464'
/** As Prometheus takes a target: no scheme, no path. */
const TARGET = /^(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):\d{1,5}$/

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
        .min(1_500)
        .max(MAX_SERIES)
        .prefault(5_000)
        .describe(
          'How many time series are kept at most. What is cut is counted in `weir_series_limited_total`.',
        ),
      collectors: z
        .strictObject({
          /** Below a second a tool for GPUs would be busy with nothing else. */
          every: timer(1_000)
            .prefault('5s')
            .describe(
              'How often the machine is read. AMD GPUs at most every 15 seconds, backends as often as they are probed at most.',
            ),
          host: z.boolean().prefault(true).describe('Memory, CPU and disks of this machine or container.'),
          gpus: z
            .boolean()
            .prefault(true)
            .describe('GPUs, where `nvidia-smi`, `amd-smi` or `rocm-smi` is installed.'),
          backends: z
            .boolean()
            .prefault(true)
            .describe(
              'How busy backends say they are on their own pages; of one alone: `backends[].metrics`.',
            ),
        })
        .prefault({})
        .describe('What is read beside the requests, for the metrics page.'),
      tenants: z
        .boolean()
        .prefault(false)
        .describe('Whether requests, tokens and cost are also counted by tenant.'),
      replicas: z
        .array(z.string({ error: EXPECT_TARGET }).regex(TARGET, EXPECT_TARGET))
        .prefault([])
        .describe(
          'The metrics listeners of all gateways that share this file, as Prometheus reaches them: for `/sd/prometheus` and `weir stack init`. Without this: this gateway alone.',
        ),
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
  otlp: otlpSchema,
}

export interface CollectorSettings {
  readonly every: number
  readonly host: boolean
  readonly gpus: boolean
  readonly backends: boolean
}

export interface TelemetrySettings {
  readonly metrics: {
    readonly listen: z.output<ReturnType<typeof listenAddress>>
    readonly path: string
    readonly maxSeries: number
    readonly tenants: boolean
    readonly collectors: CollectorSettings
    readonly replicas: readonly string[]
  }
  readonly log: {
    readonly level: 'debug' | 'info' | 'warn' | 'error'
    /** Absent: pretty on a terminal, else json. */
    readonly format?: 'json' | 'pretty' | undefined
    readonly requests: boolean
  }
  /** Undefined where nothing is pushed. */
  readonly otlp: OtlpSettings | undefined
}
