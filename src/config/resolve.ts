// The configuration as the program reads it: complete, frozen, one part for each subject.
import { resolve } from 'node:path'
import type { AccessSettings } from '../access/config.ts'
import type { LimitsSettings } from '../access/limits/config.ts'
import type { AlertingSettings } from '../alerting/config.ts'
import type { GatewaySettings } from '../gateway/config.ts'
import type { RecordsSettings } from '../records/config.ts'
import type { TelemetrySettings } from '../telemetry/config.ts'
import type { ServiceLevelSettings } from '../slo/settings/config.ts'
import { translateTargets } from '../slo/sla-targets/config.ts'
import type { FileSettings } from './schema.ts'

export interface ConfigSource {
  /** The file that was read, as an absolute path; undefined where there is none. */
  readonly file: string | undefined
  /** Flags and variables that gave a value. */
  readonly given: readonly string[]
}

export interface Config {
  readonly gateway: GatewaySettings
  readonly access: AccessSettings
  readonly limits: LimitsSettings
  readonly telemetry: TelemetrySettings
  readonly records: RecordsSettings
  readonly serviceLevels: ServiceLevelSettings
  readonly alerting: AlertingSettings
  /** An absolute path. */
  readonly dataDir: string
  readonly source: ConfigSource
}

export interface ResolveContext {
  readonly source: ConfigSource
  /** Where a relative data folder starts. */
  readonly dataBase: string
}

export function toConfig(settings: FileSettings, { source, dataBase }: ResolveContext): Config {
  const { tenants, state, timezone, estimates, records } = settings
  const { listen, server, backends, models, discovery, health, retry, auth, keys, metrics, log, otlp, data } =
    settings
  return deepFreeze({
    gateway: { listen, server, backends, models, discovery, health, retry, traces: otlp?.traces ?? 0 },
    access: { auth, keys },
    limits: { tenants, state, timezone, estimates },
    telemetry: { metrics, log, otlp },
    records,
    serviceLevels: toServiceLevels(settings),
    alerting: toAlerting(settings),
    dataDir: resolve(dataBase, data),
    source,
  })
}

function toServiceLevels({
  slos,
  sla_targets: targets,
  maintenance,
  alerts,
  timezone,
}: FileSettings): ServiceLevelSettings {
  return { slos: [...slos, ...translateTargets(targets).slos], maintenance, rules: alerts.rules, timezone }
}

function toAlerting({ alerts }: FileSettings): AlertingSettings {
  const { rules: _, ...alerting } = alerts
  return alerting
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  for (const part of Object.values(value)) deepFreeze(part)
  return Object.freeze(value)
}
