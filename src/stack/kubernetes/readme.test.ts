import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inputOf } from '../fixtures/deploy-input.ts'
import { renderKubernetes } from './kubernetes.ts'

test('whoever applies the files reads that nobody is told before Alertmanager knows the receivers', () => {
  const readme = (alerts: string): string => {
    const input = inputOf(`alerts: { ${alerts} }`, 'kubernetes')
    return renderKubernetes(input).find(({ path }) => path === 'README.md')?.text ?? ''
  }
  const receivers = 'receivers: [{ name: a, kind: webhook, url: "https://hooks.example/x" }]'
  assert.match(
    readme(`deliver: alertmanager, ${receivers}`),
    /alertmanager\.yml`\*\*[\s\S]*Until then nobody/,
  )
  assert.match(readme(`deliver: weir, ${receivers}`), /The gateway \(`alerts\.deliver: weir`\)/)
  assert.match(readme('deliver: weir'), /Nobody yet/)
})
