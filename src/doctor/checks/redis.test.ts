import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertAnswer, examine, examineOne } from '../../../test/support/doctor.ts'
import { findFreePort } from '../../../test/support/free-port.ts'
import { startRedis } from '../../../test/support/redis.ts'
import { startSlowProxy } from '../../../test/support/slow-proxy.ts'

const ask = (state: unknown) => examineOne({ written: { state }, only: 'redis' })

test('a Redis that is well is told with its version and how long it takes', async (t) => {
  const redis = await startRedis(t)
  if (redis === undefined) return
  assertAnswer(await ask(redis.url), 'ok', /version \d+\.\d+.*ms for a question/)
  const { port } = await startSlowProxy(redis.port).then((proxy) => {
    t.after(() => proxy.close())
    proxy.delayMs = 60
    return proxy
  })
  assertAnswer(await ask(`redis://127.0.0.1:${port}`), 'warn', /6\d\.\d ms|7\d\.\d ms|\d+\.\d ms/, /nearer/)
  assertAnswer(
    await ask({ url: redis.url, cluster: true }),
    'fail',
    /not a node of a Redis Cluster/,
    /cluster: false/,
  )
  await redis.command('CONFIG', 'SET', 'maxmemory', '100mb')
  await redis.command('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru')
  assertAnswer(await ask(redis.url), 'warn', /allkeys-lru/, /volatile/)
})

test('one that asks for a password is told from one that refuses it, and neither password is printed', async (t) => {
  const redis = await startRedis(t)
  if (redis === undefined) return
  await redis.command('CONFIG', 'SET', 'requirepass', 'the-right-one')
  assertAnswer(await ask(redis.url), 'fail', /asks for a password/, /REDIS_PASSWORD/)
  const wrong = await ask(`redis://:not-this-one@127.0.0.1:${redis.port}`)
  assertAnswer(wrong, 'fail', /refuses the user or the password/)
  assert.ok(!JSON.stringify(wrong).includes('not-this-one'))
  assertAnswer(await ask(`redis://:the-right-one@127.0.0.1:${redis.port}`), 'ok', /version/)
})

test('a read-only replica, one that hangs and one that is gone are told apart', async (t) => {
  const redis = await startRedis(t)
  if (redis === undefined) return
  await redis.command('REPLICAOF', '127.0.0.1', String(await findFreePort()))
  assertAnswer(await ask(redis.url), 'fail', /read-only replica of 127\.0\.0\.1/, /state: redis:/)
  redis.freeze()
  const frozen = await ask(redis.url)
  redis.thaw()
  assertAnswer(frozen, 'fail', /does not answer|in time/)
  assertAnswer(
    await ask(`redis://127.0.0.1:${await findFreePort()}`),
    'fail',
    /nobody listens/,
    /redis-server/,
  )
})

test('one that is full and one that refuses to write are told, and nothing is written to find out', async (t) => {
  const redis = await startRedis(t)
  if (redis === undefined) return
  await redis.command('CONFIG', 'SET', 'min-replicas-to-write', '1')
  assertAnswer(await ask(redis.url), 'fail', /refuses to write: NOREPLICAS/, /min-replicas-to-write 0/)
  await redis.command('CONFIG', 'SET', 'min-replicas-to-write', '0')
  await redis.command('CONFIG', 'SET', 'maxmemory', '500kb')
  assertAnswer(await ask(redis.url), 'fail', /is full: .* noeviction/, /maxmemory/)
  await redis.command('CONFIG', 'SET', 'maxmemory', '0')
  assertAnswer(await ask(redis.url), 'ok', /version/)
  assert.match(await redis.command('DBSIZE'), /^:0/)
})

test('without shared limits nothing is asked', async () => {
  assert.deepEqual(await examine({ written: {}, only: ['stores'] }), [])
})
