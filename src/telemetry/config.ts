// What can be configured about metrics and logs.
import { z } from 'zod'
import { listenAddress } from '../config/fields.ts'

export const telemetrySchema = {
  metrics: z
    .strictObject({
      listen: listenAddress().prefault('127.0.0.1:9464'),
      path: z
        .string()
        .regex(/^\/[A-Za-z0-9/_-]*$/, 'expected a path such as /metrics')
        .prefault('/metrics'),
      /** Serialising the registry blocks the event loop: 3-16 ms at 1,700 series, 50-200 ms at 17,000. */
      maxSeries: z.int().min(100).prefault(5_000),
      /** Opt-in: counters by tenant. */
      tenants: z.boolean().prefault(false),
    })
    .prefault({}),
  log: z
    .strictObject({
      level: z.enum(['debug', 'info', 'warn', 'error']).prefault('info'),
      format: z.enum(['json', 'pretty']).optional(),
      /** One line per request. */
      requests: z.boolean().prefault(true),
    })
    .prefault({}),
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
