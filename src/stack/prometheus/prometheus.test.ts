// The golden files are written anew by: node --test --test-update-snapshots src/stack/prometheus/prometheus.test.ts
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import { toConfig, type Written } from '../../../test/support/weir.ts'
import { toStackInput } from '../../app/stack.ts'
import type { StackTarget } from '../stack.ts'
import { renderPrometheus } from './prometheus.ts'

const PLAIN: Written = {
  metrics: { listen: '127.0.0.1:9464' },
  slos: [{ name: 'chat-available', sli: 'availability', objective: '99.5%', window: '30d' }],
}

function textOf(written: Written, target: StackTarget): string {
  const [file] = renderPrometheus(toStackInput(toConfig(written), { target, version: '1.2.3' }))
  return file?.text ?? ''
}

function targetsOf(written: Written, target: StackTarget): unknown {
  const { scrape_configs: scrapes } = parse(textOf(written, target)) as {
    scrape_configs: { job_name: string; static_configs?: { targets: string[] }[] }[]
  }
  return scrapes.find(({ job_name: job }) => job === 'weir')?.static_configs?.[0]?.targets
}

test('a plain configuration gives this file, by hand and in compose; in a cluster there is an operator', (t) => {
  for (const target of ['files', 'compose'] as const) {
    t.assert.fileSnapshot(
      textOf(PLAIN, target),
      join(import.meta.dirname, 'fixtures', `plain.${target}.golden`),
      { serializers: [String] },
    )
  }
  assert.equal(textOf(PLAIN, 'kubernetes'), '')
})

test('gateways that share a file are a target each', () => {
  const replicas = ['gw-1:9464', 'gw-2:9464']
  assert.deepEqual(targetsOf({ metrics: { replicas } }, 'files'), replicas)
})

test('a gateway is scraped where it listens, on this machine by its loopback address', () => {
  for (const [listen, at] of [
    [':9500', '127.0.0.1:9500'],
    ['0.0.0.0:9500', '127.0.0.1:9500'],
    ['[::]:9500', '127.0.0.1:9500'],
    ['10.0.0.5:9500', '10.0.0.5:9500'],
    ['[fd00::5]:9500', '[fd00::5]:9500'],
  ]) {
    assert.deepEqual(targetsOf({ metrics: { listen } }, 'files'), [at], listen)
  }
  assert.deepEqual(targetsOf({ metrics: { listen: ':9500' } }, 'compose'), ['weir:9500'])
})

test('what Prometheus must remember is the longest window and some days', () => {
  const retentionOf = (window: string): string | undefined => {
    const slos = [{ name: 'a', sli: 'availability', objective: '99%', window }]
    return /retention\.time=(\w+)/.exec(textOf({ slos }, 'files'))?.[1]
  }
  assert.equal(retentionOf('30d'), '35d')
  assert.equal(retentionOf('month'), '36d')
  assert.equal(retentionOf('7d'), '15d')
})
