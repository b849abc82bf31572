import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import {
  assertAnswer,
  examine,
  examineOne,
  servePages,
  startModelServer,
  startServer,
} from '../../../test/support/doctor.ts'
import { startStage } from '../../../test/support/weir.ts'
import { systemMachine } from '../ask/machine.ts'
import type { Backend } from '../check.ts'
import type { ProfileInput } from '../../simulator/index.ts'

const at = (url: string, kind: Backend['kind'], more: Readonly<Record<string, unknown>> = {}) => ({
  backends: [{ name: 'a', url, kind, ...more }],
})

async function askKind(t: TestContext, profile: ProfileInput, kind: Backend['kind'], apiKey?: string) {
  const { url } = await startModelServer(t, profile)
  return examineOne({
    written: at(url, kind, apiKey === undefined ? {} : { apiKey }),
    only: 'backend-speaks',
  })
}

for (const kind of ['ollama', 'vllm', 'llamacpp', 'openai'] as const) {
  test(`a server of kind ${kind} is well under its own kind`, async (t) => {
    assertAnswer(await askKind(t, { kind }, kind), 'ok', new RegExp(`kind ${kind}`))
  })
}

const MISTAKES = [
  ['vllm', 'ollama', 'fail'],
  ['llamacpp', 'ollama', 'fail'],
  ['openai', 'ollama', 'fail'],
  ['ollama', 'vllm', 'fail'],
  ['llamacpp', 'vllm', 'fail'],
  ['ollama', 'openai', 'warn'],
  ['vllm', 'openai', 'warn'],
] as const

for (const [real, written, status] of MISTAKES) {
  test(`a server of kind ${real} that is written as ${written} is recognised`, async (t) => {
    assertAnswer(await askKind(t, { kind: real }, written), status, /kind is /, new RegExp(`^kind: ${real}$`))
  })
}

test('a key that is missing or wrong is told apart, and never printed', async (t) => {
  const profile = { kind: 'vllm', apiKey: 'right-key' } as const
  assertAnswer(await askKind(t, profile, 'vllm'), 'fail', /asks for a key/, /apiKey/)
  const wrong = await askKind(t, profile, 'vllm', 'wrong-secret')
  assertAnswer(wrong, 'fail', /refuses the key/, /apiKey/)
  assert.ok(!JSON.stringify(wrong).includes('wrong-secret'))
  assertAnswer(await askKind(t, profile, 'vllm', 'right-key'), 'ok', /kind vllm/)
})

test('a server that is loading is waited for, and one that is no model server is called so', async (t) => {
  assertAnswer(await askKind(t, { kind: 'llamacpp', loading: true }, 'llamacpp'), 'warn', /loading|503/i)
  const page = await startServer(t, servePages({ '/': '<html>hello</html>' }))
  assertAnswer(
    await examineOne({ written: at(page, 'openai'), only: 'backend-speaks' }),
    'fail',
    /no model server/,
    /curl -i/,
  )
})

test('versions are known by each kind, and holes by version and by who can reach them', async (t) => {
  const ask = async (profile: ProfileInput, kind: Backend['kind']) => {
    const { url } = await startModelServer(t, profile)
    return examineOne({ written: at(url, kind), only: 'backend-version' })
  }
  assertAnswer(await ask({ kind: 'ollama', version: '0.17.1' }, 'ollama'), 'ok', /version 0\.17\.1/)
  assertAnswer(
    await ask({ kind: 'ollama', version: '0.12.6' }, 'ollama'),
    'warn',
    /CVE-2026-7482/,
    /0\.17\.1/,
  )
  assertAnswer(await ask({ kind: 'vllm', version: '0.10.2' }, 'vllm'), 'fail', /CVE-2026-22778/, /0\.14\.1/)
  assertAnswer(await ask({ kind: 'vllm', version: '0.19.0' }, 'vllm'), 'ok', /0\.19\.0/)
  assertAnswer(
    await ask({ kind: 'llamacpp', version: 'b8000-abc' }, 'llamacpp'),
    'warn',
    /CVE-2026-27940/,
    /b8146/,
  )
  assertAnswer(await ask({ kind: 'llamacpp', version: 'b9000-abc' }, 'llamacpp'), 'ok', /b9000/)
  assertAnswer(await ask({ kind: 'ollama', version: '0.0.0' }, 'ollama'), 'warn', /0\.0\.0/)
  for (const kind of ['ollama', 'vllm'] as const)
    assertAnswer(await ask({ kind }, kind), 'ok', /none of the holes/)
  const { url } = await startModelServer(t, { kind: 'openai' })
  assert.deepEqual(await examine({ written: at(url, 'openai'), only: ['backend-version'] }), [])
})

test('who else reaches a server of this machine is tried at its other addresses', async (t) => {
  const local = { kind: 'ollama' } as const
  const closed = await startModelServer(t, local)
  const open = await startModelServer(t, local, '0.0.0.0')
  // Every address of the loopback network is this machine, and no other than the one that is asked for is its usual one.
  const machine = { ...systemMachine, addresses: () => ['127.0.0.9'] }
  const ask = (url: string, more: Readonly<Record<string, unknown>> = {}) =>
    examineOne({ written: at(url, 'ollama', more), only: 'backend-closed', instead: { machine } })
  assertAnswer(await ask(closed.url), 'ok', /this machine alone/)
  assertAnswer(await ask(open.url), 'warn', /without a key on 127\.0\.0\.9/, /OLLAMA_HOST=127\.0\.0\.1/)
  assertAnswer(await ask(open.url, { apiKey: 'a-key' }), 'warn', /answered without a key too/)
  const keyed = await startModelServer(t, { kind: 'vllm', apiKey: 'a-key' })
  const written = at(keyed.url, 'vllm', { apiKey: 'a-key' })
  assertAnswer(await examineOne({ written, only: 'backend-closed' }), 'ok', /only to who has the key/)
})

test('another gateway in place of a model server is told of', async (t) => {
  const stage = await startStage()
  t.after(() => stage.stop())
  const answer = await examineOne({ written: at(stage.url, 'vllm'), only: 'backend-speaks' })
  assertAnswer(answer, 'fail', /kind is vllm/)
})
