import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import fc from 'fast-check'
import { createLoader } from './load.ts'
import type { PortableSettings } from './portable.ts'
import type { Given } from './settings.ts'

interface Carried {
  readonly env?: Readonly<Record<string, string>>
  readonly given?: readonly Given[]
}

function carry(t: TestContext, text: string, { env = {}, given = [] }: Carried = {}): PortableSettings {
  const folder = mkdtempSync(join(tmpdir(), 'weir-portable-'))
  t.after(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'weir.yaml'), text)
  writeFileSync(join(folder, 'token.txt'), 'from-a-file-0123456789\n')
  const result = createLoader({ file: undefined, env, given, cwd: folder })()
  assert.ok(result.ok, JSON.stringify(result.ok ? '' : result.problems))
  return result.toPortable()
}

test('references stay as they are written, and are named', (t) => {
  const { text, variables, files } = carry(
    t,
    `
alerts:
  bridge: { token: "\${file:token.txt}" }
  receivers:
    - { name: oncall, kind: dingtalk, url: "\${env:ROBOT}", secret: "\${env:SIGN}" }
`,
    { env: { ROBOT: 'https://robot.example/send?access_token=hush', SIGN: 'SECdeadbeef' } },
  )
  assert.match(text, /url: \$\{env:ROBOT\}/)
  assert.doesNotMatch(text, /hush|deadbeef|from-a-file/)
  assert.deepEqual(variables, [
    { name: 'ROBOT', path: 'alerts.receivers[0].url', isInvented: false },
    { name: 'SIGN', path: 'alerts.receivers[0].secret', isInvented: false },
  ])
  assert.deepEqual(files, ['token.txt'])
})

test('a secret that stands in the clear becomes a reference to a variable that is named after it', (t) => {
  const { text, variables } = carry(
    t,
    `
state: redis://weir:hunter2@127.0.0.1:6379
records: { store: "postgres://weir:hunter3@db.example/weir" }
backends:
  - { name: gpu-1, url: http://127.0.0.1:8000, kind: vllm, apiKey: sk-hunter4 }
alerts:
  receivers:
    - { name: on call, kind: slack, url: https://hooks.slack.com/services/hunter5 }
    - { name: on-call, kind: slack, url: https://hooks.slack.com/services/hunter6 }
`.replace('on call', 'on_call'),
  )
  assert.doesNotMatch(text, /hunter/)
  assert.deepEqual(
    variables.map(({ name, isInvented }) => (isInvented ? name : '')),
    [
      'WEIR_SECRET_STATE',
      'WEIR_SECRET_RECORDS_STORE',
      'WEIR_SECRET_BACKENDS_GPU_1_API_KEY',
      'WEIR_SECRET_ALERTS_RECEIVERS_ON_CALL_URL',
      'WEIR_SECRET_ALERTS_RECEIVERS_ON_CALL_URL_2',
    ],
  )
})

test('comments are left behind, since a password may be in one', (t) => {
  const { text } = carry(t, '# the old one was hunter2\nlisten: 127.0.0.1:8080 # hunter3\n')
  assert.equal(text, 'listen: 127.0.0.1:8080\n')
})

test('what flags and variables give is in it, and is not filled in by who reads it', (t) => {
  const given: Given[] = [
    { kind: 'value', by: '--data-dir', path: ['data'], text: '/data/${env:HOME}' },
    { kind: 'backend', by: '--backend', text: 'gpu=http://127.0.0.1:8000,kind=vllm' },
  ]
  const { text, variables } = carry(t, 'listen: 127.0.0.1:1\n', { env: { WEIR_LISTEN: ':18789' }, given })
  assert.match(text, /^listen: :18789$/m)
  assert.match(text, /^data: \/data\/\$\$\{env:HOME\}$/m)
  assert.match(text, /name: gpu/)
  assert.deepEqual(variables, [])
})

test('an empty file is carried as an empty map', (t) => {
  assert.equal(carry(t, '').text, '{}\n')
})

test('whatever a secret is, it is not in the text', (t) => {
  const secret = fc.stringMatching(/^[A-Za-z0-9!#%&*+.;<=>?@^_~-]{16,40}$/)
  fc.assert(
    fc.property(secret, secret, (token, key) => {
      const { text } = carry(
        t,
        JSON.stringify({
          backends: [{ name: 'b', url: 'http://127.0.0.1:1', apiKey: key }],
          alerts: { bridge: { token } },
        }),
      )
      assert.ok(!text.includes(token) && !text.includes(key), text)
    }),
    { numRuns: 30 },
  )
})
