import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stringify } from 'yaml'
import { parseRoutes } from './alert-routes.ts'

const RECEIVERS = [
  { name: 'default' },
  { name: 'oncall', webhook_configs: [{ url: '<secret>' }] },
  { name: 'team', email_configs: [{ to: 'a@example.com' }] },
  { name: 'empty', slack_configs: [] },
]

const PAGE = { alertname: 'GatewayDown', severity: 'page' }

function reach(routes: readonly unknown[], labels: Readonly<Record<string, string>>): readonly string[] {
  const table = parseRoutes(stringify({ route: { receiver: 'default', routes }, receivers: RECEIVERS }))
  return table?.receiversOf(labels) ?? []
}

test('the first route that matches counts, the deepest of it, and others only behind one that continues', () => {
  assert.deepEqual(reach([], PAGE), ['default'])
  const page = { matchers: ['severity="page"'], receiver: 'oncall' }
  assert.deepEqual(reach([page, { receiver: 'team' }], PAGE), ['oncall'])
  assert.deepEqual(reach([{ ...page, continue: true }, { receiver: 'team' }], PAGE), ['oncall', 'team'])
  assert.deepEqual(
    reach([{ matchers: ['severity="page"'], routes: [{ match: { alertname: 'X' } }] }], PAGE),
    ['default'],
  )
  assert.deepEqual(reach([{ receiver: 'team', routes: [page] }], PAGE), ['oncall'])
})

test('every form of a matcher is understood', () => {
  const matching = [
    { match: { severity: 'page' } },
    { match_re: { alertname: 'Gateway.*' } },
    { matchers: ['severity = page'] },
    { matchers: ['severity=~"page|ticket"', 'alertname!="Other"'] },
    { matchers: ['{severity="page", alertname=~"Gateway.+"}'] },
    { matchers: ['team=""'] },
    { matchers: ['alertname!~"Slo.*"'] },
  ]
  for (const route of matching)
    assert.deepEqual(reach([{ ...route, receiver: 'oncall' }], PAGE), ['oncall'], JSON.stringify(route))
  const others = [
    { match: { severity: 'ticket' } },
    { match_re: { alertname: 'ateway' } },
    { matchers: ['severity="critical"'] },
    { matchers: ['team!=""'] },
    { matchers: ['nonsense'] },
    { matchers: ['severity=~"("'] },
  ]
  for (const route of others)
    assert.deepEqual(reach([{ ...route, receiver: 'oncall' }], PAGE), ['default'], JSON.stringify(route))
})

test('a receiver without an integration has nowhere to go', () => {
  const table = parseRoutes(stringify({ route: { receiver: 'default' }, receivers: RECEIVERS }))
  assert.deepEqual(
    RECEIVERS.map(({ name }) => table?.isConnected(name)),
    [false, true, true, false],
  )
  assert.equal(parseRoutes('just text'), undefined)
  assert.equal(parseRoutes('a: [b'), undefined)
})
