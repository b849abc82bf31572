import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toBackend } from '../../fixtures/live.ts'
import { toBackendFamilies } from './families.ts'
import type { ServerLoad } from './server-load.ts'

const shown = (...[backends, told]: Parameters<typeof toBackendFamilies>): readonly string[] =>
  toBackendFamilies(backends, told).flatMap(({ name, samples }) =>
    samples.map(({ labels, value }) => `${name}{${labels.map((pair) => pair.join('=')).join()}} ${value}`),
  )

const NOBODY = { load: (): ServerLoad | undefined => undefined, version: () => undefined }

test('each backend says what it is, and what it listed', () => {
  const backends = [
    toBackend({ name: 'a', listed: 3 }),
    toBackend({ name: 'b', kind: 'vllm', version: undefined, listed: undefined }),
  ]
  assert.deepEqual(shown(backends, { ...NOBODY, version: (name) => (name === 'b' ? '0.11.0\n' : 'x') }), [
    'weir_backend_info{backend=a,kind=ollama,version=0.12.3} 1',
    'weir_backend_info{backend=b,kind=vllm,version=0.11.0} 1',
    'weir_backend_models{backend=a} 3',
  ])
})

test('its load is shown as far as it tells, and not at all while it is down', () => {
  const loads: Record<string, ServerLoad> = {
    full: { running: 2, waiting: 0, kvCacheRatio: 0.5, slots: 4 },
    down: { running: 9 },
  }
  const backends = ['full', 'down', 'mute'].map((name) =>
    toBackend({ name, up: name !== 'down', listed: undefined }),
  )
  const lines = shown(backends, { ...NOBODY, load: (name) => loads[name] })
  assert.deepEqual(lines.slice(3), [
    'weir_backend_requests_running{backend=full} 2',
    'weir_backend_requests_waiting{backend=full} 0',
    'weir_backend_kv_cache_used_ratio{backend=full} 0.5',
    'weir_backend_slots{backend=full} 4',
  ])
})
