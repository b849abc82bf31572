import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertAnswer, examineOne } from '../../../test/support/doctor.ts'
import { findFreePort } from '../../../test/support/free-port.ts'
import { sharePostgres } from '../../../test/support/postgres.ts'
import { startSlowProxy } from '../../../test/support/slow-proxy.ts'
import type { Row } from '../check.ts'

const startPostgres = sharePostgres()

const ask = (store: string) => examineOne({ written: { records: { store } }, only: 'postgres' })

test('a PostgreSQL that is well is told with its version', async (t) => {
  const postgres = await startPostgres(t)
  if (postgres === undefined) return
  const url = await postgres.createDatabase()
  assertAnswer(await ask(url), 'ok', /PostgreSQL \d+\.\d+, \d+\.\d ms for a question$/)
  // Far away: what counts is the way there and back, and not how busy this machine is.
  const proxy = await startSlowProxy(postgres.port)
  t.after(() => proxy.close())
  proxy.delayMs = 150
  assertAnswer(await ask(postgres.through(url, proxy.port)), 'warn', /1\d\d\.\d ms for a question/, /nearer/)
})

test('a database that is not there, a server that is not there, and a user without rights are told apart', async (t) => {
  const postgres = await startPostgres(t)
  if (postgres === undefined) return
  const url = await postgres.createDatabase()
  assertAnswer(await ask(url.replace(/\w+$/, 'missing')), 'fail', /no such database/, /createdb/)
  assertAnswer(
    await ask(`postgres://a:a-secret-word@127.0.0.1:${await findFreePort()}/x`),
    'fail',
    /nobody listens/,
    /systemctl/,
  )
  await postgres.query(url, 'create role reader login')
  const answer = await ask(url.replace('postgres@', 'reader@'))
  assertAnswer(answer, 'fail', /may not create tables/, /GRANT CREATE/)
})

test('a server that only reads, and one that is too old, hold no records', async (t) => {
  const postgres = await startPostgres(t)
  if (postgres === undefined) return
  const url = await postgres.createDatabase()
  await postgres.query(url, `alter database ${url.split('/').at(-1)} set default_transaction_read_only = on`)
  assertAnswer(await ask(url), 'fail', /read-only/, /primary/)
  const old: Row = { version: 120_010, shown: '12.10', standby: false, readOnly: false, mayCreate: true }
  const hands = {
    reach: () => assert.fail(),
    deliver: () => assert.fail(),
    askPostgres: () => Promise.resolve({ rows: [[old]], leastMs: 1 }),
  }
  const written = { records: { store: url } }
  assertAnswer(
    await examineOne({ written, only: 'postgres', instead: { hands } }),
    'fail',
    /PostgreSQL 12\.10/,
    /update/,
  )
})
