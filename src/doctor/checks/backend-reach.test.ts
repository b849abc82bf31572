import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:https'
import { createServer as createSilent, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { assertAnswer, examine, examineOne, startModelServer } from '../../../test/support/doctor.ts'
import { findFreePort } from '../../../test/support/free-port.ts'
import { createCertificate } from '../../../test/support/openssl.ts'

const at = (url: string, more: Readonly<Record<string, unknown>> = {}) => ({
  backends: [{ name: 'a', url, kind: 'ollama', ...more }],
})

test('without a backend the Ollama of this machine is looked for, and the simulator is called what it is', async () => {
  assertAnswer(
    await examineOne({ written: {}, only: 'backends-named', instead: { backends: [] } }),
    'warn',
    /no Ollama answers/,
    /--ollama-url/,
  )
})

test('a name that is not known is one failure, and nothing more is asked there', async () => {
  const answers = await examine({ written: at('http://no-such-host.invalid:11434'), only: ['backends'] })
  assert.deepEqual(
    answers.filter(({ status }) => status === 'fail').map(({ check }) => check),
    ['backend-resolves'],
  )
  assertAnswer(answers[0]!, 'fail', /no-such-host\.invalid is not known/, /getent hosts/)
})

test('addresses that are never called, and the gateway itself, are found before anything is sent', async () => {
  const resolves = (url: string, more: Readonly<Record<string, unknown>> = {}) =>
    examineOne({ written: { ...at(url), ...more }, only: 'backend-resolves' })
  assertAnswer(await resolves('http://169.254.169.254'), 'fail', /metadata services/)
  const listen = { listen: '127.0.0.1:18789' }
  assertAnswer(await resolves('http://localhost:18789', listen), 'fail', /the gateway itself/, /11434/)
  assertAnswer(
    await resolves('http://127.0.0.1:18789/v1', { listen: ':18789' }),
    'fail',
    /the gateway itself/,
  )
  assertAnswer(await resolves('http://127.0.0.1:18790', listen), 'ok', /127\.0\.0\.1/)
})

test('a backend that answers, one that is not there, and one that hangs', async (t) => {
  const { url } = await startModelServer(t, { kind: 'ollama' })
  assertAnswer(await examineOne({ written: at(url), only: 'backend-connects' }), 'ok', /answers in \d+ ms/)
  const gone = `http://127.0.0.1:${await findFreePort()}`
  assertAnswer(
    await examineOne({ written: at(gone), only: 'backend-connects' }),
    'fail',
    /nobody listens/,
    /ollama serve/,
  )
  const silent = createSilent()
  await new Promise<void>((resolve) => void silent.listen(0, '127.0.0.1', resolve))
  t.after(() => silent.close())
  const hanging = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`
  const startedMs = performance.now()
  const answers = await examine({ written: at(hanging), only: ['backends'] })
  assert.ok(performance.now() - startedMs < 6_000)
  assertAnswer(
    answers.find(({ check }) => check === 'backend-connects')!,
    'fail',
    /no answer within 3 s/,
    /curl/,
  )
  assert.equal(answers.filter(({ status }) => status === 'fail').length, 1)
})

test('a certificate that nobody can check, TLS where there is none, and another language are told apart', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'weir-doctor-tls-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const made = createCertificate(t, folder)
  if (made === undefined) return
  const [key, cert] = [made.keyFile, made.certificateFile].map((file) => readFileSync(file))
  const server = createServer({ key, cert }, (_, response) => response.end('{}'))
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  const connects = (url: string) => examineOne({ written: at(url), only: 'backend-connects' })
  const tls = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
  assertAnswer(await connects(tls), 'fail', /signed by itself/, /NODE_EXTRA_CA_CERTS/)
  const plain = await startModelServer(t, { kind: 'ollama' })
  assertAnswer(await connects(plain.url.replace('http:', 'https:')), 'fail', /speaks no TLS/, /http:\/\/127/)
  const other = createSilent((socket) => void socket.end('SSH-2.0-OpenSSH_9.2\r\n'))
  await new Promise<void>((resolve) => void other.listen(0, '127.0.0.1', resolve))
  t.after(() => other.close())
  assertAnswer(
    await connects(`http://127.0.0.1:${(other.address() as AddressInfo).port}`),
    'fail',
    /does not speak HTTP/,
  )
})
