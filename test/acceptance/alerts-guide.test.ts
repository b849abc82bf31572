// docs/guide/alerts.md, held to what it says: its configuration is read, its routes lead where it says, its commands exist.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { parse } from 'yaml'
import { findDestinations } from '../../src/alerting/routes.ts'
import { toBurn } from '../../src/alerting/fixtures/alerts.ts'
import { PIPELINE } from '../../src/alerting/pipeline.ts'
import { toPolicy } from '../../src/alerting/to-policy.ts'
import type { Config } from '../../src/config/resolve.ts'
import { toConfig, type Written } from '../support/weir.ts'

const GUIDE = readFileSync(new URL('../../docs/guide/alerts.md', import.meta.url), 'utf8')
const [FILE = '', ROUTES = ''] = [...GUIDE.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text]) => text ?? '')

const ENV = {
  DINGTALK_URL: 'https://oapi.dingtalk.com/robot/send?access_token=x',
  DINGTALK_SECRET: 'SECx',
  SMTP_URL: 'smtps://user:password@mail.example.com:465',
  TICKETS_URL: 'https://tickets.example/hooks/x',
  HEALTHCHECK_URL: 'https://hc.example/ping/x',
}

function policyOf({ alerting }: Config) {
  const notifiers = new Map<string, { readonly refreshMs: number }>()
  return toPolicy(alerting, {
    ...{ notifiers, timeZone: 'UTC', runbookOf: () => undefined, maintenanceOf: () => undefined },
  })
}

test('the configuration of the guide tells whom it says it tells', () => {
  const { routes, receivers, watchdog } = policyOf(toConfig(parse(FILE) as Written, ENV))
  const whoHears = (severity: 'page' | 'ticket') =>
    findDestinations(toBurn({ severity }), routes).map(({ receiver }) => receiver)
  assert.deepEqual(whoHears('page'), ['oncall'])
  assert.deepEqual(whoHears('ticket'), ['tickets'])
  assert.equal(receivers.get('oncall')?.fallback, 'mail')
  assert.deepEqual(watchdog.beat, { to: 'healthcheck', everyMs: 60_000 })
})

test('the routes of the guide are routes', () => {
  const receivers = ['checkout-team', 'oncall', 'tickets'].map((name) => ({
    ...{ name, kind: 'webhook', url: 'https://hooks.example/x' },
  }))
  const { routes } = parse(ROUTES) as { readonly routes: unknown }
  const policy = policyOf(toConfig({ alerts: { receivers, routes } }))
  assert.deepEqual(
    findDestinations(toBurn({ slo: 'checkout-fast' }), policy.routes).map(({ receiver }) => receiver),
    ['checkout-team', 'oncall'],
  )
})

test('the stages of the guide are those of the pipeline', () => {
  const told = [...GUIDE.matchAll(/^\d\. \*\*(\w+)\.\*\*/gm)].map(([, name]) => name?.toLowerCase())
  assert.deepEqual(told, PIPELINE.map((stage) => stage.name).slice(1))
})
