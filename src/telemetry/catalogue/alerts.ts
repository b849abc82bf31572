// The metrics of alerting: what holds now, what became of messages, and whether alerting itself works. Data only.
import type { CounterDefinition, GaugeDefinition } from './definition.ts'

export const ALERT_METRICS = {
  alerts: {
    name: 'weir_alerts',
    type: 'gauge',
    help: 'Alerts that hold now, by severity (page, ticket) and state: firing, or muted by a silence, by maintenance or by another alert. 0 on a gateway that does not lead.',
    labels: ['severity', 'state'],
    unit: 'alerts',
    since: '0.1.0',
  },
  alertingUp: {
    name: 'weir_alerting_up',
    type: 'gauge',
    help: '1 while the part of alerting works: evaluation (it is known what holds), delivery (no receiver refuses what it is owed); 0 after alerts.watchdog.after without a success.',
    labels: ['part'],
    unit: 'bool',
    since: '0.1.0',
  },
  notifications: {
    name: 'weir_notifications_total',
    type: 'counter',
    help: 'Deliveries that were tried, by receiver and result: delivered, retried (it is tried again), failed (refused for good).',
    labels: ['notifier', 'result'],
    unit: 'messages',
    since: '0.1.0',
  },
} as const satisfies Record<string, CounterDefinition | GaugeDefinition>
