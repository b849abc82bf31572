import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { inputOf } from '../fixtures/deploy-input.ts'
import { renderReverseProxy, toCaddy, toNginx, toProxySettings } from './reverse-proxy.ts'

const GUIDE = join(import.meta.dirname, '../../../docs/guide/reverse-proxy.md')

function blockOf(language: string): string {
  const fence = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'm')
  return fence.exec(readFileSync(GUIDE, 'utf8'))?.[1] ?? ''
}

test('the guide shows what is written, which is what acceptance tests run', () => {
  const settings = toProxySettings(inputOf('{}', 'files'))
  assert.equal(blockOf('nginx'), toNginx(settings))
  assert.equal(blockOf('caddyfile'), toCaddy(settings))
})

test('the proxy waits longer than the slowest backend may take, and finds the port of the gateway', () => {
  const written = `
listen: 127.0.0.1:18080
backends:
  - { name: a, url: http://a, timeouts: { total: 30m } }
  - { name: b, url: http://b }
`
  const text = toNginx(toProxySettings(inputOf(written, 'files')))
  assert.match(text, /proxy_read_timeout 31m;/)
  assert.match(text, /server 127\.0\.0\.1:18080;/)
})

test('the proxy finds the gateway where it listens', () => {
  const reached: Readonly<Record<string, string>> = {
    ':18080': '127.0.0.1:18080',
    '0.0.0.0:18080': '127.0.0.1:18080',
    '10.0.0.5:18080': '10.0.0.5:18080',
    '[::1]:18080': '[::1]:18080',
    'unix:/run/weir/weir.sock': 'unix:/run/weir/weir.sock',
  }
  for (const [listen, gateway] of Object.entries(reached)) {
    const input = inputOf(JSON.stringify({ listen }), 'files')
    assert.ok(toNginx(toProxySettings(input)).includes(`    server ${gateway};\n`), listen)
  }
  const onSocket = inputOf('{ listen: "unix:/run/weir/weir.sock" }', 'files')
  assert.match(toCaddy(toProxySettings(onSocket)), /reverse_proxy unix\/\/run\/weir\/weir\.sock\n/)
  // In a container it listens to the network of the stack, and its port is published here.
  const published = inputOf('{ listen: "10.0.0.5:18080" }', 'compose')
  assert.match(toNginx(toProxySettings(published)), /server 127\.0\.0\.1:18080;/)
})

test('a gateway that closes idle connections sooner than nginx makes nginx close them sooner still', () => {
  const text = toNginx(toProxySettings(inputOf('{ server: { keepAlive: 30s } }', 'files')))
  assert.match(text, /Weir keeps idle ones for 30 s, nginx for 27 s[\s\S]*keepalive_timeout 27s;/)
  assert.doesNotMatch(toNginx(toProxySettings(inputOf('{}', 'files'))), /keepalive_timeout/)
})

test('a cluster has its own way in', () => {
  assert.deepEqual(renderReverseProxy(inputOf('{}', 'kubernetes')), [])
})
