// docs/guide/notifications.md, held to what it says: its configurations run, its code verifies, and it names every kind.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { parse } from 'yaml'
import { receiverSchema, receiverSchemas } from '../../src/alerting/notifiers/config.ts'
import { createNotifier } from '../../src/alerting/notifiers/registry.ts'
import { systemClock } from '../../src/core/clock.ts'
import { createCountingIds } from '../../src/core/ids.ts'
import { startAlertmanager } from '../support/alertmanager.ts'
import { startFakeService } from '../support/receivers/fake-service.ts'
import { createMessage } from '../support/receivers/messages.ts'
import { startDingtalk } from '../support/receivers/robots.ts'
import { startGateway, toConfig, until, type Written } from '../support/weir.ts'

const GUIDE = readFileSync(new URL('../../docs/guide/notifications.md', import.meta.url), 'utf8')
const blocks = (language: string): readonly string[] =>
  [...GUIDE.matchAll(/^```(\w+)\n([\s\S]*?)^```/gm)]
    .filter((block) => block[1] === language)
    .map((block) => block[2] ?? '')
const KINDS = receiverSchemas.map((schema) => schema.shape.kind.value)

test('the configuration of the guide is valid, and has every kind of receiver', () => {
  const text = blocks('yaml')[0] ?? ''
  const env = Object.fromEntries(
    [...text.matchAll(/\$\{env:(\w+)\}/g)].map(([, name = '']) => [
      name,
      name === 'SMTP_URL' ? 'smtp://u:p@mail.example.com:587' : `https://example.com/${name}`,
    ]),
  )
  const { alerting } = toConfig(parse(text) as Written, env)
  assert.deepEqual(alerting.receivers.map(({ kind }) => kind).sort(), [...KINDS].sort())
})

test('the guide has a line about what each kind keeps to', () => {
  for (const kind of KINDS) assert.match(GUIDE, new RegExp(`^\\| \`${kind}\` `, 'm'))
})

test('the code of the guide tells our messages from others', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'weir-guide-'))
  context.after(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'verify.mjs')
  writeFileSync(file, blocks('js')[0] ?? '')
  const { isFromWeir } = (await import(pathToFileURL(file).href)) as {
    isFromWeir: (secret: string, headers: Readonly<Record<string, unknown>>, body: string) => boolean
  }
  const service = await startFakeService({
    path: '/',
    fine: { status: 200, body: '' },
    refuse: () => undefined,
  })
  context.after(() => service.close())
  for (const secret of ['a secret of mine', 'whsec_MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1u']) {
    const settings = receiverSchema.parse({ name: 'w', kind: 'webhook', url: `${service.origin}/`, secret })
    const notifier = createNotifier(settings, { clock: systemClock, ids: createCountingIds() })
    await notifier.deliver(createMessage({ language: 'zh' }), new AbortController().signal)
    await notifier.close()
    const { headers, body } = service.taken.at(-1) ?? assert.fail('nothing arrived')
    assert.equal(isFromWeir(secret, headers, body), true)
    assert.equal(isFromWeir(secret, headers, `${body} `), false)
    assert.equal(isFromWeir('another', headers, body), false)
    assert.equal(isFromWeir(secret, { ...headers, 'webhook-timestamp': '1700000000' }, body), false)
  }
})

test('Alertmanager, configured as the guide says, reaches DingTalk', async (context) => {
  const robot = await startDingtalk({ nowMs: () => Date.now() })
  context.after(() => robot.close())
  const gateway = await startGateway({
    alerts: { receivers: [{ name: 'dingtalk', kind: 'dingtalk', url: robot.url }] },
  })
  context.after(() => gateway.stop())
  const text = (blocks('yaml')[1] ?? '').replace('http://127.0.0.1:9464', new URL(gateway.metricsUrl).origin)
  const config = parse(text) as { route: Record<string, unknown> }
  // Half a minute of waiting for company is for people.
  const alertmanager = await startAlertmanager(context, {
    ...config,
    route: { ...config.route, group_wait: '50ms' },
  })
  if (alertmanager === undefined) return
  await alertmanager.post([{ labels: { alertname: 'FromTheGuide', severity: 'critical' } }])
  await until(() => robot.taken.length === 1, 'the message')
  assert.match(robot.taken[0]?.body ?? '', /PAGE: FromTheGuide/)
})
