import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createHealthPages, whyNotReady } from './health.ts'

function ask(url: string, reasons: readonly string[] = []) {
  const said: { status?: number; body?: string } = {}
  const response = {
    writeHead: (status: number) => void (said.status = status),
    end: (body: Buffer) => void (said.body = body.toString()),
  }
  const isOurs = createHealthPages(() => reasons).answer({ url }, response)
  return { isOurs, ...said }
}

test('a process that is there says so, ready or not, also to a monitor that adds a query', () => {
  for (const url of ['/healthz', '/healthz?t=1'])
    assert.deepEqual(ask(url, ['draining']), { isOurs: true, status: 200, body: '{"status":"ok"}' })
})

test('what is not ready says why', () => {
  assert.deepEqual(ask('/readyz?'), { isOurs: true, status: 200, body: '{"status":"ready"}' })
  const body = '{"status":"not ready","reasons":["draining"]}'
  assert.deepEqual(ask('/readyz', ['draining']), { isOurs: true, status: 503, body })
})

test('other paths are not ours', () => {
  for (const url of ['/', '/healthzz', '/healthz/', '/readyz/x', '/v1/models?/healthz', ''])
    assert.deepEqual(ask(url), { isOurs: false }, url)
})

test('a gateway is not ready while it drains, is overloaded, or has nobody behind it', () => {
  const up = (isUp: boolean | undefined) => ({ up: isUp }) as never
  const gateway = (backends: readonly never[], more: object = {}) => ({
    draining: false,
    strain: undefined,
    *backends() {
      yield* backends
    },
    ...more,
  })
  assert.deepEqual(whyNotReady(gateway([up(false), up(true)])), [])
  assert.deepEqual(whyNotReady(gateway([up(false), up(undefined)])), ['no backend answers'])
  assert.deepEqual(whyNotReady(gateway([up(true)], { strain: 'memory' })), ['overloaded: memory'])
  assert.deepEqual(whyNotReady(gateway([up(true)], { draining: true })), ['draining: shutting down'])
})
