// Receivers, routes and the rest of alerting as people write them, and every way to write them wrong.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from 'yaml'
import { toPolicy } from '../alerting/to-policy.ts'
import type { Policy } from '../alerting/policy.ts'
import { adviseOn } from './advise.ts'
import { configOf, problemsOf, settingsOf } from './fixtures/validated.ts'
import { printConfig } from './print.ts'

function policyOf(text: string): Policy {
  return toPolicy(configOf(text).alerting, {
    notifiers: new Map(),
    timeZone: 'UTC',
    runbookOf: () => undefined,
    maintenanceOf: () => undefined,
  })
}

const ONE = '{ name: oncall, kind: slack, url: "https://hooks.example/services/T/B/token" }'
const TWO = '{ name: team, kind: wecom, url: "https://qyapi.example/cgi-bin/webhook/send?key=token" }'
const alerts = (rest: string): string => `alerts: { receivers: [${ONE}, ${TWO}]${rest} }`

const RULES: Readonly<Record<string, readonly [text: string, ...problems: string[]]>> = {
  'a route leads to a receiver': [
    alerts(', routes: [{ to: [team, oncal] }, { severity: page, to: oncall }]').replace(
      '{ to: [team, oncal] }',
      '{ severity: ticket, to: [team, oncal] }',
    ),
    'alerts.routes[0].to[1]: leads nowhere: there is no receiver oncal, found "oncal"; did you mean oncall?',
  ],
  'without any receiver a route leads nowhere': [
    'alerts: { routes: [{ to: oncall }] }',
    'alerts.routes[0].to[0]: leads nowhere: there is no receiver oncall; add it to alerts.receivers',
  ],
  'a receiver is used by somebody': [
    alerts(', routes: [{ to: oncall }]'),
    'alerts.receivers[1].name: nobody is ever told through team: no route, fallback or watchdog names it, found "team"; add to: team to a route, or leave the receiver out',
  ],
  'a receiver has a name of its own': [
    `alerts: { receivers: [${ONE}, ${ONE}] }`,
    'alerts.receivers[1].name: is the same as alerts.receivers[0].name, found "oncall"; give each receiver a name of its own',
  ],
  'a fallback is another receiver': [
    `alerts: { receivers: [${ONE.replace(' }', ', fallback: oncall }')}] }`,
    'alerts.receivers[0].fallback: is the receiver itself, which then cannot be reached either, found "oncall"; name another receiver, or leave it out',
  ],
  'a fallback is there': [
    `alerts: { receivers: [${ONE.replace(' }', ', fallback: mail }')}] }`,
    'alerts.receivers[0].fallback: leads nowhere: there is no receiver mail, found "mail"; there are: oncall',
  ],
  'the heartbeat goes to somebody': [
    alerts(', watchdog: { to: hc }'),
    'alerts.watchdog.to: leads nowhere: there is no receiver hc, found "hc"; there are: oncall, team',
  ],
  'a route behind one that takes everything is never asked': [
    alerts(', routes: [{ to: oncall }, { severity: ticket, to: team }]'),
    'alerts.routes[1]: is never asked: alerts.routes[0] takes every alert before it, found a map; move it up, or add continue: true to that one',
  ],
  'a severity is one of two': [
    alerts(', routes: [{ severity: pgae, to: [oncall, team] }]'),
    'alerts.routes[0].severity: expected one of page, ticket, found "pgae"; did you mean page?',
  ],
  'a kind is one that Weir knows': [
    'alerts: { receivers: [{ name: a, kind: teams, url: "https://x.example" }] }',
    'alerts.receivers[0].kind: expected one of email, slack, dingtalk, wecom, feishu, webhook, alertmanager, found "teams"',
  ],
  'a key of another kind is unknown': [
    `alerts: { receivers: [${ONE.replace(' }', ', smtp: "smtp://mail.example" }')}] }`,
    'alerts.receivers[0].smtp: is not a key of an entry of kind slack; leave it out',
  ],
  'nothing is sent to the metadata service of a cloud': [
    'alerts: { receivers: [{ name: a, kind: webhook, url: "http://169.254.169.254/token" }] }',
    'alerts.receivers[0].url: this address is never called: it is link-local, as the metadata services of clouds are',
  ],
  'nor is mail, by its other spelling': [
    'alerts: { receivers: [{ name: a, kind: email, smtp: "smtp://[::ffff:169.254.169.254]", from: a@x.example, to: [b@x.example] }] }',
    'alerts.receivers[0].smtp: this address is never called: it is link-local, as the metadata services of clouds are',
  ],
  'a link is a URL': [
    alerts(', links: { dashboard: "grafana/{slo}" }'),
    'alerts.links.dashboard: expected a URL such as https://grafana.example/d/weir?var-slo={slo}&from={from}&to={to}, found "grafana/{slo}"',
  ],
  'an inhibition has conditions': [
    alerts(', inhibit: [{ source: [GatewayBusy], target: [alert=X] }]'),
    'alerts.inhibit[0].source[0]: expected a condition such as slo=chat-* or severity=page, found "GatewayBusy"',
  ],
  'a repeat has a sane length': [
    alerts(', routes: [{ to: [oncall, team], repeat: 5s }]'),
    'alerts.routes[0].repeat: expected a duration from 1m to 30d, found "5s"',
  ],
  'a language is one of two': [
    alerts(', language: de'),
    'alerts.language: expected one of en, zh, found "de"',
  ],
}

for (const [rule, [text, ...problems]] of Object.entries(RULES)) {
  test(`problem: ${rule}`, () => {
    assert.deepEqual(problemsOf(text), problems)
  })
}

test('a secret of a receiver stands in no problem', () => {
  const texts = [
    'alerts: { receivers: [{ name: a, kind: slack, url: "htps://hooks.example/T/token-1" }] }',
    'alerts: { receivers: [{ name: a, kind: dingtalk, url: "https://oapi.example/robot/send?access_token=token-2", secret: [token-3] }] }',
  ]
  for (const text of texts) {
    const problems = problemsOf(text)
    assert.ok(problems.length > 0)
    assert.doesNotMatch(problems.join(), /token-/)
  }
})

test('a severity that no route takes is advised of, not refused', () => {
  const text = alerts(', routes: [{ severity: page, to: [oncall, team] }]')
  assert.deepEqual(adviseOn(settingsOf(text)), [
    'alerts.routes: no route takes a ticket, so nobody is told of one',
  ])
  assert.deepEqual(adviseOn(settingsOf(alerts(''))), [])
})

test('what routes leave over is advised of', () => {
  const text = `${alerts(', routes: [{ slo: "chat-*", to: [oncall, team] }, { severity: ticket, to: team }]')}
slos: [{ name: chat-available, sli: availability, objective: 99% }]`
  const [advice = '', ...others] = adviseOn(settingsOf(text))
  assert.match(
    advice,
    /every route that takes a page has further conditions; .*a last route without conditions/,
  )
  assert.deepEqual(others, [])
})

test('a route about what does not exist is advised of, with what does', () => {
  const text = (condition: string): string => `
alerts: { receivers: [${ONE}], routes: [{ ${condition}, to: oncall, continue: true }, { to: oncall }],
  rules: [{ name: slow-p95, measure: duration, above: 3s }] }
slos: [{ name: chat-available, sli: availability, objective: 99% }]
sla_targets: { error_rate: { threshold: 1% } }`
  assert.deepEqual(adviseOn(settingsOf(text('slo: chat-slow'))).slice(-1), [
    'alerts.routes[0].slo: no objective is called chat-slow, so this route is never taken; there are: chat-available, error-rate',
  ])
  const [missing = ''] = adviseOn(settingsOf(text('alert: BackendIsDown'))).slice(-1)
  assert.match(
    missing,
    /^alerts\.routes\[0\]\.alert: no alert is called BackendIsDown, .*BackendDown.*, SlowP95$/,
  )
  for (const right of ['slo: chat-*', 'slo: error-rate', 'alert: Slo*', 'alert: SlowP95']) {
    assert.doesNotMatch(adviseOn(settingsOf(text(right))).join(), /never taken/, right)
  }
})

test('a link with a placeholder that nothing fills is advised of', () => {
  const text = alerts(', links: { dashboard: "https://g.example/{slo}/{svc}?from={fromIso}" }')
  assert.deepEqual(adviseOn(settingsOf(text)), [
    'alerts.links.dashboard: no alert has {svc}, so this link is left out of every message',
  ])
})

test('without routes everybody is told of everything, but for fallbacks and who listens for the heartbeat', () => {
  const beat = '{ name: beat, kind: webhook, url: "https://hc.example/ping/token" }'
  const policy = policyOf(
    `alerts: { receivers: [${ONE.replace(' }', ', fallback: team }')}, ${TWO}, ${beat}], watchdog: { to: beat } }`,
  )
  assert.deepEqual(
    policy.routes.map(({ to, matchers }) => ({ to, matchers })),
    [{ to: ['oncall'], matchers: [] }],
  )
  assert.deepEqual(policy.watchdog, { afterMs: 300_000, beat: { to: 'beat', everyMs: 60_000 } })
})

test('where an Alertmanager delivers, Weir itself has no routes, and receivers and heartbeat stay', () => {
  const policy = policyOf(
    `alerts: { deliver: alertmanager, receivers: [${ONE}, ${TWO}], routes: [{ to: [oncall, team] }], watchdog: { to: team } }`,
  )
  assert.deepEqual(policy.routes, [])
  assert.deepEqual([...policy.receivers.keys()], ['oncall', 'team'])
  assert.deepEqual(policy.watchdog.beat, { to: 'team', everyMs: 60_000 })
})

test('a route as it is written becomes conditions and times', () => {
  const policy = policyOf(
    alerts(
      ', routes: [{ severity: page, slo: "chat-*", to: oncall, continue: true, repeat: 2h }, { to: team, language: zh }]',
    ),
  )
  assert.deepEqual(policy.routes[0], {
    matchers: [
      { key: 'severity', pattern: 'page' },
      { key: 'slo', pattern: 'chat-*' },
    ],
    to: ['oncall'],
    continues: true,
    language: undefined,
    groupBy: ['slo', 'model'],
    waitMs: 10_000,
    intervalMs: 300_000,
    repeatMs: { page: 7_200_000, ticket: 7_200_000 },
  })
  assert.deepEqual(policy.routes[1]?.repeatMs, { page: 3_600_000, ticket: 86_400_000 })
  assert.equal(policy.routes[1]?.language, 'zh')
})

test('what is printed hides the secrets and can be read again', () => {
  const config = configOf(
    alerts(
      ', routes: [{ to: [oncall, team] }], inhibit: [{ source: [alert=A], target: [alert=B], equal: [zone] }]',
    ),
  )
  const printed = printConfig(config, 'yaml')
  assert.doesNotMatch(printed, /token/)
  const { alerts: again } = parse(printed) as { alerts: { routes: unknown[]; receivers: unknown[] } }
  assert.deepEqual(again.routes, [
    { to: ['oncall', 'team'], continue: false, groupBy: ['slo', 'model'], wait: '10s', interval: '5m' },
  ])
  assert.equal(again.receivers.length, 2)
})
