// Whom Weir tells by itself, and whom the Alertmanager of its stack tells, are the same people: amtool is asked about the same alerts.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { findDestinations } from '../../src/alerting/routes.ts'
import { toPolicy } from '../../src/alerting/to-policy.ts'
import { toStackInput } from '../../src/app/stack.ts'
import type { Alert } from '../../src/core/alert.ts'
import { renderAlertmanager } from '../../src/stack/alertmanager/alertmanager.ts'
import { STACK_TARGETS, type StackTarget } from '../../src/stack/stack.ts'
import { componentOrSkip } from '../support/component.ts'
import { toConfig, type Written } from '../support/weir.ts'

const RECEIVERS = [
  {
    name: 'oncall',
    kind: 'dingtalk',
    url: 'https://oapi.dingtalk.com/robot/send?access_token=x',
    fallback: 'spare',
  },
  { name: 'team', kind: 'email', to: ['team@example.com'], smtp: 'smtp://mail.example.com' },
  { name: 'ops', kind: 'slack', url: 'https://hooks.slack.com/services/T/B/x' },
  { name: 'spare', kind: 'webhook', url: 'http://127.0.0.1:1/hook' },
]

const ROUTES: readonly (readonly Written[] | undefined)[] = [
  undefined,
  [
    { severity: 'page', to: 'oncall' },
    { severity: 'ticket', to: ['team', 'ops'] },
  ],
  [
    { slo: 'chat-*', to: ['team', 'ops'], continue: true },
    { alert: 'Backend*', backend: 'gpu.1', to: 'ops' },
    { model: 'qwen3:*b', severity: 'page', to: 'oncall', repeat: '30m' },
    { tenant: '*', to: 'team' },
    { severity: 'page', to: ['spare', 'oncall'] },
  ],
]

const ALERTS: readonly Pick<Alert, 'name' | 'severity' | 'labels'>[] = [
  { name: 'SloBudgetBurn', severity: 'page', labels: { slo: 'chat-first-token', model: 'qwen3:32b' } },
  { name: 'SloBudgetBurn', severity: 'ticket', labels: { slo: 'chat-' } },
  { name: 'SloBudgetBurn', severity: 'ticket', labels: { slo: 'batch', tenant: 'a "quoted" one' } },
  { name: 'BackendDown', severity: 'page', labels: { backend: 'gpu.1' } },
  { name: 'BackendDown', severity: 'page', labels: { backend: 'gpu-1' } },
  { name: 'Slow', severity: 'page', labels: { model: 'qwen3:4b' } },
  { name: 'Slow', severity: 'ticket', labels: { model: 'qwen3' } },
]

function amtoolOrSkip(t: TestContext): string | undefined {
  const found = componentOrSkip(t, 'alertmanager')
  return found === undefined ? undefined : join(dirname(found), 'amtool')
}

function withFile<T>(written: Written, target: StackTarget, use: (file: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'weir-amtool-'))
  try {
    const file = join(folder, 'alertmanager.yml')
    const [rendered] = renderAlertmanager(toStackInput(toConfig(written), { target, version: '0.0.0' }))
    writeFileSync(file, rendered?.text ?? '')
    return use(file)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test('an alert goes to the same receivers by either', (t) => {
  const amtool = amtoolOrSkip(t)
  if (amtool === undefined) return
  for (const [at, routes] of ROUTES.entries()) {
    const used =
      routes === undefined ? RECEIVERS : RECEIVERS.filter(({ name }) => JSON.stringify(routes).includes(name))
    const written = {
      alerts: {
        receivers: used.map(({ fallback, ...rest }) =>
          routes === undefined ? { ...rest, ...(fallback && { fallback }) } : rest,
        ),
        ...(routes && { routes }),
      },
    }
    const policy = toPolicy(toConfig(written).alerting, {
      ...{
        notifiers: new Map(),
        timeZone: 'UTC',
        runbookOf: () => undefined,
        maintenanceOf: () => undefined,
      },
    })
    withFile(written, 'files', (file) => {
      for (const { name, severity, labels } of ALERTS) {
        const alert = { name, severity, labels } as Alert
        const ours = findDestinations(alert, policy.routes).map(({ receiver }) => receiver)
        const given = Object.entries({ alertname: name, severity, ...labels }).map(
          ([label, value]) => `${label}=${JSON.stringify(value)}`,
        )
        const { theirs, stderr } = askAmtool(amtool, file, given)
        assert.deepEqual([...theirs], [...new Set(ours)], `${at} ${given.join(' ')} ${stderr}`)
      }
    })
  }
})

function askAmtool(amtool: string, file: string, labels: readonly string[]) {
  const args = ['config', 'routes', 'test', `--config.file=${file}`, ...labels]
  const { stdout, stderr } = spawnSync(amtool, args, { encoding: 'utf8' })
  return {
    stderr,
    theirs: new Set(
      stdout
        .trim()
        .split(',')
        .filter((name) => name !== 'nobody'),
    ),
  }
}

const EVERYTHING: Written = {
  alerts: {
    bridge: { token: 'a-token-of-the-bridge' },
    receivers: RECEIVERS,
    watchdog: { to: 'spare' },
    inhibit: [{ source: ['alert=BackendDown'], target: ['slo=chat-*'], equal: ['backend'] }],
  },
  maintenance: [
    {
      name: 'nights',
      weekly: { days: ['fri', 'sun'], from: '22:30', to: '02:00' },
      timeZone: 'Asia/Shanghai',
    },
  ],
}

test('amtool finds nothing wrong with the file, whatever the target', (t) => {
  const amtool = amtoolOrSkip(t)
  if (amtool === undefined) return
  for (const written of [{}, EVERYTHING]) {
    for (const target of STACK_TARGETS) {
      withFile(written, target, (file) => {
        const { status, stdout, stderr } = spawnSync(amtool, ['check-config', file], { encoding: 'utf8' })
        assert.equal(status, 0, `${target}: ${stdout}${stderr}`)
      })
    }
  }
})
