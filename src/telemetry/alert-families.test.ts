import assert from 'node:assert/strict'
import { test } from 'node:test'
import { linesOfAlerts, toAlertFamilies } from './alert-families.ts'
import { writeSampledFamily } from './exposition.ts'

const LIVE = {
  alerts: [
    { severity: 'page', state: 'firing', count: 1 },
    { severity: 'page', state: 'muted', count: 0 },
    { severity: 'ticket', state: 'firing', count: 0 },
    { severity: 'ticket', state: 'muted', count: 2 },
  ],
  notifications: [
    { receiver: 'oncall', result: 'delivered', count: 3 },
    { receiver: 'oncall', result: 'failed', count: 0 },
  ],
  evaluates: true,
  delivers: false,
} as const

test('alerts are shown by severity and state, messages by receiver and result, in the lines set aside', () => {
  const lines: string[] = []
  for (const family of toAlertFamilies(LIVE)) writeSampledFamily(lines, family, 'text')
  const samples = lines.filter((line) => !line.startsWith('#'))
  assert.equal(samples.length, linesOfAlerts(LIVE))
  assert.deepEqual(samples.slice(3), [
    'weir_alerts{severity="ticket",state="muted"} 2',
    'weir_alerting_up{part="evaluation"} 1',
    'weir_alerting_up{part="delivery"} 0',
    'weir_notifications_total{notifier="oncall",result="delivered"} 3',
    'weir_notifications_total{notifier="oncall",result="failed"} 0',
  ])
})

test('where nothing can raise an alert there are no series of alerts', () => {
  assert.deepEqual(toAlertFamilies(undefined), [])
  assert.equal(linesOfAlerts(undefined), 0)
})
