import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  assertAnswer,
  examine,
  examineOne,
  servePages,
  startModelServer,
  startServer,
} from '../../../test/support/doctor.ts'
import { findFreePort } from '../../../test/support/free-port.ts'

const GIB = 1_073_741_824

test('models are listed, and a server without one is found', async (t) => {
  const ask = async (models: readonly string[], more: Readonly<Record<string, unknown>> = {}) => {
    const { url } = await startModelServer(t, { kind: 'ollama', models })
    return examineOne({
      written: { backends: [{ name: 'a', url, kind: 'ollama', ...more }] },
      only: 'backend-models',
    })
  }
  assertAnswer(await ask(['qwen3:8b', 'bge-m3']), 'ok', /2 models: qwen3:8b, bge-m3/)
  assertAnswer(await ask([]), 'fail', /lists no model/, /ollama pull/)
  assertAnswer(await ask(['qwen3:8b'], { models: ['qwen3:8b'] }), 'ok', /backends\[\]\.models names/)
  assertAnswer(
    await ask(['qwen3:8b'], { models: ['qwen3'] }),
    'fail',
    /does not list qwen3/,
    /did you mean qwen3:8b/,
  )
})

test('a model of the configuration that no backend lists is found, with the name that was meant', async (t) => {
  const [first, second] = await Promise.all([
    startModelServer(t, { kind: 'ollama', models: ['qwen3:8b', 'bge-m3'] }),
    startModelServer(t, { kind: 'vllm', models: ['Qwen/Qwen3-32B'] }),
  ])
  const backends = [
    { name: 'a', url: first.url, kind: 'ollama' },
    { name: 'b', url: second.url, kind: 'vllm' },
  ]
  const ask = (models: readonly Readonly<Record<string, unknown>>[]) =>
    examine({ written: { backends, models }, only: ['models-served'] })
  const [good] = await ask([
    { name: 'qwen3:8b' },
    { name: 'qwen3*' },
    { name: 'chat', model: 'bge-m3', backends: ['a'] },
  ])
  assertAnswer(good!, 'ok', /3 of 3 models/)
  const bad = await ask([
    { name: 'qwen3' },
    { name: 'big', backends: [{ name: 'b', model: 'Qwen/Qwen3-23B' }] },
    { name: 'qwen3:8b', backends: ['a', 'b'] },
    { name: 'llama*' },
  ])
  assert.deepEqual(
    bad.map(({ status }) => status),
    ['fail', 'fail', 'warn', 'warn'],
  )
  assertAnswer(bad[0]!, 'fail', /no backend lists qwen3$/, /did you mean qwen3:8b/)
  assertAnswer(bad[1]!, 'fail', /Qwen\/Qwen3-23B, which big stands for/, /Qwen3-32B/)
  assertAnswer(bad[2]!, 'warn', /not listed by b/)
  assertAnswer(bad[3]!, 'warn', /nothing that is listed matches llama\*/)
})

test('of models nothing is said while a backend that may serve them does not answer', async () => {
  const backends = [{ name: 'a', url: `http://127.0.0.1:${await findFreePort()}`, kind: 'ollama' }]
  const answers = await examine({
    written: { backends, models: [{ name: 'qwen3' }] },
    only: ['models-served'],
  })
  assert.deepEqual(
    answers.filter(({ check }) => check === 'models-served'),
    [],
  )
})

test('a model in memory is wholly on the GPU, partly, or not at all; and asking loads none', async (t) => {
  const size = { sizeBytes: 10 * GIB }
  const { url, simulator } = await startModelServer(t, {
    kind: 'ollama',
    models: [
      { name: 'whole', ...size, sizeVramBytes: 10 * GIB },
      { name: 'part', ...size, sizeVramBytes: 7 * GIB },
      { name: 'cpu', ...size, sizeVramBytes: 0 },
      { name: 'cold', cold: true },
    ],
  })
  const written = { backends: [{ name: 'a', url, kind: 'ollama' }] }
  const answers = await examine({ written, only: ['backend-memory'] })
  assert.deepEqual(
    answers.map(({ status, seen }) => `${status} ${seen}`),
    [
      'ok whole is loaded, wholly in GPU memory',
      'warn part is loaded, 30 % of it in the memory of the CPU',
      'warn cpu is loaded, wholly in the memory of the CPU',
    ],
  )
  assert.equal(simulator.ledger.totals.started, 0)
  const idle = await startServer(
    t,
    servePages({
      '/api/tags': { models: [{ name: 'm' }] },
      '/api/ps': { models: [] },
      '/api/version': { version: '0.20.0' },
    }),
  )
  const answer = await examineOne({
    written: { backends: [{ name: 'a', url: idle, kind: 'ollama' }] },
    only: 'backend-memory',
  })
  assertAnswer(answer, 'ok', /no model is loaded now/)
})
