// One bad configuration for every rule, with the exact text it is answered with. The place of each line counts.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { explain, printProblem } from './explain.ts'
import { createLoader, type LoadOptions } from './load.ts'

const folder = mkdtempSync(join(tmpdir(), 'weir-config-'))
after(() => rmSync(folder, { recursive: true }))

const HASH = `sha256:${'a'.repeat(64)}`
const BACKEND = '{name: a, url: "http://127.0.0.1:1"}'

function problemsOf(text: string, rest: Partial<LoadOptions> = {}): readonly string[] {
  writeFileSync(join(folder, 'weir.yaml'), text)
  const result = createLoader({ file: undefined, given: [], env: {}, cwd: folder, ...rest })()
  return result.ok ? [] : result.problems.map(printProblem)
}

const RULES: Readonly<Record<string, readonly [text: string, ...problems: string[]]>> = {
  'the file is valid YAML': [
    'listen: [',
    'weir.yaml:1:10: not valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ]',
  ],
  'a key stands once': ['auth: none\nauth: keys', 'weir.yaml:2:1: not valid YAML: Map keys must be unique'],
  'references between brackets have quotes': [
    'retry: { attempts: ${env:N} }',
    'weir.yaml:1:21: not valid YAML: Unexpected flow-map-start at node end; between { } and [ ], a value with ${…} needs quotes',
  ],
  'an alias names something': [
    'log: *nothing',
    'weir.yaml:1:6: not valid YAML: no &nothing stands before this *nothing',
  ],
  'the file is a map': ['- listen', 'weir.yaml:1:1: expected a map of keys, found a list'],
  'a key is known': ['lisen: :1', 'weir.yaml:1:1: lisen: is not a key that Weir knows; did you mean listen?'],
  'a key is known, far from any other': [
    'retry: { backoff: 1s }',
    'weir.yaml:1:10: retry.backoff: is not a key that Weir knows; possible here: attempts, budget, minimum, sent',
  ],
  'a key called __proto__ is no better': [
    'log: { __proto__: { level: debug } }',
    'weir.yaml:1:8: log.__proto__: is not a key that Weir knows; possible here: level, format, requests',
  ],
  'a key needs no quotes to be named': [
    '"a b": 1',
    'weir.yaml:1:1: ["a b"]: is not a key that Weir knows; possible here: listen, metrics, log, otlp, data, server, backends, models, discovery, health, retry, auth, keys, tenants, state, timezone, estimates, records, slos, sla_targets, maintenance, alerts',
  ],
  'a key of a later version is named as such': [
    'console: {}',
    'weir.yaml:1:1: console: this version of Weir does not have the web console yet; leave it out',
  ],
  'what is required is there': [
    'backends: [{ kind: ollama }]',
    'weir.yaml:1:12: backends[0].name: is missing: expected letters, digits, dots, dashes and underscores, at most 63, a letter or digit first',
    'weir.yaml:1:12: backends[0].url: is missing: expected a URL such as http://127.0.0.1:11434',
  ],
  'what is required is not empty': [
    'backends: [{ name: a, url: }]',
    'weir.yaml:1:23: backends[0].url: expected a URL such as http://127.0.0.1:11434, found nothing',
  ],
  'a list is a list': ['backends: ollama', 'weir.yaml:1:1: backends: expected a list, found "ollama"'],
  'a moment has a zone': [
    `keys:\n  - name: a\n    hash: ${HASH}\n    expires: 2026-12-31T18:00:00`,
    'weir.yaml:4:5: keys[0].expires: expected a day such as 2026-12-31 or a moment such as 2026-12-31T18:00:00Z, found "2026-12-31T18:00:00"',
  ],
  'a network is a network': [
    `keys:\n  - name: a\n    hash: ${HASH}\n    from: [10.0.0.0/33]`,
    'weir.yaml:4:12: keys[0].from[0]: expected a network such as 10.0.0.0/8 or fd00::/8, or one address, found "10.0.0.0/33"',
  ],
  'a path begins with a slash': [
    `keys:\n  - name: a\n    hash: ${HASH}\n    paths: [v1/chat/*]`,
    'weir.yaml:4:13: keys[0].paths[0]: expected a path such as /v1/chat/completions or /v1/chat/*, found "v1/chat/*"',
  ],
  'a map is a map': ['metrics: :9100', 'weir.yaml:1:1: metrics: expected a map of keys, found ":9100"'],
  'text is text': ['data: 7', 'weir.yaml:1:1: data: expected text, found 7'],
  'text is not empty': ['data: ""', 'weir.yaml:1:1: data: expected text that is not empty, found ""'],
  'truth is truth': [
    'log: { requests: yes }',
    'weir.yaml:1:8: log.requests: expected true or false, found "yes"',
  ],
  'a number is a number': [
    'retry: { attempts: three }',
    'weir.yaml:1:10: retry.attempts: expected a whole number from 1 to 3, found "three"',
  ],
  'a whole number is whole': [
    'retry: { attempts: 1.5 }',
    'weir.yaml:1:10: retry.attempts: expected a whole number from 1 to 3, found 1.5',
  ],
  'a number is not too small': [
    'metrics: { maxSeries: 1 }',
    'weir.yaml:1:12: metrics.maxSeries: expected a whole number from 1500 to 100000, found 1',
  ],
  'a number is not too large': [
    'retry: { attempts: 4 }',
    'weir.yaml:1:10: retry.attempts: expected a whole number from 1 to 3, found 4',
  ],
  'a word is one of those listed': [
    'log: { level: warning }',
    'weir.yaml:1:8: log.level: expected one of debug, info, warn, error, found "warning"; did you mean warn?',
  ],
  'an address is more than a port': [
    'listen: 18789',
    'weir.yaml:1:1: listen: expected an address such as :8080, 127.0.0.1:8080 or unix:/run/weir.sock, found 18789; write ":18789"',
  ],
  'an address is an address': [
    'listen: somewhere',
    'weir.yaml:1:1: listen: expected an address such as :8080, 127.0.0.1:8080 or unix:/run/weir.sock, found "somewhere"',
  ],
  'what Prometheus scrapes is no URL': [
    'metrics: { replicas: ["http://gw-1:9464"] }',
    'weir.yaml:1:23: metrics.replicas[0]: expected host:port, such as gateway-1.example:9464, found "http://gw-1:9464"',
  ],
  'a path is a path': [
    'metrics: { path: metrics }',
    'weir.yaml:1:12: metrics.path: expected a path such as /metrics, found "metrics"',
  ],
  'a duration has a unit': [
    'server: { drain: 30 }',
    'weir.yaml:1:11: server.drain: expected a duration such as 250ms, 3s, 10m or 30d, found 30',
  ],
  'a clock is not switched off': [
    'server: { headerTimeout: 0 }',
    'weir.yaml:1:11: server.headerTimeout: expected a duration from 1ms to 24d, found 0',
  ],
  'a clock can be kept by a timer': [
    'discovery: { every: 30d }',
    'weir.yaml:1:14: discovery.every: expected a duration from 1ms to 24d, found "30d"',
  ],
  'a size has a unit': [
    'server: { maxBody: 1024 }',
    'weir.yaml:1:11: server.maxBody: expected a size such as 64KiB or 32MB, found 1024',
  ],
  'a size has limits': [
    'server: { maxHeader: 1GiB }',
    'weir.yaml:1:11: server.maxHeader: expected a size from 1KiB to 1MiB, found "1GiB"',
  ],
  'a name is a label': [
    'backends: [{ name: my gpu, url: "http://x" }]',
    'weir.yaml:1:14: backends[0].name: expected letters, digits, dots, dashes and underscores, at most 63, a letter or digit first, found "my gpu"',
  ],
  'a URL has a scheme': [
    'backends: [{ name: a, url: "127.0.0.1:11434" }]',
    'weir.yaml:1:23: backends[0].url: expected a URL such as http://127.0.0.1:11434, found "127.0.0.1:11434"; write http://127.0.0.1:11434',
  ],
  'a URL holds no credentials, and they are not shown': [
    'backends: [{ name: a, url: "http://me:canary@x/?key=canary" }]',
    'weir.yaml:1:23: backends[0].url: credentials do not belong in a URL: use apiKey, found "http://…@x/?…"',
  ],
  'a key is kept by its hash, and what was written instead is not shown': [
    'keys: [{ name: a, hash: wk_canary }]',
    'weir.yaml:1:19: keys[0].hash: expected sha256: and 64 hex digits, as `weir keys create --print` prints it',
  ],
  'a secret is text, and what was written instead is not shown': [
    'backends: [{ name: a, url: "http://x", apiKey: 12345678 }]',
    'weir.yaml:1:40: backends[0].apiKey: expected text',
  ],
  'a key stands in a header, and what was written instead is not shown': [
    'backends: [{ name: a, url: "http://x", apiKey: "canary\\n" }]',
    'weir.yaml:1:40: backends[0].apiKey: expected a key that a header can hold: ASCII, without line breaks or blanks around it',
  ],
  'something that looks like a key is not shown wherever it stands': [
    'auth: sk-canary',
    'weir.yaml:1:1: auth: expected one of keys, none',
  ],
  'two backends have two names': [
    `backends: [${BACKEND}, ${BACKEND}]`,
    'weir.yaml:1:51: backends[1].name: is the same as backends[0].name, found "a"; give each entry of backends a name of its own',
  ],
  'two models have two names': [
    'models: [{ name: m }, { name: m }]',
    'weir.yaml:1:25: models[1].name: is the same as models[0].name, found "m"; give each entry of models a name of its own',
  ],
  'two keys have two names and two hashes': [
    `keys:\n  - { name: a, hash: "${HASH}" }\n  - { name: a, hash: "${HASH}" }`,
    'weir.yaml:3:7: keys[1].name: is the same as keys[0].name, found "a"; give each entry of keys a name of its own',
    'weir.yaml:3:16: keys[1].hash: is the same as keys[0].hash; give each entry of keys a hash of its own',
  ],
  'a model names backends that exist': [
    'backends: [{ name: ollama, url: "http://x" }]\nmodels: [{ name: m, backends: [olama, vllm] }]',
    'weir.yaml:2:32: models[0].backends[0]: expected the name of a backend, found "olama"; did you mean ollama?',
    'weir.yaml:2:39: models[0].backends[1]: expected the name of a backend, found "vllm"; backends are: ollama',
  ],
  'a model names no backend where none is configured': [
    'models: [{ name: m, backends: [vllm] }]',
    'weir.yaml:1:32: models[0].backends[0]: expected the name of a backend, found "vllm"; add it to backends',
  ],
  'a model that names backends names at least one': [
    'models: [{ name: m, backends: [] }]',
    'weir.yaml:1:21: models[0].backends: expected at least one backend; without this key every backend that lists the model may serve it, found a list',
  ],
  'two listeners have two ports': [
    'listen: :9464',
    'weir.yaml:1:1: metrics.listen: 127.0.0.1:9464 is taken by listen (:9464); give metrics a port of their own',
  ],
  'two listeners have two socket files': [
    'listen: unix:/run/a\nmetrics: { listen: unix:/run/a }',
    'weir.yaml:2:12: metrics.listen: unix:/run/a is taken by listen (unix:/run/a), found "unix:/run/a"; give metrics a port of their own',
  ],
  'no clock outlasts the total': [
    'backends:\n  - name: a\n    url: http://x\n    timeouts: { connect: 1m, idle: 20m, total: 30s }',
    'weir.yaml:4:17: backends[0].timeouts.connect: 1m is longer than total (30s), so it would never run out, found "1m"; shorten connect or lengthen total',
    'weir.yaml:4:30: backends[0].timeouts.idle: 20m is longer than total (30s), so it would never run out, found "20m"; shorten idle or lengthen total',
  ],
  'slots are counted, or found out': [
    'backends: [{ name: a, url: http://x, concurrency: 0 }]',
    'weir.yaml:1:38: backends[0].concurrency: expected a number of slots from 1 to 10000, or auto, found 0',
  ],
  'a number of slots is whole': [
    'backends: [{ name: a, url: http://x, concurrency: many }]',
    'weir.yaml:1:38: backends[0].concurrency: expected a number of slots from 1 to 10000, or auto, found "many"',
  ],
  'a sign of life has a unit, or is off': [
    'backends: [{ name: a, url: http://x, queue: { keepAlive: never } }]',
    'weir.yaml:1:47: backends[0].queue.keepAlive: expected a duration such as 15s, or off, found "never"',
  ],
  'a sign of life is not a flood': [
    'backends: [{ name: a, url: http://x, queue: { keepAlive: 10ms } }]',
    'weir.yaml:1:47: backends[0].queue.keepAlive: expected a duration from 1s to 24d, or off, found "10ms"',
  ],
  'a queue has a length': [
    'backends: [{ name: a, url: http://x, queue: { size: -1 } }]',
    'weir.yaml:1:47: backends[0].queue.size: expected a whole number from 0 to 10000, found -1',
  ],
  'a variable that is asked for is set': [
    'data: ${env:NOT_SET}/x',
    'weir.yaml:1:1: data: the environment variable NOT_SET is not set; set NOT_SET before starting Weir',
  ],
  'a file that is asked for is there': [
    'data: ${file:missing.txt}',
    'weir.yaml:1:1: data: the file missing.txt does not exist; write the path of a readable text file',
  ],
  'a file that is asked for is a file': [
    'data: ${file:.}',
    'weir.yaml:1:1: data: the file . is not a plain file; write the path of a readable text file',
  ],
  'a reference is closed': [
    'data: ${env:HOME',
    'weir.yaml:1:1: data: `${` without a closing `}`; write ${env:NAME} or ${file:/path}; for the characters themselves write $${',
  ],
  'a reference says what it refers to': [
    'data: ${HOME}',
    'weir.yaml:1:1: data: ${HOME} is not understood; write ${env:NAME} or ${file:/path}; for the characters themselves write $${',
  ],
}

for (const [rule, [text, ...problems]] of Object.entries(RULES)) {
  test(`refused with its place and what to write: ${rule}`, () => {
    assert.deepEqual(problemsOf(text), problems)
  })
}

test('every problem is reported at once, in the order of the file', () => {
  const text = [
    'lisen: :1',
    'backends:',
    '  - name: a',
    '    url: nowhere',
    '  - name: a',
    '    url: http://x',
    '    kind: olama',
    'data: ${env:NOT_SET}',
    'models: [{ name: m, backends: [b] }]',
  ].join('\n')
  const places = problemsOf(text).map((line) => line.replace(/: (is|the|expected).*$/, ''))
  assert.deepEqual(places, [
    'weir.yaml:1:1: lisen',
    'weir.yaml:4:5: backends[0].url',
    'weir.yaml:5:5: backends[1].name',
    'weir.yaml:7:5: backends[1].kind',
    'weir.yaml:8:1: data',
    'weir.yaml:9:32: models[0].backends[0]',
  ])
})

test('a problem with a flag or a variable names it', () => {
  const env = { WEIR_LOG_LEVEL: 'loud', WEIR_BACKEND: 'a=http://x b' }
  const given = [{ kind: 'value', by: '--listen', path: ['listen'], text: '80' }] as const
  assert.deepEqual(problemsOf('', { env, given }), [
    'WEIR_BACKEND: backends: expected NAME=URL[,kind=KIND], for example vllm=http://10.0.0.5:8000,kind=vllm',
    '--listen: listen: expected an address such as :8080, 127.0.0.1:8080 or unix:/run/weir.sock, found "80"; write ":80"',
    'WEIR_LOG_LEVEL: log.level: expected one of debug, info, warn, error, found "loud"',
  ])
})

test('a value that came from the environment is shown as it was asked for, never as it is', () => {
  assert.deepEqual(problemsOf('listen: ${env:ADDR}', { env: { ADDR: 'canary' } }), [
    'weir.yaml:1:1: listen: expected an address such as :8080, 127.0.0.1:8080 or unix:/run/weir.sock, found "${env:ADDR}"',
  ])
})

test('a value that could not be filled in is not complained of twice', () => {
  assert.equal(problemsOf('retry: { attempts: "${env:NOT_SET}" }').length, 1)
})

test('a default that clashes with a total that was written is not a problem', () => {
  assert.deepEqual(problemsOf('backends: [{ name: a, url: "http://x", timeouts: { total: 30s } }]'), [])
})

test('port 0 and different interfaces do not collide, one interface and all of them do', () => {
  assert.deepEqual(problemsOf('listen: 127.0.0.1:0\nmetrics: { listen: 127.0.0.1:0 }'), [])
  assert.deepEqual(problemsOf('listen: 127.0.0.1:80\nmetrics: { listen: 10.0.0.1:80 }'), [])
  assert.deepEqual(problemsOf('listen: unix:/run/a\nmetrics: { listen: unix:/run/b }'), [])
  for (const [one, other] of [
    ['localhost:80', '127.0.0.1:80'],
    ['"[::]:80"', '127.0.0.1:80'],
    ['10.0.0.1:80', '0.0.0.0:80'],
  ]) {
    assert.equal(problemsOf(`listen: ${one}\nmetrics: { listen: ${other} }`).length, 1, `${one} ${other}`)
  }
})

test('the report counts its problems', () => {
  const problem = { path: ['auth'], message: 'is wrong' }
  assert.equal(explain([problem]), 'The configuration has one problem:\n  auth: is wrong\n')
  assert.equal(
    explain([problem, problem]),
    'The configuration has 2 problems:\n  auth: is wrong\n  auth: is wrong\n',
  )
})
