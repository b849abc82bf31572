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
import type { ProfileInput } from '../../simulator/index.ts'
import type { Backend } from '../check.ts'

async function ask(t: TestContext, profile: ProfileInput, kind: Backend['kind'] = 'ollama') {
  const { url, simulator } = await startModelServer(t, profile)
  const written = { backends: [{ name: 'a', url, kind }] }
  const answer = await examineOne({ written, only: 'generate', options: { generate: true, generateMs: 600 } })
  return { answer, simulator }
}

test('nothing is generated unless it is asked for', async (t) => {
  const { url, simulator } = await startModelServer(t, { kind: 'ollama' })
  const answers = await examine({
    written: { backends: [{ name: 'a', url, kind: 'ollama' }] },
    only: ['backends'],
  })
  assertAnswer(
    answers.find(({ check }) => check === 'generate')!,
    'skip',
    /--generate/,
  )
  assert.equal(simulator.ledger.totals.started, 0)
})

for (const kind of ['ollama', 'vllm', 'llamacpp', 'openai', 'anthropic'] as const) {
  test(`a token comes out of a server of kind ${kind}`, async (t) => {
    const { answer, simulator } = await ask(t, { kind, models: ['bge-m3', 'chat'] }, kind)
    assertAnswer(answer, 'ok', /one token of chat came in \d+ ms/)
    assert.equal(simulator.ledger.totals.started, 1)
  })
}

test('a server that answers its version but hangs on generation is found within the patience', async (t) => {
  const { answer } = await ask(t, { kind: 'ollama', faults: [{ fault: 'hang' }] })
  assertAnswer(answer, 'fail', /answers its pages, and brought no token/, /--patience/)
})

test('an error in place of a token is shown', async (t) => {
  assertAnswer(
    (await ask(t, { kind: 'ollama', faults: [{ fault: '500' }] })).answer,
    'fail',
    /answered with 500/,
    /journalctl/,
  )
  assertAnswer(
    (await ask(t, { kind: 'vllm', faults: [{ fault: 'error-200' }] }, 'vllm')).answer,
    'fail',
    /answered with 200/,
  )
  assertAnswer(
    (await ask(t, { kind: 'vllm', faults: [{ fault: 'reset' }] }, 'vllm')).answer,
    'fail',
    /closes the connection/,
  )
})

test('a model that is in memory is asked before one that would have to be loaded', async (t) => {
  const models = [{ name: 'a-cold', cold: true, loadMs: 60_000 }, { name: 'b-warm' }]
  assertAnswer((await ask(t, { kind: 'ollama', models })).answer, 'ok', /b-warm/)
})

test('a server that repeats our key in its error does not make the doctor print it', async (t) => {
  const apiKey = 'sk-a-key-that-nobody-is-to-see'
  const models = servePages({ '/v1/models': { object: 'list', data: [{ id: 'chat' }] } })
  const url = await startServer(t, (request, response) => {
    if (request.method === 'GET') return models(request, response)
    response.statusCode = 402
    response.end(JSON.stringify({ error: { message: `no credit left for ${apiKey}` } }))
  })
  const written = { backends: [{ name: 'a', url, kind: 'openai', apiKey }] }
  const answer = await examineOne({ written, only: 'generate', options: { generate: true } })
  assertAnswer(answer, 'fail', /no credit left for <secret>/)
  assert.ok(!JSON.stringify(answer).includes(apiKey))
})
