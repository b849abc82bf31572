// The golden files are written anew by: node --test --test-update-snapshots src/stack/alertmanager/alertmanager.test.ts
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import { toConfig, type Written } from '../../../test/support/weir.ts'
import { toStackInput } from '../../app/stack.ts'
import { STACK_TARGETS, type StackInput, type StackTarget } from '../stack.ts'
import { renderAlertmanager, toAlertmanagerSecrets, toBridged } from './alertmanager.ts'

const EVERY_KIND: Written = {
  metrics: { listen: '127.0.0.1:9464' },
  slos: [{ name: 'chat-available', sli: 'availability', objective: '99.5%', window: '30d' }],
  maintenance: [
    {
      name: 'sunday',
      weekly: { days: ['sat', 'sun'], from: '22:00', to: '02:00' },
      timeZone: 'Asia/Shanghai',
    },
    { name: 'move', from: '2026-12-31T22:00:00Z', to: '2026-12-31T23:00:00Z' },
  ],
  alerts: {
    bridge: { token: 'hunter0-0123456789' },
    receivers: [
      {
        ...{ name: 'oncall', kind: 'dingtalk', secret: 'SEChunter1' },
        url: 'https://oapi.dingtalk.com/robot/send?access_token=hunter2',
      },
      {
        ...{ name: 'mail', kind: 'email', to: ['a@example.com', 'b@example.com'] },
        smtp: 'smtp://bot%40example.com:hunter%253@mail.example.com',
      },
      { name: 'ops', kind: 'slack', url: 'https://hooks.slack.com/services/T/B/hunter4' },
      { name: 'inside', kind: 'webhook', url: 'http://127.0.0.1:9999/hook', resolved: false },
      { name: 'tickets', kind: 'webhook', url: 'https://tickets.example/hunter5', bearer: 'hunter6' },
      { name: 'signed', kind: 'webhook', url: 'http://127.0.0.1:9998/hook', secret: 'hunter7' },
      { name: 'beat', kind: 'webhook', url: 'https://hc.example/hunter8' },
    ],
    watchdog: { to: 'beat' },
    inhibit: [{ source: ['alert=BackendDown'], target: ['alert=Slow*'], equal: ['backend'] }],
    routes: [
      { severity: 'page', to: ['oncall', 'inside'], repeat: '30m' },
      { slo: 'chat-*', to: 'mail', continue: true, groupBy: ['slo'], wait: '30s', interval: '1m' },
      { to: ['ops', 'tickets', 'signed'] },
    ],
  },
}

function inputOf(written: Written, target: StackTarget = 'files'): StackInput {
  return toStackInput(toConfig(written), { target, version: '1.2.3' })
}

function textOf(input: StackInput): string {
  const [file] = renderAlertmanager(input)
  return file?.text ?? ''
}

interface Shown {
  readonly route: { readonly receiver: string; readonly routes: readonly Readonly<Record<string, unknown>>[] }
  readonly receivers: readonly Readonly<Record<string, unknown>>[]
  readonly inhibit_rules: readonly {
    readonly source_matchers: readonly string[]
    readonly target_matchers: readonly string[]
    readonly equal?: readonly string[]
  }[]
}

function shownOf(written: Written, target?: StackTarget): Shown {
  return parse(textOf(inputOf(written, target))) as Shown
}

test('every kind of receiver and route gives this file, for each target', (t) => {
  for (const target of STACK_TARGETS) {
    t.assert.fileSnapshot(
      textOf(inputOf(EVERY_KIND, target)),
      join(import.meta.dirname, 'fixtures', `every-kind.${target}.golden`),
      { serializers: [String] },
    )
  }
})

test('no secret is in the file, and each file of a secret is named with what belongs in it', () => {
  for (const target of STACK_TARGETS) {
    const input = inputOf(EVERY_KIND, target)
    assert.doesNotMatch(textOf(input), /hunter/, target)
    for (const { file, holds } of toAlertmanagerSecrets(input)) {
      assert.ok(textOf(input).includes(file), file)
      assert.match(holds, /^(?:the password in )?alerts\./)
    }
  }
})

test('a webhook is told without the gateway where Alertmanager can read its address from a file or the address is no secret', () => {
  assert.deepEqual(toBridged(inputOf(EVERY_KIND)), ['oncall', 'tickets', 'signed', 'beat'])
  assert.deepEqual(toBridged(inputOf(EVERY_KIND, 'compose')), ['oncall', 'signed'])
})

test('a newer Alertmanager is asked for only where the file needs one: Slack is read from a file by older ones too', () => {
  for (const target of STACK_TARGETS) {
    const text = textOf(inputOf(EVERY_KIND, target))
    assert.equal(text.includes('# For Alertmanager 0.26'), / url_file: /.test(text), target)
  }
})

test('an address is written out only where nothing in it can be a token', () => {
  const urlOf = (url: string): unknown => {
    const { receivers } = shownOf(
      { alerts: { receivers: [{ name: 'hook', kind: 'webhook', url }] } },
      'compose',
    )
    return receivers[1]?.['webhook_configs']
  }
  for (const url of ['http://localhost/', 'http://tickets:8080/hooks/weir', 'http://[::1]:1/hook']) {
    assert.deepEqual(urlOf(url), [{ url, send_resolved: true }])
  }
  for (const url of [
    'https://hooks.example.com/hook',
    'http://127.0.0.1:1/s3cret',
    'http://127.0.0.1:1/hook?key=secret',
    'http://tickets/verylongwordofletters',
    'http://tickets/TOKEN',
  ]) {
    assert.ok(!JSON.stringify(urlOf(url)).includes(url), url)
  }
})

test('without receivers everything leads to nobody, and the file says so', () => {
  const text = textOf(inputOf({}))
  assert.match(text, /# There are no receivers: alerts are seen on the page of Alertmanager only\./)
  assert.deepEqual((parse(text) as Shown).receivers, [{ name: 'nobody' }])
})

test('where the gateway tells by itself, Alertmanager is silent about what both would say', () => {
  const { route } = shownOf({
    ...EVERY_KIND,
    alerts: { ...(EVERY_KIND['alerts'] as object), deliver: 'weir' },
  })
  const silent = route.routes.filter(({ receiver }) => receiver === 'nobody').map(({ matchers }) => matchers)
  assert.deepEqual(silent, [
    ['severity="none"'],
    ['alertname=~"BackendDown|AlertPipelineDead"'],
    ['slo=~".+"'],
    ['rule=~".+"'],
  ])
})

test('every label that must be equal must also be there: two missing ones are equal for Alertmanager', () => {
  const { inhibit_rules: rules } = shownOf(EVERY_KIND)
  const guarded = rules.filter(({ equal }) => equal !== undefined)
  assert.equal(guarded.length, 5)
  for (const { equal = [], source_matchers: source, target_matchers: target } of guarded) {
    for (const label of equal) {
      assert.ok(source.includes(`${label}=~".+"`) && target.includes(`${label}=~".+"`), label)
    }
  }
})

test('of several gateways one that is down hides nothing that the others say', () => {
  const hides = (written: Written, target?: StackTarget): boolean =>
    JSON.stringify(shownOf(written, target).inhibit_rules).includes('GatewayDown')
  assert.equal(hides({}), true)
  assert.equal(hides({ metrics: { replicas: ['gw-1:9464', 'gw-2:9464'] } }), false)
  assert.equal(hides({}, 'kubernetes'), false)
})

test('with one backend a promise that burns hides that it is away, unless the configuration hides the other way round', () => {
  const one = { name: 'a', url: 'http://127.0.0.1:1', kind: 'openai' }
  const slos = [
    { name: 'up', sli: 'availability', objective: '99%' },
    { name: 'fast', sli: { duration: '3s' }, objective: '95%' },
  ]
  const sourcesOf = (written: Written): unknown =>
    shownOf(written)
      .inhibit_rules.filter(({ target_matchers: target }) => target.join() === 'alertname="BackendDown"')
      .map(({ source_matchers: source }) => source)
  assert.deepEqual(sourcesOf({ backends: [one], slos }), [['severity="page"', 'slo="up"']])
  assert.deepEqual(sourcesOf({ backends: [one, { ...one, name: 'b' }], slos }), [])
  assert.deepEqual(sourcesOf({ backends: [one] }), [])
  const inhibit = [{ source: ['alert=BackendDown'], target: ['alert=SloBudgetBurn'] }]
  assert.deepEqual(sourcesOf({ backends: [one], slos, alerts: { inhibit } }), [])
})

test('a spent budget hides that it burns, unless only one of the two reaches somebody or the configuration hides the other way round', () => {
  const isHidden = (alerts: Written): boolean =>
    shownOf({ alerts }).inhibit_rules.some(({ source_matchers: [source] }) =>
      source?.includes('SloBudgetExhausted'),
    )
  const receivers = [{ name: 'hook', kind: 'webhook', url: 'http://127.0.0.1:1' }]
  assert.equal(isHidden({}), true)
  assert.equal(isHidden({ receivers, routes: [{ alert: 'SloBudget*', to: 'hook' }] }), true)
  assert.equal(isHidden({ receivers, routes: [{ alert: 'SloBudgetExhausted', to: 'hook' }] }), false)
  const inhibit = (source: string, target: string): Written => ({
    inhibit: [{ source: [source], target: [target] }],
  })
  assert.equal(isHidden(inhibit('alert=SloBudgetBurn', 'alert=SloBudgetExhausted')), false)
  assert.equal(isHidden(inhibit('severity=ticket', 'alert=SloBudget*')), false)
  assert.equal(isHidden(inhibit('alert=BackendDown', 'alert=SloBudget*')), true)
})

test('mail is sent natively as far as Alertmanager speaks what the server does', () => {
  const mailOf = (smtp: string, rest: Written = {}): unknown => {
    const receivers = [{ name: 'mail', kind: 'email', to: ['a@example.com'], smtp, ...rest }]
    return shownOf({ alerts: { receivers } }).receivers[1]
  }
  const address = { to: 'a@example.com', from: 'a@example.com' }
  assert.deepEqual(mailOf('smtps://mail.example.com'), {
    name: 'mail',
    email_configs: [
      { ...address, smarthost: 'mail.example.com:465', require_tls: false, send_resolved: true },
    ],
  })
  assert.deepEqual(mailOf('smtp://mail.example.com:25', { starttls: 'never', from: 'w@example.com' }), {
    name: 'mail',
    email_configs: [
      {
        ...{ ...address, from: 'w@example.com' },
        ...{ smarthost: 'mail.example.com:25', require_tls: false, send_resolved: true },
      },
    ],
  })
  // TLS from the start on another port is what it cannot do.
  assert.match(JSON.stringify(mailOf('smtps://mail.example.com:4465')), /hooks\/alertmanager\/mail/)
})
