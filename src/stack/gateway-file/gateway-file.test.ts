import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from 'yaml'
import { configOf } from '../../config/fixtures/validated.ts'
import { interpolate } from '../../config/interpolate.ts'
import type { Config } from '../../config/resolve.ts'
import { inputOf, RICH, SECRET_WORD } from '../fixtures/deploy-input.ts'
import { toGatewayFile, type GatewayFile } from './gateway-file.ts'
import { toMoveList } from './move-list.ts'

/** As the gateway reads it, with something acceptable in each secret. */
function readAgain(file: GatewayFile): Config {
  const asked = new Set<string>()
  const filled = interpolate(parse(file.text), {
    env: {},
    readSecretFile: (path) => {
      const name = path.replace('/run/secrets/', '')
      asked.add(name)
      const value = name.endsWith('-url') ? 'https://robot.example/send' : 'smtp://me.example'
      return { text: name.endsWith('-url') || name.endsWith('-smtp') ? value : 'a-secret-of-some-length' }
    },
  })
  assert.deepEqual(filled.problems, [])
  assert.deepEqual([...asked], file.secrets)
  return configOf(filled.value)
}

test('the gateway of a stack reads its file as the configuration it was made from, but for where it is', () => {
  for (const target of ['compose', 'kubernetes'] as const) {
    const input = inputOf(RICH, target)
    const again = readAgain(toGatewayFile(input))
    const { gateway, access, limits, serviceLevels, records } = again
    assert.deepEqual(access, input.config.access)
    assert.deepEqual(serviceLevels, input.config.serviceLevels)
    assert.deepEqual(limits.tenants, input.config.limits.tenants)
    assert.equal(limits.state?.replicas, 3)
    assert.equal(records.keep, input.config.records.keep)
    const withoutUrl = (config: Config) =>
      config.gateway.backends.map(({ url: _, apiKey: __, ...rest }) => rest)
    assert.deepEqual(withoutUrl(again), withoutUrl(input.config))
    assert.deepEqual(gateway.server, input.config.gateway.server)
    assert.deepEqual(gateway.models, input.config.gateway.models)
  }
})

test('it listens to the network of the stack, writes lines for machines, and keeps its data in a volume', () => {
  const { gateway, telemetry, dataDir } = readAgain(toGatewayFile(inputOf(RICH, 'compose')))
  assert.deepEqual(gateway.listen, { kind: 'tcp', host: undefined, port: 18080 })
  assert.deepEqual(telemetry.metrics.listen, { kind: 'tcp', host: undefined, port: 9465 })
  assert.equal(telemetry.metrics.path, '/m')
  assert.equal(telemetry.log.format, 'json')
  assert.equal(dataDir, '/data')
})

test('no secret of the configuration is in it', () => {
  const file = toGatewayFile(inputOf(RICH, 'compose'))
  assert.doesNotMatch(file.text, new RegExp(SECRET_WORD))
  assert.doesNotMatch(toMoveList(file), new RegExp(SECRET_WORD))
  assert.deepEqual(file.secrets, [
    'backends-cloud-api-key',
    'postgres-password',
    'alerts-receivers-on-call-url',
    'alerts-receivers-on-call-secret',
    'alerts-receivers-mail-smtp',
    'alerts-bridge-token',
  ])
})

test('what meant this machine leads to the services of compose, and to the host for the rest', () => {
  const { gateway, limits } = readAgain(toGatewayFile(inputOf(RICH, 'compose')))
  assert.deepEqual(
    gateway.backends.map(({ url }) => url),
    [
      'http://ollama:11434',
      'http://ollama-2:11434',
      'http://host.docker.internal:8000/v1',
      'https://api.example.com',
    ],
  )
  assert.equal(limits.state?.url.shown, 'redis://redis:6379/2')
})

test('in a cluster a backend of this machine has the name of a service, and people are told', () => {
  const file = toGatewayFile(inputOf(RICH, 'kubernetes'))
  assert.match(file.text, /url: http:\/\/gpu-1:8000\/v1/)
  assert.match(
    toMoveList(file),
    /`backends\[2\]\.url`: `http:\/\/\[::1\]:8000\/v1` → `http:\/\/gpu-1:8000\/v1`/,
  )
})

test('who runs a server on the machine itself is told that it must listen for containers, and nobody else is', () => {
  const sayOf = (written: string, target: 'compose' | 'kubernetes'): string =>
    toMoveList(toGatewayFile(inputOf(written, target)))
  assert.match(sayOf(RICH, 'compose'), /it must not listen on 127\.0\.0\.1 only/)
  assert.doesNotMatch(sayOf(RICH, 'kubernetes'), /must not listen/)
  assert.doesNotMatch(sayOf('listen: 127.0.0.1:18789\n', 'compose'), /must not listen/)
})

test('a secret that leads to this machine cannot be moved, which is said', () => {
  const file = toGatewayFile(inputOf(RICH, 'compose'))
  assert.deepEqual(file.stuck, ['alerts.receivers[1].smtp'])
  assert.match(toMoveList(file), /still mean "this machine"[\s\S]*`alerts\.receivers\[1\]\.smtp`/)
})

test('links for browsers stay as they are', () => {
  assert.match(toGatewayFile(inputOf(RICH, 'compose')).text, /console: http:\/\/127\.0\.0\.1:18790/)
})

test('stores elsewhere stay where they are, and their passwords are files', () => {
  const written =
    '{ state: "redis://:hunter1@cache.example:6380/1", records: { store: "postgres://u:hunter2@db.example/w" } }'
  const file = toGatewayFile(inputOf(written, 'compose'))
  assert.deepEqual(file.secrets, ['state-url', 'records-store'])
  assert.deepEqual(file.surroundings, {
    ollamas: [],
    isOllamaAssumed: true,
    redis: false,
    postgres: undefined,
  })
  assert.doesNotMatch(file.text, /hunter/)
})

test('a configuration without a line gets the Ollama that it would have looked for', () => {
  const file = toGatewayFile(inputOf('{}', 'compose'))
  const { gateway } = readAgain(file)
  assert.deepEqual(
    gateway.backends.map(({ name, kind, url }) => ({ name, kind, url })),
    [{ name: 'ollama', kind: 'ollama', url: 'http://ollama:11434' }],
  )
  assert.equal(file.port, 18789)
})

test('names of secrets that differ only in signs are told apart', () => {
  const receiver = (name: string) => ({ name, kind: 'slack', url: 'https://hooks.example/x' })
  const written = JSON.stringify({ alerts: { receivers: [receiver('on.call'), receiver('on-call')] } })
  assert.deepEqual(toGatewayFile(inputOf(written, 'compose')).secrets, [
    'alerts-receivers-on-call-0-url',
    'alerts-receivers-on-call-1-url',
  ])
})

test('a listener on a socket listens on the usual port in a stack', () => {
  const file = toGatewayFile(inputOf('{ listen: "unix:/run/weir.sock" }', 'compose'))
  assert.equal(file.port, 18789)
  assert.match(file.text, /^listen: :18789$/m)
})
