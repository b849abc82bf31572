import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toConfig, type Written } from '../../test/support/weir.ts'
import { toStackInput } from '../app/stack.ts'
import { adviseOnStack } from './advise.ts'
import type { StackTarget } from './stack.ts'

const METRICS = { metrics: { listen: '127.0.0.1:9464' } }
const ROBOT = { name: 'robot', kind: 'wecom', url: 'https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=x' }
const MAIL = { name: 'mail', kind: 'email', to: ['a@example.com'], smtp: 'smtp://mail.example.com' }

function adviceOn(written: Written, target: StackTarget = 'files'): readonly string[] {
  return adviseOnStack(toStackInput(toConfig({ ...METRICS, ...written }), { target, version: '0.0.0' }))
}

test('what does what people expect of it is not advised of', () => {
  assert.deepEqual(adviceOn({}), [])
  assert.deepEqual(adviceOn({ alerts: { deliver: 'alertmanager', receivers: [MAIL, ROBOT] } }), [])
  assert.deepEqual(adviceOn({ alerts: { receivers: [MAIL] } }, 'compose'), [])
})

test('who would be told twice is advised of where the gateway is not configured by the stack', () => {
  const [advice = ''] = adviceOn({ alerts: { receivers: [MAIL] } })
  assert.match(advice, /^people would be told twice/)
  assert.deepEqual(adviceOn({ alerts: { deliver: 'weir', receivers: [MAIL] } }), [])
})

test('a bridge that would refuse another container, and one that all depend on, are advised of', () => {
  const receivers = [ROBOT]
  const [refused = '', alone = ''] = adviceOn({ alerts: { receivers } }, 'compose')
  assert.match(
    refused,
    /^Alertmanager reaches robot through the gateway, .* until alerts\.bridge\.token is set$/,
  )
  assert.match(alone, /^every receiver is reached through the gateway, so nobody hears that it is down/)
  const bridge = { token: 'a-token-of-sixteen-signs' }
  assert.deepEqual(adviceOn({ alerts: { bridge, receivers: [ROBOT, MAIL] } }, 'compose'), [])
})

test('another Alertmanager among the receivers is advised of', () => {
  const receivers = [MAIL, { name: 'am', kind: 'alertmanager', url: 'http://127.0.0.1:9093' }]
  const [advice = ''] = adviceOn({ alerts: { deliver: 'alertmanager', receivers } })
  assert.match(advice, /^am: an Alertmanager is no receiver of another one/)
})

test('metrics that Prometheus cannot reach are advised of', () => {
  assert.match(adviceOn({ metrics: { listen: 'unix:/run/weir.sock' } }).join(), /cannot scrape a socket/)
  assert.match(adviceOn({ metrics: { listen: '127.0.0.1:0' } }).join(), /no fixed port/)
})
