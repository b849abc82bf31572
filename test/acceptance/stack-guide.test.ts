// docs/guide/stack.md, held to what it says: its configuration becomes a stack, and the gateway answers Prometheus as it shows.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { parse } from 'yaml'
import { toPolicy } from '../../src/alerting/to-policy.ts'
import { toStackInput } from '../../src/app/stack.ts'
import { adviseOnStack } from '../../src/stack/advise.ts'
import { renderStack } from '../../src/stack/parts.ts'
import { STACK_TARGETS } from '../../src/stack/stack.ts'
import { startGateway, toConfig, type Written } from '../support/weir.ts'

const GUIDE = readFileSync(new URL('../../docs/guide/stack.md', import.meta.url), 'utf8')
const [FILE = ''] = [...GUIDE.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text]) => text ?? '')
const [, SHOWN = ''] = /^(\[\{"targets".*\}), …\]$/m.exec(GUIDE) ?? []

const ENV = {
  WEIR_BRIDGE_TOKEN: 'hunter2-hunter2-hunter2',
  DINGTALK_URL: 'https://oapi.dingtalk.com/robot/send?access_token=hunter3',
  DINGTALK_SECRET: 'SEChunter4',
  SMTP_URL: 'smtps://bot%40example.com:hunter5@mail.example.com',
}

const config = toConfig(parse(FILE) as Written, ENV)

test('the configuration of the guide becomes a stack for every target, with nothing to warn of and no secret in it', () => {
  for (const target of STACK_TARGETS) {
    const input = toStackInput(config, { target, version: '0.0.0' })
    const warnings = adviseOnStack(input).filter((advice) => !advice.includes('metrics.listen'))
    assert.deepEqual(warnings, [], target)
    const files = renderStack(input)
    assert.ok(files.some(({ path }) => path === 'alertmanager/alertmanager.yml'))
    for (const { path, text } of files) assert.doesNotMatch(text, /hunter/, `${target} ${path}`)
  }
})

test('Weir itself tells nobody by the configuration of the guide', () => {
  const policy = toPolicy(config.alerting, {
    ...{ notifiers: new Map(), timeZone: 'UTC', runbookOf: () => undefined, maintenanceOf: () => undefined },
  })
  assert.deepEqual(policy.routes, [])
})

test('the gateway of a container leaves telling people to Alertmanager, unless the file says otherwise', () => {
  const deliverOf = (target: 'compose' | 'files', alerts: Written = {}): unknown =>
    toStackInput(toConfig({ alerts }), { target, version: '0.0.0' }).config.alerting.deliver
  assert.deepEqual(
    [deliverOf('compose'), deliverOf('files'), deliverOf('compose', { deliver: 'weir' })],
    ['alertmanager', undefined, 'weir'],
  )
  const [file] = renderStack(toStackInput(toConfig({}), { target: 'compose', version: '0.0.0' })).filter(
    ({ path }) => path.endsWith('weir.yaml') && path.startsWith('weir/'),
  )
  assert.equal((parse(file?.text ?? '') as { alerts?: { deliver?: string } }).alerts?.deliver, 'alertmanager')
})

test('the gateway lists what to scrape as the guide shows it, itself by the address it was reached at', async (t) => {
  const gateway = await startGateway({
    backends: [{ name: 'gpu-1', url: 'http://127.0.0.1:1', kind: 'vllm', apiKey: 'hunter6' }],
  })
  t.after(() => gateway.stop())
  const page = new URL('/sd/prometheus', gateway.metricsUrl)
  const answer = await fetch(page)
  assert.deepEqual([answer.status, answer.headers.get('content-type')], [200, 'application/json'])
  const text = await answer.text()
  assert.doesNotMatch(text, /hunter/)
  const [self, backend] = JSON.parse(text) as unknown[]
  assert.deepEqual(self, { targets: [page.host], labels: { job: 'weir', __metrics_path__: '/metrics' } })
  const [shown] = JSON.parse(`${SHOWN.replace('10.0.0.5:8000', '127.0.0.1:1')}]`) as unknown[]
  assert.deepEqual(backend, shown)
  assert.equal((await fetch(page, { method: 'POST' })).status, 405)
  assert.equal((await fetch(page, { method: 'HEAD' })).status, 200)
})
