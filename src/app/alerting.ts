// Alerting put together: receivers made from the configuration, what the log and the metrics hear of it, where it is kept.
import { createAlerting, type AlertingOptions } from '../alerting/alerting.ts'
import { createBridge, type Bridge, type BridgeReceiver } from '../alerting/bridge/bridge.ts'
import { DELIVERY_RESULTS, type DeliveryResult, type Setup } from '../alerting/delivery-desk.ts'
import { createNotifier } from '../alerting/notifiers/registry.ts'
import { toPolicy } from '../alerting/to-policy.ts'
import type { Config } from '../config/resolve.ts'
import type { Alert } from '../core/alert.ts'
import type { Clock } from '../core/clock.ts'
import type { Documents } from '../core/documents.ts'
import type { Ids } from '../core/ids.ts'
import type { AlertsLive } from '../core/live.ts'
import type { Secret } from '../core/secret.ts'
import { createMaintenance } from '../slo/maintenance/maintenance.ts'
import { toServiceLevels } from '../slo/resolve.ts'
import type { Logger } from '../telemetry/log.ts'

export interface AlertingInput {
  readonly config: Config
  /** Of the record store; undefined where none is kept, and then nobody remembers over a restart who was told. */
  readonly documents: Documents | undefined
  readonly clock: Clock
  readonly ids: Ids
  readonly logger: Pick<Logger, 'info' | 'warn' | 'error'>
}

export interface AlertingOfApp {
  /** What holds now; undefined when that cannot be known. Never rejects. */
  evaluate(alerts: readonly Alert[] | undefined): Promise<void>
  /** Another gateway leads. */
  standDown(): void
  /** Other receivers and routes from now on. */
  apply(config: Config): void
  live(): AlertsLive
  /** How an Alertmanager reaches the receivers. */
  readonly bridge: Bridge
  bridgeToken(): Secret | undefined
  close(): Promise<void>
}

export function openAlerting({ config, documents, clock, ids, logger }: AlertingInput): AlertingOfApp {
  const counts = new Map<string, number>()
  const keyOf = (receiver: string, result: DeliveryResult): string => `${result} ${receiver}`
  const telling = {
    report: (level, message, fields = {}) => logger[level](message, fields),
    count: (receiver, result) => {
      const key = keyOf(receiver, result)
      counts.set(key, (counts.get(key) ?? 0) + 1)
    },
  } satisfies Pick<AlertingOptions, 'report' | 'count'>
  let { receivers, bridge: bridgeSettings } = config.alerting
  let setup = toSetup(config, { clock, ids })
  const alerting = createAlerting({
    setup,
    ...{ documents, clock, random: () => ids.random(), ...telling },
  })
  const bridge = createBridge({
    receivers: () => toBridgeReceivers(setup),
    timeZone: () => setup.policy.timeZone,
    ...{ clock, ...telling },
  })
  return {
    evaluate: (alerts) => alerting.evaluate(alerts),
    standDown: () => alerting.standDown(),
    apply(next) {
      ;({ receivers, bridge: bridgeSettings } = next.alerting)
      setup = toSetup(next, { clock, ids })
      alerting.apply(setup)
    },
    live: () => ({
      ...alerting.gauges(),
      notifications: receivers.flatMap(({ name }) =>
        DELIVERY_RESULTS.map((result) => ({
          receiver: name,
          result,
          count: counts.get(keyOf(name, result)) ?? 0,
        })),
      ),
    }),
    bridge,
    bridgeToken: () => bridgeSettings.token,
    async close() {
      bridge.close()
      await alerting.close()
    },
  }
}

function toBridgeReceivers({ policy, notifiers }: Setup): ReadonlyMap<string, BridgeReceiver> {
  const entries = [...policy.receivers].flatMap(([name, receiver]): [string, BridgeReceiver][] => {
    const notifier = notifiers.get(name)
    return notifier === undefined ? [] : [[name, { ...receiver, notifier }]]
  })
  return new Map(entries)
}

function toSetup({ alerting, serviceLevels }: Config, tools: { clock: Clock; ids: Ids }): Setup {
  const notifiers = new Map(
    alerting.receivers.map((receiver) => [receiver.name, createNotifier(receiver, tools)]),
  )
  const levels = toServiceLevels(serviceLevels)
  const maintenance = createMaintenance(levels.maintenance)
  const runbooks = new Map(levels.objectives.map(({ name, runbook }) => [name, runbook]))
  const ruleRunbooks = new Map(levels.rules.map(({ alert, runbook }) => [alert, runbook]))
  const policy = toPolicy(alerting, {
    notifiers,
    timeZone: serviceLevels.timezone,
    runbookOf: ({ name, labels }) => ruleRunbooks.get(name) ?? runbooks.get(labels['slo'] ?? ''),
    maintenanceOf: (_, nowMs) => maintenance.at(nowMs),
  })
  return { policy, notifiers }
}
