import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readEnvironment } from './environment.ts'
import { OUTSIDE_SETTINGS, VARIABLES } from './settings.ts'

test('every setting that has a flag has a variable, and no two share one', () => {
  assert.equal(new Set(VARIABLES).size, VARIABLES.length)
  const env = Object.fromEntries(VARIABLES.map((variable) => [variable, 'x']))
  const { file, given, warnings } = readEnvironment(env)
  assert.equal(file, 'x')
  assert.equal(given.length, OUTSIDE_SETTINGS.length + 2)
  assert.deepEqual(warnings, [])
})

test('several backends are separated by white space', () => {
  const { given } = readEnvironment({ WEIR_BACKEND: ' a=http://x,kind=vllm\n b=http://y ' })
  assert.deepEqual(given, [
    { kind: 'backend', by: 'WEIR_BACKEND', text: 'a=http://x,kind=vllm' },
    { kind: 'backend', by: 'WEIR_BACKEND', text: 'b=http://y' },
  ])
})

test('a variable that is empty counts as not set', () => {
  const env = Object.fromEntries(VARIABLES.map((variable) => [variable, '']))
  assert.deepEqual(readEnvironment(env), { file: undefined, given: [], warnings: [] })
})

test('a variable that looks like ours and is not is warned of, with the one that was meant', () => {
  const env = { WEIR_LISTN: ':1', WEIR_TURBO: '1', PATH: '/bin', WEIRD: '1' }
  assert.deepEqual(readEnvironment(env).warnings, [
    'the environment variable WEIR_LISTN is not one that Weir reads; did you mean WEIR_LISTEN?',
    'the environment variable WEIR_TURBO is not one that Weir reads; it is ignored',
  ])
})

test('a variable that the file asks for is not warned of', () => {
  assert.deepEqual(readEnvironment({ WEIR_TEAM_KEY: 'x' }, new Set(['WEIR_TEAM_KEY'])).warnings, [])
})

test('what Kubernetes puts there for a service called weir is nobody’s mistake', () => {
  const names = [
    'WEIR_SERVICE_HOST',
    'WEIR_SERVICE_PORT',
    'WEIR_SERVICE_PORT_HTTP',
    'WEIR_METRICS_SERVICE_HOST',
    'WEIR_PORT',
    'WEIR_PORT_18789_TCP',
    'WEIR_PORT_18789_TCP_ADDR',
    'WEIR_METRICS_PORT_9464_TCP_PROTO',
  ]
  assert.deepEqual(readEnvironment(Object.fromEntries(names.map((name) => [name, 'x']))).warnings, [])
})
