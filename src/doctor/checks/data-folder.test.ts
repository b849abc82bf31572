import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { assertAnswer, examineOne } from '../../../test/support/doctor.ts'
import { findFreePort } from '../../../test/support/free-port.ts'
import { startGateway } from '../../../test/support/weir.ts'

function makeFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'weir-doctor-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

const ask = (data: string, more: Readonly<Record<string, unknown>> = {}) =>
  examineOne({ written: { data, ...more }, only: 'data-folder' })

test('a folder that can be written or made is well', async (t) => {
  const folder = makeFolder(t)
  assertAnswer(await ask(folder), 'ok', /can be written/)
  assertAnswer(await ask(join(folder, 'a', 'b')), 'ok', /can be made/)
})

test('a file in place of the folder, or above it, is found', async (t) => {
  const folder = makeFolder(t)
  const file = join(folder, 'file')
  writeFileSync(file, '')
  assertAnswer(await ask(file), 'fail', /file is a file/, /data: /)
  assertAnswer(await ask(join(file, 'below')), 'fail', /file is a file/)
})

test('a folder that may not be written is found, where this user is bound by rights', async (t) => {
  if (process.getuid?.() === 0) return
  const folder = join(makeFolder(t), 'closed')
  mkdirSync(folder, { mode: 0o500 })
  assertAnswer(await ask(folder), 'fail', /may not be written/, /chown/)
})

test('a folder that another gateway holds is refused, and one of the running gateway is not', async (t) => {
  const data = makeFolder(t)
  const held = await startGateway({ data })
  t.after(() => held.stop())
  const free = {
    listen: `127.0.0.1:${await findFreePort()}`,
    metrics: { listen: `127.0.0.1:${await findFreePort()}` },
  }
  assertAnswer(await ask(data, free), 'fail', /another gateway keeps its records/, /data: /)
  const own = { listen: `127.0.0.1:${held.port}`, metrics: { listen: new URL(held.metricsUrl).host } }
  assertAnswer(await ask(data, own), 'ok', /in use by a running gateway/)
  assertAnswer(await ask(data, { ...free, records: { store: 'off' } }), 'ok', /can be written/)
})
