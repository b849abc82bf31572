// The whole configuration file: every subject's own schema, put together. What a subject needs is written in its config.ts.
import { z } from 'zod'
import { accessSchema } from '../access/config.ts'
import { limitsTopSchema } from '../access/limits/config.ts'
import { alertingSchema } from '../alerting/config.ts'
import { gatewaySchema } from '../gateway/config.ts'
import { recordsSchema } from '../records/config.ts'
import { slosSchema } from '../slo/config.ts'
import { maintenanceListSchema } from '../slo/maintenance/config.ts'
import { slaTargetsSchema } from '../slo/sla-targets/config.ts'
import { rulesSchema } from '../slo/thresholds/config.ts'
import { telemetrySchema } from '../telemetry/config.ts'

const { listen, ...gateway } = gatewaySchema

/** The keys of the file. The rules between them are in cross-check.ts. */
export const configSchema = z.strictObject({
  $schema: z.string().optional().describe('Where an editor finds the schema of this file; not read by Weir.'),
  listen,
  ...telemetrySchema,
  data: z
    .string()
    .min(1)
    .prefault('./weir-data')
    .describe(
      'The folder for what is kept. A relative path in the file starts at the folder of the file; anywhere else, and by default, where Weir was started.',
    ),
  ...gateway,
  ...accessSchema,
  ...limitsTopSchema,
  ...recordsSchema,
  slos: slosSchema,
  sla_targets: slaTargetsSchema,
  maintenance: maintenanceListSchema,
  alerts: z
    .strictObject({ ...alertingSchema, rules: rulesSchema })
    .prefault({})
    .describe('Who is told of what.'),
})

export type FileSettings = z.output<typeof configSchema>
