import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parse } from 'yaml'
import { printConfig, toPortable } from './print.ts'
import { toConfig, type Config } from './resolve.ts'
import { validate } from './validate.ts'
import { interpolate } from './interpolate.ts'

const source = { file: undefined, given: [] }

function configOf(value: unknown): Config {
  const filled = interpolate(value, { env: {}, readSecretFile: () => ({ refusal: 'is not there' }) })
  assert.deepEqual(filled.problems, [])
  const validated = validate(filled.value, { written: new Map(), placeOf: () => undefined })
  assert.ok('settings' in validated, JSON.stringify(validated))
  return toConfig(validated.settings, { source, dataBase: '/' })
}

const FULL = {
  listen: '[::1]:8080',
  data: '/srv/weir',
  metrics: { listen: 'unix:/run/m', path: '/m' },
  server: { maxBody: '10MB', drain: 0, keepAlive: '1h30m' },
  backends: [
    { name: 'a', url: 'https://x/base/', kind: 'vllm', timeouts: { idle: '1500ms' }, models: ['$${odd}'] },
    { name: 'b', url: 'http://y', concurrency: 4, queue: { size: 0, keepAlive: 'off', fairBy: 'key' } },
    { name: 'c', url: 'http://z', concurrency: 'auto', queue: { keepAlive: '20s' } },
  ],
  models: [{ name: 'm', backends: ['a'] }],
}

test('what is printed is read again as the same configuration', () => {
  const config = configOf(FULL)
  assert.deepEqual(configOf(parse(printConfig(config, 'yaml'))), config)
  assert.deepEqual(configOf(JSON.parse(printConfig(config, 'json'))), config)
})

test('any configuration survives being printed', () => {
  const text = fc.string({ minLength: 1 }).map((value) => value.replaceAll('${', () => '$${'))
  const written = fc.record({
    listen: fc.constantFrom(':0', '127.0.0.1:1', '[::1]:2', 'unix:/a b'),
    data: text,
    server: fc.record({
      drain: fc.nat(1_000_000).map((ms) => `${ms}ms`),
      maxBody: fc.integer({ min: 1_024, max: 1e9 }).map((bytes) => `${bytes}b`),
    }),
    models: fc.uniqueArray(text, { maxLength: 3 }).map((names) => names.map((name) => ({ name }))),
  })
  fc.assert(
    fc.property(written, (value) => {
      const config = configOf(value)
      assert.deepEqual(configOf(parse(printConfig(config, 'yaml'))), config)
      assert.deepEqual(configOf(JSON.parse(printConfig(config, 'json'))), config)
    }),
  )
})

test('values are printed as people write them', () => {
  const printed = printConfig(configOf(FULL), 'yaml')
  for (const line of [
    'listen: "[::1]:8080"',
    '  keepAlive: 1h30m',
    '  drain: 0s',
    '      idle: 1s500ms',
    '  listen: unix:/run/m',
  ]) {
    assert.ok(printed.split('\n').includes(line), `${line}\n${printed}`)
  }
})

test('secrets and hashes are not printed', () => {
  const config = configOf({
    backends: [{ name: 'a', url: 'http://x', apiKey: 'canary' }],
    keys: [{ name: 'k', hash: `sha256:0123abcd${'e'.repeat(56)}` }],
  })
  for (const format of ['yaml', 'json'] as const) {
    const printed = printConfig(config, format)
    assert.ok(!printed.includes('canary') && !printed.includes('abcde'))
    assert.match(printed, /apiKey"?: "?\[secret\]/)
    assert.match(printed, /hash"?: "?sha256:0123abcd…/)
  }
})

test('every key with a value is printed, and none that the schema does not have', () => {
  const printed = parse(printConfig(configOf({}), 'yaml')) as Record<string, unknown>
  assert.deepEqual(Object.keys(printed), [
    'listen',
    'metrics',
    'log',
    'data',
    'server',
    'backends',
    'models',
    'discovery',
    'health',
    'retry',
    'auth',
    'keys',
    'tenants',
    'timezone',
    'estimates',
    'records',
    'slos',
    'maintenance',
    'alerts',
  ])
})

test('a portable configuration holds what differs from the defaults, and is read as the same', () => {
  assert.deepEqual(toPortable(configOf({ data: '/d' }), String), { data: '/d' })
  const config = configOf({
    ...FULL,
    keys: [{ name: 'k', hash: `sha256:${'ab'.repeat(32)}`, limits: { requests: '60/min' } }],
    slos: [{ name: 's', sli: { firstToken: '2s' }, objective: '95%', window: '28d' }],
    alerts: { receivers: [{ name: 'm', kind: 'email', smtp: 'smtp://a', to: ['a@b.c'], timeout: '60s' }] },
  })
  const portable = toPortable(config, () => 'smtp://a')
  assert.deepEqual(configOf(portable), config)
  assert.ok(!('retry' in portable))
})

test('a portable configuration holds no secret, and asks where each is', () => {
  const paths: string[] = []
  const config = configOf({
    backends: [{ name: 'a', url: 'http://x', apiKey: 'hush' }],
    state: 'redis://:hush@x',
    records: { store: 'postgres://u:hush@x/y' },
    otlp: { url: 'http://o:4318', headers: { authorization: 'hush', 'x-scope': 'hush' } },
  })
  const portable = toPortable(config, (path) => {
    paths.push(path.join('.'))
    return 'there'
  })
  assert.doesNotMatch(JSON.stringify(portable), /hush/)
  assert.deepEqual(paths, [
    'otlp.headers.authorization',
    'otlp.headers.x-scope',
    'backends.0.apiKey',
    'state.url',
    'records.store',
  ])
  const { headers } = portable['otlp'] as { readonly headers: unknown }
  assert.deepEqual(headers, { authorization: 'there', 'x-scope': 'there' })
})

test('addresses without a password are no secrets', () => {
  const config = configOf({ state: 'redis://x', records: { store: 'postgres://u@x/y' } })
  const portable = toPortable(config, () => assert.fail('there is no secret'))
  assert.equal((portable['records'] as Record<string, unknown>)['store'], 'postgres://u@x/y')
})
