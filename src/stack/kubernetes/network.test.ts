import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inputOf } from '../fixtures/deploy-input.ts'
import { toGatewayFile } from '../gateway-file/gateway-file.ts'
import { toNetworkPolicy } from './network.ts'
import { toScale } from './scale.ts'

test('the gateway may reach the collector that traces are pushed to', () => {
  const input = inputOf('otlp: { url: "http://collector.observability:4318" }', 'kubernetes')
  const task = { input, file: toGatewayFile(input), scale: toScale(input.config) }
  const { egress } = toNetworkPolicy(task).spec
  assert.ok(egress.some(({ ports }) => ports.some(({ port }) => port === 4318)))
})
