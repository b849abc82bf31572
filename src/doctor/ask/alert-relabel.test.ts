import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stringify } from 'yaml'
import { isDroppedOnTheWay } from './alert-relabel.ts'

const PAGE = { alertname: 'GatewayDown', severity: 'page' }

const isDropped = (...rules: readonly unknown[]): boolean =>
  isDroppedOnTheWay(stringify({ alerting: { alert_relabel_configs: rules } }), PAGE)

test('an alert is dropped by a rule that drops what it is like, or keeps what it is not', () => {
  assert.ok(isDropped({ source_labels: ['severity'], regex: 'page|ticket', action: 'drop' }))
  assert.ok(isDropped({ source_labels: ['severity', 'alertname'], regex: 'page;Gateway.*', action: 'drop' }))
  assert.ok(isDropped({ source_labels: ['team'], regex: 'mine', action: 'keep' }))
  assert.ok(isDropped({ action: 'drop' }), 'a rule without labels matches everything')
})

test('other rules let it through, and so does a file that cannot be read', () => {
  assert.ok(!isDropped())
  assert.ok(!isDropped({ source_labels: ['severity'], regex: 'pag', action: 'drop' }))
  assert.ok(!isDropped({ source_labels: ['severity'], regex: 'page', action: 'keep' }))
  assert.ok(!isDropped({ regex: 'replica', action: 'labeldrop' }))
  assert.ok(!isDropped({ source_labels: ['severity'], regex: '(', action: 'drop' }))
  assert.ok(!isDroppedOnTheWay('a: [b', PAGE))
  assert.ok(!isDroppedOnTheWay('', PAGE))
})
