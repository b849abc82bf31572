import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import { assertAnswer, examineOne } from '../../../test/support/doctor.ts'

/** A server of models that dates its answers as it likes. */
async function startDated(t: TestContext, offMs: number): Promise<string> {
  const server = createServer((_, response) => {
    response.setHeader('date', new Date(Date.now() + offMs).toUTCString())
    response.end('{"data":[{"id":"m"}]}')
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function ask(t: TestContext, ...offsMs: readonly number[]) {
  const urls = await Promise.all(offsMs.map((offMs) => startDated(t, offMs)))
  const backends = urls.map((url, at) => ({ name: `b${at}`, url, kind: 'openai' }))
  const answer = await examineOne({ written: { backends }, only: 'clock' })
  return answer
}

test('a clock that others share is right', async (t) => {
  assertAnswer(await ask(t, 0, 0), 'ok', /agrees with 127/)
})

test('one that differs from all others is wrong, and more so the further', async (t) => {
  assertAnswer(await ask(t, 10_000), 'warn', /10 s ahead of this machine|9 s ahead|11 s ahead/, /NTP/)
  assertAnswer(await ask(t, -3_600_000, -3_600_000), 'fail', /60 min behind.*this machine that is wrong/)
})

test('one server that differs while others agree is that server’s matter', async (t) => {
  assertAnswer(await ask(t, 0, 120_000), 'warn', /2 min ahead of this machine, while 127/)
})

test('where nobody else answers nothing is said', async () => {
  const written = { backends: [{ name: 'b', url: 'http://127.0.0.1:1', kind: 'openai' }] }
  assertAnswer(await examineOne({ written, only: 'clock' }), 'skip', /nobody else answered/)
})
