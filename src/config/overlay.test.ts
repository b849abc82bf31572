import assert from 'node:assert/strict'
import { test } from 'node:test'
import { overlay, parseBackend } from './overlay.ts'
import type { Given } from './settings.ts'

const listen = (by: string, text: string): Given => ({ kind: 'value', by, path: ['listen'], text })
const metrics = (text: string): Given => ({
  kind: 'value',
  by: '--metrics-addr',
  path: ['metrics', 'listen'],
  text,
})
const backend = (text: string): Given => ({ kind: 'backend', by: '--backend', text })
const ollama = (text: string): Given => ({ kind: 'ollama', by: '--ollama-url', text })

test('a value from outside replaces that of the file, and of two the later one counts', () => {
  const laid = overlay({ listen: ':1', data: 'd' }, [listen('WEIR_LISTEN', ':2'), listen('--listen', ':3')])
  assert.deepEqual(laid.value, { listen: ':3', data: 'd' })
  assert.deepEqual([...laid.origins], [['listen', '--listen']])
})

test('a value inside a map leaves its neighbours alone, and makes the map where there is none', () => {
  assert.deepEqual(overlay({ metrics: { path: '/m' } }, [metrics(':2')]).value, {
    metrics: { path: '/m', listen: ':2' },
  })
  assert.deepEqual(overlay({}, [metrics(':2')]).value, { metrics: { listen: ':2' } })
  assert.deepEqual(overlay({ metrics: null }, [metrics(':2')]).value, { metrics: { listen: ':2' } })
})

test('what stands in the way stays, so that the schema can complain of it', () => {
  assert.deepEqual(overlay({ metrics: 'all' }, [metrics(':2')]).value, { metrics: 'all' })
  assert.deepEqual(overlay({ backends: 'all' }, [backend('a=http://x')]).value, { backends: 'all' })
  assert.deepEqual(overlay(['a'], [listen('--listen', ':2')]).value, ['a'])
})

test('a backend is added, or takes the place of the one with its name', () => {
  const file = { backends: [{ name: 'a', url: 'http://old', apiKey: 'k', kind: 'vllm' }] }
  const laid = overlay(file, [
    backend('a=http://new'),
    backend('b=http://b,kind=llamacpp'),
    ollama('http://o'),
  ])
  assert.deepEqual(laid.value, {
    backends: [
      { name: 'a', url: 'http://new', apiKey: 'k', kind: 'vllm' },
      { name: 'b', url: 'http://b', kind: 'llamacpp' },
      { name: 'ollama', url: 'http://o', kind: 'ollama' },
    ],
  })
  assert.deepEqual(
    [...laid.origins.keys()],
    [
      'backends[0].name',
      'backends[0].url',
      'backends[1].name',
      'backends[1].url',
      'backends[1].kind',
      'backends[2].name',
      'backends[2].url',
      'backends[2].kind',
    ],
  )
})

test('what was read from the file is not changed', () => {
  const file = Object.freeze({ backends: Object.freeze([Object.freeze({ name: 'a', url: 'http://old' })]) })
  overlay(file, [backend('a=http://new'), listen('--listen', ':1')])
  assert.deepEqual(file, { backends: [{ name: 'a', url: 'http://old' }] })
})

test('a backend is written as a name, a URL and perhaps a kind', () => {
  assert.deepEqual(parseBackend('a=http://x:1/?a=b'), { name: 'a', url: 'http://x:1/?a=b', kind: undefined })
  assert.deepEqual(parseBackend('a=http://x,kind=vllm'), { name: 'a', url: 'http://x', kind: 'vllm' })
  for (const text of [
    '',
    'a',
    'a=',
    '=http://x',
    'a=http://x,vllm',
    'a=http://x,kind=',
    'a=http://x,kind=v,kind=w',
  ]) {
    assert.equal(parseBackend(text), undefined, text)
  }
})
