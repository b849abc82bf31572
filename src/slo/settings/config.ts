// Everything that is configured about service levels, as one part of the configuration. Types only.
import type { SloSettings } from '../config.ts'
import type { MaintenanceSettings } from '../maintenance/config.ts'
import type { RuleSettings } from '../thresholds/config.ts'

export interface ServiceLevelSettings {
  /** Those of `slos`, and what `sla_targets` came to. */
  readonly slos: readonly SloSettings[]
  readonly maintenance: readonly MaintenanceSettings[]
  readonly rules: readonly RuleSettings[]
  /** Where months and weeks begin for whoever names no zone. */
  readonly timezone: string
}
