import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toPrometheusService } from './compose/monitoring.ts'
import { inputOf, RICH } from './fixtures/deploy-input.ts'
import { toGatewayFile } from './gateway-file/gateway-file.ts'
import { toNextSteps } from './next-steps.ts'

test('a Prometheus that somebody starts by hand keeps as much, and as long, as the one in a container', () => {
  const inContainer = inputOf(RICH, 'compose')
  const { command } = toPrometheusService(inContainer, toGatewayFile(inContainer))
  const byHand = toNextSteps(inputOf(RICH, 'files')).flatMap(({ commands }) => commands)
  const kept = (command as readonly string[]).filter((flag) => /retention|feature/.test(flag))
  assert.equal(kept.length, 2)
  for (const flag of kept) {
    assert.ok(
      byHand.some((line) => line.startsWith('prometheus ') && line.split(' ').includes(flag)),
      flag,
    )
  }
})

test('secrets are asked for before anything is started, where there are some', () => {
  const [first] = toNextSteps(inputOf(RICH, 'files'))
  assert.match(first?.what ?? '', /secrets of Alertmanager/)
  assert.match(first?.commands.join() ?? '', /^chmod 600 alertmanager\/secrets\/alerts-bridge-token/)
  const without = toNextSteps(inputOf('listen: 127.0.0.1:18789\n', 'files'))
  assert.ok(without.every(({ what }) => !what.includes('secrets')))
})
