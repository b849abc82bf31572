import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { parse } from 'yaml'
import { createLoader } from '../config/load.ts'
import { createCountingIds } from '../core/ids.ts'
import { printCliReference } from './docs.ts'
import { LATER_COMMANDS } from './later.ts'
import { run } from './run.ts'
import type { RouteQuestion, RouteReport, ServeContext, SignalName } from '../app/asked.ts'
import type { World } from './world.ts'

const folder = mkdtempSync(join(tmpdir(), 'weir-cli-'))
after(() => rmSync(folder, { recursive: true }))

const NO_ROUTE: RouteReport = {
  ...{
    model: 'qwen',
    entry: undefined,
    strategy: 'least-busy',
    candidates: [],
    excluded: [],
    refusal: undefined,
  },
  ...{ fallbacks: [], attempts: 3, nearest: [], problem: undefined },
}
const AS_OF = /As of a probe just made\. What a running gateway has learnt besides is not known here: .*\n$/

interface Trial {
  readonly code: number
  readonly out: string
  readonly err: string
  readonly served: readonly ServeContext[]
  readonly asked: readonly RouteQuestion[]
}

interface Surroundings {
  readonly env?: Readonly<Record<string, string>>
  readonly file?: string
  readonly report?: RouteReport
  readonly onWrite?: (text: string, signal: (name: SignalName) => void) => void
}

/** Runs a command line in a world of its own, with `file` as its weir.yaml. */
async function weir(
  line: string,
  { env = {}, file, report = NO_ROUTE, onWrite }: Surroundings = {},
): Promise<Trial> {
  const cwd = mkdtempSync(join(folder, 'run-'))
  if (file !== undefined) writeFileSync(join(cwd, 'weir.yaml'), file)
  const written = { out: '', err: '' }
  const served: ServeContext[] = []
  const asked: RouteQuestion[] = []
  const listeners = new Map<SignalName, () => void>()
  const world: World = {
    env,
    cwd,
    streams: {
      stdout: {
        write(text) {
          written.out += text
          onWrite?.(text, (name) => listeners.get(name)?.())
        },
      },
      stderr: { write: (text) => (written.err += text) },
    },
    signals: {
      on(name, callback) {
        listeners.set(name, callback)
        return () => void listeners.delete(name)
      },
    },
    ids: createCountingIds(),
    clock: { wall: () => 0 },
    readBuild: () => ({ version: '1.2.3', commit: 'abc1234' }),
    serve: (context) => {
      served.push(context)
      return Promise.resolve(7)
    },
    explainRoute: (question) => {
      asked.push(question)
      return Promise.resolve(report)
    },
    openAlertDesk: () => assert.fail('no test here asks for alerts'),
    testReceiver: () => assert.fail('no test here sends a message'),
  }
  const argv = line === '' ? [] : line.split(' ')
  const code = await run(argv, world)
  assert.equal(listeners.size, 0, 'every signal was let go of')
  return { code, ...written, served, asked }
}

test('without a command the gateway is served, with the configuration and the way to read it again', async () => {
  const { code, served, out, err } = await weir('', { file: 'listen: :1' })
  assert.deepEqual([code, out, err, served.length], [7, '', '', 1])
  const context = served[0]
  assert.deepEqual(context?.config.gateway.listen, { kind: 'tcp', host: undefined, port: 1 })
  assert.equal(context?.load().ok, true)
  assert.deepEqual(context?.build, { version: '1.2.3', commit: 'abc1234' })
  assert.deepEqual(context?.files, [context?.config.source.file])
})

test('the command line of the articles works with weir in place of their gateway', async () => {
  const line =
    '--ollama-url http://127.0.0.1:11434 --listen :18789 --metrics-addr :9100 --metrics-path /metrics'
  for (const command of [line, `serve ${line}`]) {
    const { code, served } = await weir(command)
    const config = served[0]?.config
    assert.equal(code, 7)
    assert.deepEqual(config?.gateway.listen, { kind: 'tcp', host: undefined, port: 18789 })
    assert.deepEqual(config?.telemetry.metrics.listen, { kind: 'tcp', host: undefined, port: 9100 })
    const backends = config?.gateway.backends.map(({ name, url, kind }) => [name, url, kind])
    assert.deepEqual(backends, [['ollama', 'http://127.0.0.1:11434', 'ollama']])
  }
})

test('every flag reaches the configuration, and a backend may be named more than once', async () => {
  const line =
    'serve --backend a=http://a,kind=vllm --backend b=http://b --data-dir /srv/w --log-level debug --log-format json'
  const config = (await weir(line)).served[0]?.config
  assert.deepEqual(
    config?.gateway.backends.map(({ name, kind }) => `${name} ${kind}`),
    ['a vllm', 'b openai'],
  )
  assert.equal(config?.dataDir, '/srv/w')
  assert.deepEqual([config?.telemetry.log.level, config?.telemetry.log.format], ['debug', 'json'])
})

test('flags override variables, and an unknown variable is warned of', async () => {
  const env = { WEIR_LISTEN: ':1', WEIR_LOG_LEVEL: 'debug', WEIR_LISTN: ':2' }
  const { served, err } = await weir('--listen :3', { env })
  assert.deepEqual(served[0]?.config.gateway.listen, { kind: 'tcp', host: undefined, port: 3 })
  assert.equal(served[0]?.config.telemetry.log.level, 'debug')
  assert.match(err, /^weir: warning: the environment variable WEIR_LISTN .* did you mean WEIR_LISTEN\?\n$/)
})

test('nothing is served with a configuration that is wrong', async () => {
  const bad = await weir('--listen 80', { file: 'auth: maybe' })
  assert.deepEqual([bad.code, bad.served.length], [2, 0])
  assert.match(
    bad.err,
    /^The configuration has 2 problems:\n {2}--listen: .*\n {2}weir\.yaml:1:1: auth: .*\n$/,
  )
  const missing = await weir('-c none.yaml')
  assert.deepEqual([missing.code, missing.served.length], [2, 0])
  assert.match(missing.err, /the file none\.yaml does not exist/)
})

test('check says yes with 0, no with 1, and that there is nothing to check with 2', async () => {
  const good = await weir('check', { file: 'backends: [{ name: a, url: "http://a" }]' })
  assert.deepEqual(
    [good.code, good.out, good.err],
    [0, 'weir.yaml is valid: 1 backend, 0 models, 0 keys\n', ''],
  )
  const none = await weir('check')
  assert.deepEqual(
    [none.code, none.out],
    [0, 'The configuration without a file is valid: 0 backends, 0 models, 0 keys\n'],
  )
  const bad = await weir('check', { file: 'auth: maybe\nretry: { attempts: 9 }' })
  assert.deepEqual([bad.code, bad.out], [1, ''])
  assert.equal(bad.err.split('\n').length, 4)
  assert.equal((await weir('check -c none.yaml')).code, 2)
})

test('check prints the resolved configuration and nothing else on standard output, secrets hidden', async () => {
  const file = 'backends: [{ name: a, url: "http://a", apiKey: "${env:KEY}" }]'
  const yaml = await weir('check --print yaml --listen :5', { file, env: { KEY: 'canary' } })
  const printed = parse(yaml.out) as { listen: string; backends: { apiKey: string }[] }
  assert.deepEqual([yaml.code, printed.listen, printed.backends[0]?.apiKey], [0, ':5', '[secret]'])
  assert.match(yaml.err, /is valid/)
  const json = await weir('check --print json', { file, env: { KEY: 'canary' } })
  assert.deepEqual(Object.keys(JSON.parse(json.out) as object).slice(0, 2), ['listen', 'metrics'])
  assert.ok(!`${yaml.out}${yaml.err}${json.out}${json.err}`.includes('canary'))
})

test('a created key is shown once, and its lines are a configuration that Weir accepts', async () => {
  const { code, out, err } = await weir(
    'keys create --print --name team-a --tenant north --models qwen3*,bge-m3',
  )
  assert.deepEqual([code, err], [0, ''])
  const [key = ''] = out.split('\n')
  assert.match(key, /^wk_[0-9a-z]{8}_\w{20,}$/)
  assert.equal(out.split(key).length, 2)
  const cwd = mkdtempSync(join(folder, 'pasted-'))
  writeFileSync(join(cwd, 'weir.yaml'), out.slice(out.indexOf('keys:\n')))
  const pasted = createLoader({ file: undefined, given: [], env: {}, cwd })()
  assert.ok(pasted.ok)
  const [entry] = pasted.config.access.keys
  assert.deepEqual([entry?.name, entry?.tenant, entry?.models], ['team-a', 'north', ['qwen3*', 'bge-m3']])
})

test('a created key can be read by a script', async () => {
  const made = JSON.parse((await weir('keys create --print --name ci --json')).out) as Record<string, string>
  assert.deepEqual(Object.keys(made), ['key', 'publicId', 'name', 'hash'])
  assert.ok(made['key']?.startsWith(`wk_${made['publicId']}_`))
})

test('a key with a name that could not be configured is not made', async () => {
  for (const line of ['--name a/b', '--name a --tenant ', '--name a --models x,,y']) {
    const { code, out, err } = await weir(`keys create ${line}`)
    assert.deepEqual([code, out], [2, ''], line)
    assert.match(err, /^error: --(name|tenant|models\[1\]): expected /, line)
  }
  assert.equal((await weir('keys create')).code, 2)
})

test('a route is printed in the order in which it would be tried', async () => {
  const report: RouteReport = {
    ...NO_ROUTE,
    model: 'qwen3',
    candidates: [
      { backend: 'gpu-1', model: 'qwen3', target: 'Org/Qwen3', reason: 'available, 0 in flight' },
      { backend: 'b', model: 'qwen3', target: 'qwen3', reason: 'available, 3 in flight' },
    ],
    excluded: [{ backend: 'claude', reason: 'does not serve this model' }],
  }
  const line = 'route qwen3 --backend b=http://b --dialect ollama --key team-a'
  const { code, out, asked } = await weir(line, { report })
  assert.equal(code, 0)
  assert.equal(
    out.replace(AS_OF, ''),
    '1.  gpu-1   available, 0 in flight, asked for Org/Qwen3\n2.  b       available, 3 in flight\n' +
      '-   claude  does not serve this model\n3 attempts at most. ',
  )
  assert.match(out, AS_OF)
  assert.deepEqual(
    [asked[0]?.model, asked[0]?.dialect, asked[0]?.key, asked[0]?.config.gateway.backends.length],
    ['qwen3', 'ollama', 'team-a', 1],
  )
  const json = JSON.parse((await weir('route qwen3 --json', { report })).out) as Record<string, unknown>
  assert.match(`${String(json['asOf'])}\n`, AS_OF)
  const { problem: _, ...told } = report
  const expected: unknown = JSON.parse(JSON.stringify({ dialect: 'openai', ...told, asOf: json['asOf'] }))
  assert.deepEqual(json, expected)
})

test('fallbacks stand below the model they are for, with the entries that hold for each', async () => {
  const candidates = [{ backend: 'b', model: 'small', target: 'small', reason: 'available' }]
  const report: RouteReport = {
    ...NO_ROUTE,
    ...{ model: 'qwen3:8b', entry: 'qwen3*', strategy: 'weighted', attempts: 1 },
    fallbacks: [
      { ...NO_ROUTE, model: 'small', entry: 'small', candidates },
      { ...NO_ROUTE, model: 'other', refusal: 'the key team-a may not use it' },
    ],
  }
  const { code, out } = await weir('route qwen3:8b', { report })
  assert.deepEqual(
    [code, out.replace(AS_OF, '')],
    [
      0,
      'qwen3:8b: by the entry qwen3*, weighted\nelse small: least-busy\n1.  b  available\nelse other\n' +
        '-   the key team-a may not use it\nOne attempt at most. ',
    ],
  )
})

test('a model that nobody would be asked for is a no, with the names that look like it', async () => {
  const report = { ...NO_ROUTE, nearest: ['qwen3'] }
  const { code, out } = await weir('route qwen', { report })
  assert.deepEqual(
    [code, out.replace(AS_OF, '')],
    [1, 'No backend would be tried for qwen.\nDid you mean qwen3?\n'],
  )
  const refused = await weir('route qwen --key k', {
    report: { ...NO_ROUTE, refusal: 'the key k may not use it' },
  })
  assert.deepEqual(
    [refused.code, refused.out],
    [1, 'No backend would be tried for qwen: the key k may not use it.\n'],
  )
  const unknown = await weir('route qwen --key x', {
    report: { ...NO_ROUTE, problem: 'there is no key called "x"' },
  })
  assert.deepEqual([unknown.code, unknown.err], [2, 'error: --key: there is no key called "x"\n'])
  assert.equal((await weir('route')).code, 2)
  assert.equal((await weir('route a', { file: 'auth: maybe' })).code, 2)
})

test('the simulator runs until it is told to stop', async () => {
  const { code, out } = await weir('simulate --listen 127.0.0.1:0', {
    onWrite: (_, signal) => signal('SIGTERM'),
  })
  assert.equal(code, 0)
  assert.match(out, /^simulator started on http:\/\/127\.0\.0\.1:\d+: a pretend model server/)
})

test('the simulator lists its faults, and refuses an address or a profile it cannot use', async () => {
  const faults = await weir('simulate --list-faults')
  assert.deepEqual([faults.code, faults.err], [0, ''])
  assert.match(faults.out, /^sim:cut-after-N +closes the connection/m)
  for (const listen of ['80', 'unix:/run/s']) {
    assert.match(
      (await weir(`simulate --listen ${listen}`)).err,
      /^error: --listen: expected :port or host:port\n$/,
    )
  }
  assert.match(
    (await weir('simulate --profile none.yaml')).err,
    /--profile: the file none\.yaml does not exist/,
  )
  const wrong = await weir('simulate --profile weir.yaml', { file: 'slots: many\nspeed: 1' })
  assert.equal(wrong.code, 2)
  assert.match(wrong.err, /weir\.yaml: .*slots.*speed/s)
  const broken = await weir('simulate --profile weir.yaml', { file: 'slots: [' })
  assert.match(broken.err, /--profile: weir\.yaml:1:9: not valid YAML/)
})

test('the version is printed in one line', async () => {
  for (const line of ['--version', '-V', '--listen :1 --version']) {
    const { code, out, served } = await weir(line)
    assert.deepEqual([code, out, served.length], [0, 'weir version v1.2.3 (commit abc1234)\n', 0], line)
  }
})

test('help is printed on standard output for the program and for each command', async () => {
  for (const line of [
    '--help',
    '-h',
    'help',
    'serve --help',
    'check -h',
    'help check',
    'keys create --help',
    'route --help',
  ]) {
    const { code, out, err, served } = await weir(line)
    assert.deepEqual([code, err, served.length], [0, '', 0], line)
    assert.match(out, /^Usage: weir/, line)
  }
})

test('what is not understood ends with 2 and says what was meant', async () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['chek', /no command "weir chek"; did you mean check\?/],
    ['sim', /did you mean simulate\?/],
    ['xyzzy', /no command "weir xyzzy"; there are: serve, check, [a-z, ]*sla, load, [a-z, ]*simulate$/m],
    ['keys creat', /no command "weir keys creat"; did you mean create\?/],
    ['demo --json', /this version of Weir does not have "weir demo" yet/],
    ['keys lst', /no command "weir keys lst"; did you mean list\?/],
    ['--lisen :1', /unknown option '--lisen'\n\(Did you mean --listen\?\)/],
    ['serve extra', /too many arguments/],
    ['--listen', /argument missing/],
    ['check --print xml', /Allowed choices are yaml, json/],
    ['keys', /^Usage: weir keys/],
  ]
  for (const [line, message] of cases) {
    const { code, out, err, served } = await weir(line)
    assert.deepEqual([code, out, served.length], [2, '', 0], line)
    assert.match(err, message, line)
  }
})

test('no command is announced for later that is already there', async () => {
  for (const command of LATER_COMMANDS.keys()) {
    assert.match((await weir(command)).err, /this version of Weir does not have/, command)
  }
})

test('a failure of our own is not dressed up as wrong usage', async () => {
  const broken = {
    ...NO_ROUTE,
    get candidates(): never {
      throw new TypeError('ours')
    },
  }
  await assert.rejects(weir('route a', { report: broken }), /ours/)
})

test('the reference page has every command with its flags, variables and defaults', () => {
  const page = printCliReference()
  for (const command of [
    'serve',
    'check',
    'keys create',
    'keys list',
    'keys revoke',
    'keys rotate',
    'route',
    'simulate',
  ]) {
    assert.ok(page.includes(`\n## weir ${command}\n`), command)
  }
  assert.ok(
    page.includes(
      '| `--listen ADDR` | `WEIR_LISTEN` |  | where callers connect: :port, host:port or unix:/path |',
    ),
  )
  assert.ok(page.includes('| `--listen ADDR` |  | `127.0.0.1:18791` |'))
  assert.ok(page.includes('| `--name NAME` |  |  | who it is for: the name in records and logs (required) |'))
  for (const command of LATER_COMMANDS.keys()) assert.ok(page.includes(`- \`weir ${command}\`: `), command)
})
