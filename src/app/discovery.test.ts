import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toTargets, type DiscoveryInput } from './discovery.ts'

const METRICS = { path: '/metrics', replicas: [] }
const noBackends = (): [] => []

function targetsOf(backends: ReturnType<DiscoveryInput['backends']>) {
  return toTargets({ metrics: METRICS, backends: () => backends }, undefined)
}

test('a gateway lists itself as it was reached, and without an address nothing', () => {
  assert.deepEqual(toTargets({ metrics: METRICS, backends: noBackends }, '10.0.0.7:9464'), [
    { targets: ['10.0.0.7:9464'], labels: { job: 'weir', __metrics_path__: '/metrics' } },
  ])
  assert.deepEqual(toTargets({ metrics: METRICS, backends: noBackends }, undefined), [])
})

test('gateways that share a file are all listed, under the path of the file', () => {
  const metrics = { path: '/m', replicas: ['gw-1:9464', 'gw-2:9464'] }
  assert.deepEqual(toTargets({ metrics, backends: noBackends }, '10.0.0.7:9464'), [
    { targets: ['gw-1:9464', 'gw-2:9464'], labels: { job: 'weir', __metrics_path__: '/m' } },
  ])
})

test('backends with metrics are listed where their server has that page', () => {
  assert.deepEqual(
    targetsOf([
      { name: 'a', url: 'http://gpu-1:8000', kind: 'vllm', metrics: undefined },
      { name: 'b', url: 'https://gpu.example/llm/v1', kind: 'vllm', metrics: undefined },
      { name: 'c', url: 'http://[fd00::1]:8080', kind: 'llamacpp', metrics: true },
    ]).map(({ targets, labels }) => [targets, labels]),
    [
      [
        ['gpu-1:8000'],
        {
          ...{ job: 'weir-backends', backend: 'a', kind: 'vllm' },
          ...{ __scheme__: 'http', __metrics_path__: '/metrics' },
        },
      ],
      [
        ['gpu.example:443'],
        {
          ...{ job: 'weir-backends', backend: 'b', kind: 'vllm' },
          ...{ __scheme__: 'https', __metrics_path__: '/llm/metrics' },
        },
      ],
      [
        ['[fd00::1]:8080'],
        {
          ...{ job: 'weir-backends', backend: 'c', kind: 'llamacpp' },
          ...{ __scheme__: 'http', __metrics_path__: '/metrics' },
        },
      ],
    ],
  )
})

test('a llama.cpp that may sleep is not woken for its metrics, and what has none is not listed', () => {
  assert.deepEqual(
    targetsOf([
      { name: 'a', url: 'http://a:1', kind: 'llamacpp', metrics: undefined },
      { name: 'b', url: 'http://b:1', kind: 'ollama', metrics: undefined },
      { name: 'c', url: 'http://c:1', kind: 'vllm', metrics: false },
    ]),
    [],
  )
})
