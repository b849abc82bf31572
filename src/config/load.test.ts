import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { inspect } from 'node:util'
import { createLoader, type Loaded, type LoadOptions, type Refused } from './load.ts'
import { printProblem } from './explain.ts'
import { digestOf } from './watch.ts'

const root = mkdtempSync(join(tmpdir(), 'weir-load-'))
after(() => rmSync(root, { recursive: true }))

let folders = 0
function inFolder(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = join(root, String((folders += 1)))
  mkdirSync(join(folder, 'etc'), { recursive: true })
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content)
  return folder
}

const loaderIn = (cwd: string, rest: Partial<LoadOptions> = {}) =>
  createLoader({ file: undefined, given: [], env: {}, cwd, ...rest })

function loaded(cwd: string, rest: Partial<LoadOptions> = {}): Loaded {
  const result = loaderIn(cwd, rest)()
  assert.ok(result.ok, result.ok ? '' : result.problems.map(printProblem).join('\n'))
  return result
}

function refused(cwd: string, rest: Partial<LoadOptions> = {}): Refused {
  const result = loaderIn(cwd, rest)()
  assert.ok(!result.ok)
  return result
}

test('a file that had something in it and is empty later is refused, and one that was always empty is not', () => {
  const folder = inFolder({ 'weir.yaml': '# nothing yet\n' })
  const file = join(folder, 'weir.yaml')
  const load = loaderIn(folder)
  assert.ok(load().ok)
  writeFileSync(file, 'listen: :18700\n')
  assert.ok(load().ok)
  for (const text of ['', '\n', '---\n# listen: :18700\n']) {
    writeFileSync(file, text)
    const result = load()
    assert.ok(!result.ok)
    assert.deepEqual(result.problems.map(printProblem), [
      'the file weir.yaml is empty; if nothing is to be configured, write {}',
    ])
    assert.deepEqual(result.files, [file])
  }
  writeFileSync(file, '{}\n')
  assert.ok(load().ok)
})

test('without a file, flags or variables the defaults are a whole configuration', () => {
  const cwd = inFolder({})
  const { config, files, warnings } = loaded(cwd)
  assert.deepEqual(config.gateway.listen, { kind: 'tcp', host: '127.0.0.1', port: 18789 })
  assert.deepEqual(config.telemetry.metrics.listen, { kind: 'tcp', host: '127.0.0.1', port: 9464 })
  assert.deepEqual([config.gateway.backends, config.gateway.models, config.access.keys], [[], [], []])
  assert.equal(config.access.auth, 'keys')
  assert.equal(config.gateway.server.maxBody, 33_554_432)
  assert.equal(config.dataDir, join(cwd, 'weir-data'))
  assert.deepEqual([config.source, warnings], [{ file: undefined, given: [] }, []])
  assert.deepEqual(files, [join(cwd, 'weir.yaml')], 'it is watched for: it may be written later')
})

test('an empty file and one of comments are the defaults as well', () => {
  for (const text of ['', '# nothing yet\n', '---\n', 'metrics:\nbackends: # none\nkeys:\n', '\uFEFF']) {
    assert.deepEqual(
      loaded(inFolder({ 'weir.yaml': text })).config.gateway.backends,
      [],
      JSON.stringify(text),
    )
  }
})

test('flags come before the environment, the environment before the file, the file before the defaults', () => {
  const cwd = inFolder({
    'weir.yaml': 'listen: :1\nmetrics: { listen: :2, path: /m }\nlog: { level: debug }',
  })
  const env = { WEIR_LISTEN: ':3', WEIR_METRICS_ADDR: ':4' }
  const given = [{ kind: 'value', by: '--listen', path: ['listen'], text: ':5' }] as const
  const { config } = loaded(cwd, { env, given })
  assert.deepEqual(config.gateway.listen, { kind: 'tcp', host: undefined, port: 5 })
  assert.deepEqual(config.telemetry.metrics.listen, { kind: 'tcp', host: undefined, port: 4 })
  assert.deepEqual([config.telemetry.metrics.path, config.telemetry.log.level], ['/m', 'debug'])
  assert.equal(config.gateway.retry.attempts, 3)
  assert.deepEqual(config.source, { file: join(cwd, 'weir.yaml'), given: ['--listen', 'WEIR_METRICS_ADDR'] })
})

test('the file is the one named by a flag, else by a variable, else weir.yaml here', () => {
  const cwd = inFolder({
    'weir.yaml': 'listen: :1',
    'a.yaml': 'listen: :2',
    'etc/b.json': '{\n\t"listen": ":3"\n}',
  })
  const portOf = (rest: Partial<LoadOptions>) => {
    const { listen } = loaded(cwd, rest).config.gateway
    return listen.kind === 'tcp' ? listen.port : undefined
  }
  assert.equal(portOf({}), 1)
  assert.equal(portOf({ env: { WEIR_CONFIG: 'a.yaml' } }), 2)
  assert.equal(portOf({ env: { WEIR_CONFIG: 'a.yaml' }, file: 'etc/b.json' }), 3)
  assert.equal(portOf({ file: join(cwd, 'a.yaml') }), 2)
})

test('a file that was named and cannot be read is an error, with the way it was named', () => {
  const cwd = inFolder({ 'binary.yaml': new Uint8Array([0xff, 0xfe, 0x00]) })
  const say = (rest: Partial<LoadOptions>) => {
    const { kind, problems } = refused(cwd, rest)
    return [kind, ...problems.map(printProblem)]
  }
  assert.deepEqual(say({ file: 'none.yaml' }), [
    'unreadable',
    'the file none.yaml does not exist; name a readable file with --config',
  ])
  assert.deepEqual(say({ env: { WEIR_CONFIG: '/no/such/weir.yaml' } }), [
    'unreadable',
    'the file /no/such/weir.yaml does not exist; name a readable file with WEIR_CONFIG',
  ])
  assert.match(say({ file: 'etc' })[1] ?? '', /^the file etc is not a plain file;/)
  assert.match(say({ file: 'binary.yaml' })[1] ?? '', /^the file binary\.yaml is not UTF-8 text;/)
})

test('a file that disappears while Weir runs is an error, not a wish for the defaults', () => {
  const cwd = inFolder({ 'weir.yaml': 'auth: none' })
  const load = loaderIn(cwd)
  assert.equal(load().ok, true)
  rmSync(join(cwd, 'weir.yaml'))
  const result = load()
  assert.ok(!result.ok)
  assert.equal(result.kind, 'unreadable')
  writeFileSync(join(cwd, 'weir.yaml'), 'listen: :7')
  assert.equal(load().ok, true)
})

test('the data folder starts at the file that names it, and at the working directory otherwise', () => {
  const cwd = inFolder({ 'etc/with.yaml': 'data: ./kept', 'etc/without.yaml': '' })
  assert.equal(loaded(cwd, { file: 'etc/with.yaml' }).config.dataDir, join(cwd, 'etc', 'kept'))
  assert.equal(loaded(cwd, { file: 'etc/without.yaml' }).config.dataDir, join(cwd, 'weir-data'))
  const env = { WEIR_DATA_DIR: 'here' }
  assert.equal(loaded(cwd, { file: 'etc/with.yaml', env }).config.dataDir, join(cwd, 'here'))
  const given = [{ kind: 'value', by: '--data-dir', path: ['data'], text: '/srv/weir' }] as const
  assert.equal(loaded(cwd, { given }).config.dataDir, '/srv/weir')
})

test('secrets come from variables and files, and are files to be watched', () => {
  const text = 'backends:\n  - { name: a, url: "http://${env:HOST}", apiKey: "${file:key.txt}" }'
  const cwd = inFolder({ 'etc/weir.yaml': text, 'etc/key.txt': 'canary-1\n' })
  const { config, files } = loaded(cwd, { file: 'etc/weir.yaml', env: { HOST: 'gpu:8000' } })
  const [backend] = config.gateway.backends
  assert.deepEqual([backend?.url, backend?.apiKey?.reveal()], ['http://gpu:8000', 'canary-1'])
  assert.deepEqual(files, [join(cwd, 'etc', 'weir.yaml'), join(cwd, 'etc', 'key.txt')])
  assert.ok(!inspect(config, { depth: 9 }).includes('canary'))
  assert.ok(!JSON.stringify(config).includes('canary'))
})

test('what the environment brings is read as a number or a truth value where one is wanted', () => {
  const text = [
    'retry: { attempts: "${env:TRIES}" }',
    'log: { requests: "${env:LOUD}" }',
    'backends: [{ name: "${env:NAME}", url: "http://x", apiKey: "${env:KEY}" }]',
  ]
  const cwd = inFolder({ 'weir.yaml': text.join('\n') })
  const { config } = loaded(cwd, { env: { TRIES: '2', LOUD: 'false', NAME: '7', KEY: '12345' } })
  assert.deepEqual([config.gateway.retry.attempts, config.telemetry.log.requests], [2, false])
  assert.deepEqual(
    [config.gateway.backends[0]?.name, config.gateway.backends[0]?.apiKey?.reveal()],
    ['7', '12345'],
  )
})

test('anchors and merges spare repetition, and too many aliases are refused', () => {
  const text = [
    'backends:',
    '  - &one { name: a, url: "http://a", timeouts: { idle: 5s } }',
    '  - { <<: *one, name: b, url: "http://b" }',
  ]
  const { backends } = loaded(inFolder({ 'weir.yaml': text.join('\n') })).config.gateway
  assert.deepEqual([backends[1]?.name, backends[1]?.timeouts.idle], ['b', 5_000])
  const bomb = [
    'a: &a [x, x, x, x]',
    ...['b', 'c', 'd', 'e', 'f'].map((key, at) => `${key}: &${key} [${`*${'abcde'[at]},`.repeat(9)}]`),
  ]
  assert.match(
    refused(inFolder({ 'weir.yaml': bomb.join('\n') }))
      .problems.map(printProblem)
      .join(),
    /not valid YAML: Exc/,
  )
})

test('a loaded configuration cannot be changed at any depth', () => {
  const { config } = loaded(
    inFolder({ 'weir.yaml': 'backends: [{ name: a, url: "http://a", models: [m], apiKey: k }]' }),
  )
  const check = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    assert.ok(Object.isFrozen(value))
    for (const part of Object.values(value)) check(part)
  }
  check(config)
  assert.equal(config.gateway.backends[0]?.apiKey?.reveal(), 'k')
})

test('warnings come with a good configuration and with a bad one', () => {
  const cwd = inFolder({ 'bad.yaml': 'auth: maybe' })
  const env = { WEIR_LISTN: ':1' }
  assert.equal(loaded(cwd, { env }).warnings.length, 1)
  assert.equal(refused(cwd, { env, file: 'bad.yaml' }).warnings.length, 1)
  assert.equal(refused(cwd, { env, file: 'none.yaml' }).warnings.length, 1)
})

test('what stood in each file when it was read is told, for whoever watches them from then on', () => {
  const written = 'backends: [{ name: a, url: "http://a:1", apiKey: "${file:etc/key}" }]\n'
  const cwd = inFolder({ 'weir.yaml': `\uFEFF${written}`, 'etc/key': 'a key for tests\n' })
  const load = loaderIn(cwd)
  const { files, digests } = load()
  assert.deepEqual(files, [join(cwd, 'weir.yaml'), join(cwd, 'etc/key')])
  assert.deepEqual(
    files.map((file) => digests?.get(file)),
    files.map((file) => digestOf(readFileSync(file))),
  )
  rmSync(join(cwd, 'etc/key'))
  assert.equal(load().digests, undefined)
})
