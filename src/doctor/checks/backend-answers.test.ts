import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import {
  assertAnswer,
  examine,
  servePages,
  startModelServer,
  startServer,
} from '../../../test/support/doctor.ts'
import type { Backend } from '../check.ts'

/** One failure, and nothing that follows from it. */
async function failureOf(url: string, kind: Backend['kind']) {
  const answers = await examine({ written: { backends: [{ name: 'a', url, kind }] }, only: ['backends'] })
  const [first, ...others] = answers.filter(({ status }) => status === 'fail' || status === 'warn')
  assert.ok(first !== undefined && others.length === 0, JSON.stringify(answers))
  return first
}

const answering = (t: TestContext, status: number, headers: Readonly<Record<string, string>>, body = '') =>
  startServer(t, (_, response) => response.writeHead(status, headers).end(body))

test('what answers in place of a model server is told by what it answers', async (t) => {
  const portal = await answering(t, 302, { location: 'https://login.example.com/wifi?token=a-secret' })
  const led = await failureOf(portal, 'ollama')
  assertAnswer(led, 'fail', /302 and leads to https:\/\/login\.example\.com\/wifi$/, /backends\[\]\.url/)
  const page = await answering(t, 200, { 'content-type': 'text/html' }, '<html>Sign in</html>')
  assertAnswer(await failureOf(page, 'openai'), 'fail', /a web page/, /curl -i/)
  assertAnswer(await failureOf(await answering(t, 429, {}), 'openai'), 'fail', /too many requests/, /wait/)
  assertAnswer(await failureOf(await answering(t, 502, {}), 'vllm'), 'fail', /answered with 502/, /log/)
  assertAnswer(
    await failureOf(await answering(t, 403, {}), 'ollama'),
    'fail',
    /refuses to be called/,
    /127\.0\.0\.1/,
  )
})

test('a path too many is told with the address without it', async (t) => {
  const ollama = await startModelServer(t, { kind: 'ollama', version: '0.30.0' })
  assertAnswer(await failureOf(`${ollama.url}/api/`, 'ollama'), 'fail', /lists models$/, /^url: http:\/\/127/)
  const vllm = await startModelServer(t, { kind: 'vllm' })
  assertAnswer(await failureOf(`${vllm.url}/v1/v1`, 'vllm'), 'fail', /lists models$/, /^url: http:\/\/127/)
  const nowhere = await startServer(t, servePages({}))
  assertAnswer(await failureOf(`${nowhere}/v1/v1`, 'openai'), 'fail', /no model server that is known/)
})
