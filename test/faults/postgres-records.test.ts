// The record store in PostgreSQL while the server dies, freezes, dawdles and loses its tables: every call ends within a bound,
// nothing is counted twice, somebody leads, and all of it comes back by itself.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { after, test, type TestContext } from 'node:test'
import { systemClock } from '../../src/core/clock.ts'
import { Secret } from '../../src/core/secret.ts'
import { RecordPacker } from '../../src/records/codec/pack.ts'
import { toStored } from '../../src/records/fixtures/record.ts'
import { openPostgresStore } from '../../src/records/postgres/store.ts'
import { createPostgresStore } from '../../src/records/postgres/threaded.ts'
import { RefusedBatch } from '../../src/records/packed-store.ts'
import type { Batch, RecordStore } from '../../src/records/store.ts'
import { sharePostgres, type PostgresServer } from '../support/postgres.ts'
import { startSlowProxy } from '../support/slow-proxy.ts'
import { until } from '../support/weir.ts'

const startServer = sharePostgres()
const open: RecordStore[] = []
after(async () => {
  for (const store of open) await store.close()
})

const CONNECT_MS = 700
const ANSWER_MS = 700
/** What a caller may have to wait at most, with room for a machine that is busy. */
const BOUND_MS = CONNECT_MS + ANSWER_MS + 2_000
const DAY_MS = 86_400_000
const FOREVER = { recordsMs: 9e15, minutesMs: 9e15, hoursMs: 9e15, maxBytes: undefined }

async function openStore(url: string, extra = {}): Promise<RecordStore> {
  const place = { kind: 'postgres', secret: new Secret(url), shown: 'the-place' } as const
  const limits = { connectMs: CONNECT_MS, answerMs: ANSWER_MS }
  const store = await openPostgresStore({ place, clock: systemClock, ...limits, ...extra })
  open.push(store)
  return store
}

const minute = (good = 1) => ({ objective: 'o', minute: 30_000_000, good, total: good, excluded: 0 })

function toBatch(id: string, minutes: Batch['minutes'] = []): Batch {
  return { records: [toStored({ id, startedAtMs: Date.now() })], contents: [], minutes }
}

async function goodOf(store: RecordStore): Promise<number | undefined> {
  return (await store.sumMinutes(29_999_000, 30_001_000)).get('o')?.good
}

/** Everything that can be asked, at once. */
function askAll(store: RecordStore): readonly Promise<unknown>[] {
  return [
    store.write(toBatch('x')),
    store.page({ filter: {}, limit: 5 }),
    store.find('x'),
    store.content('x'),
    store.aggregate({ filter: {}, measure: 'duration', quantiles: [0.5], by: [] }),
    store.sumMinutes(0, 1),
    store.minutes({ objective: 'o', fromMinute: 0, toMinute: 1, step: 'minute' }),
    store.retain(FOREVER, Date.now()),
    store.bytes(),
    store.documents.list(''),
    store.election.lead(),
  ]
}

async function assertAllRejectInTime(store: RecordStore): Promise<void> {
  const begun = performance.now()
  for (const result of await Promise.allSettled(askAll(store))) {
    assert.equal(result.status, 'rejected')
    const { name, reason } = result.reason as { name: string; reason: string }
    assert.deepEqual([name, reason], ['RecordStoreError', 'unreachable'], String(result.reason))
  }
  // Four connections for ten questions: who waits for a place in the pool is refused one as well.
  assert.ok(performance.now() - begun < BOUND_MS, `${performance.now() - begun} ms`)
}

async function start(context: TestContext): Promise<[PostgresServer, string] | undefined> {
  const server = await startServer(context)
  return server === undefined ? undefined : [server, await server.createDatabase()]
}

test('gateways that start at once on an empty database all find their tables', async (context) => {
  const [, url] = (await start(context)) ?? []
  if (url === undefined) return
  const stores = await Promise.all(Array.from({ length: 5 }, () => openStore(url, { answerMs: 10_000 })))
  await Promise.all(stores.map((store, at) => store.write(toBatch(`r${at}`, [minute()]))))
  assert.equal(await goodOf(stores[0] as RecordStore), 5)
  const led = await Promise.all(stores.map((store) => store.election.lead()))
  assert.equal(led.filter(Boolean).length, 1)
})

test('gateways that count for the same minutes never block each other, and lose nothing', async (context) => {
  const [, url] = (await start(context)) ?? []
  if (url === undefined) return
  const stores = await Promise.all(Array.from({ length: 3 }, () => openStore(url, { answerMs: 20_000 })))
  const names = Array.from({ length: 20 }, (_, at) => `objective ${at}`)
  const writeMany = async (store: RecordStore, order: readonly string[]): Promise<void> => {
    for (let round = 0; round < 10; round += 1) {
      await store.write({
        ...{ records: [], contents: [] },
        minutes: order.map((objective) => ({ ...minute(), objective })),
      })
    }
  }
  await Promise.all(stores.map((store, at) => writeMany(store, at === 1 ? names.toReversed() : names)))
  const sums = await (stores[0] as RecordStore).sumMinutes(29_999_000, 30_001_000)
  assert.deepEqual(
    [...sums.values()].map(({ good }) => good),
    names.map(() => 30),
  )
})

test('while the server is gone every call is refused in time, and all goes on when it is back', async (context) => {
  const [server, url] = (await start(context)) ?? []
  if (server === undefined || url === undefined) return
  const store = await openStore(url)
  await store.write(toBatch('before', [minute()]))
  assert.equal(await store.election.lead(), true)
  await server.kill()
  await assertAllRejectInTime(store)
  await server.start()
  await store.write(toBatch('after', [minute()]))
  assert.equal(await goodOf(store), 2)
  assert.ok(await store.find('before'))
  assert.equal(await store.election.lead(), true)
})

test('a server that freezes is given up in time, also by who closes, and asked again when it thaws', async (context) => {
  const [server, url] = (await start(context)) ?? []
  if (server === undefined || url === undefined) return
  const store = await openStore(url)
  const other = await openStore(url)
  assert.equal(await store.election.lead(), true)
  await other.find('x')
  server.freeze()
  try {
    await assertAllRejectInTime(store)
    await assertAllRejectInTime(store)
    const begun = performance.now()
    await other.close()
    assert.ok(performance.now() - begun < BOUND_MS)
  } finally {
    server.thaw()
  }
  await until(
    () =>
      store.write(toBatch('after')).then(
        () => true,
        () => false,
      ),
    'a write',
  )
  await until(() => store.election.lead().catch(() => false), 'the lead')
})

test('a slow server is waited for, but not for ever', async (context) => {
  const [server, url] = (await start(context)) ?? []
  if (server === undefined || url === undefined) return
  const proxy = await startSlowProxy(server.port)
  context.after(() => proxy.close())
  const store = await openStore(server.through(url, proxy.port))
  proxy.delayMs = 40
  await store.write(toBatch('slow'))
  proxy.delayMs = ANSWER_MS * 3
  await assertAllRejectInTime(store)
  proxy.delayMs = 0
  await until(() => store.find('slow').then(Boolean, () => false), 'a record')
})

test('a statement that hangs on a lock of somebody else is given up', async (context) => {
  const [server, url] = (await start(context)) ?? []
  if (server === undefined || url === undefined) return
  const store = await openStore(url)
  await store.write(toBatch('a'))
  const held = server.query(url, 'begin; lock table weir_minutes; select pg_sleep(2); commit')
  await until(
    async () =>
      (await server.query(url, `select from pg_locks where mode = 'AccessExclusiveLock'`)).length > 0,
    'lock',
  )
  const begun = performance.now()
  await assert.rejects(store.write(toBatch('b', [minute()])), { name: 'RecordStoreError' })
  assert.ok(performance.now() - begun < BOUND_MS)
  await held
  await store.write(toBatch('c', [minute()]))
  assert.equal(await goodOf(store), 1)
  assert.equal(await store.find('b'), undefined, 'as a whole or not at all')
})

test('who loses the connection it leads by loses the lead, and another takes over', async (context) => {
  const [server, url] = (await start(context)) ?? []
  if (server === undefined || url === undefined) return
  const one = await openStore(url)
  const other = await openStore(url)
  assert.deepEqual([await one.election.lead(), await other.election.lead()], [true, false])
  await server.query(
    url,
    `select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and database = (
      select oid from pg_database where datname = current_database())`,
  )
  await until(() => other.election.lead(), 'the other leads')
  await until(
    () =>
      one.election.lead().then(
        (leads) => !leads,
        () => false,
      ),
    'the first says that it does not',
  )
  await other.close()
  await until(() => one.election.lead(), 'the first leads again')
})

test('two stores in one database have two leaders', async (context) => {
  const [server, url] = (await start(context)) ?? []
  if (server === undefined || url === undefined) return
  await server.query(url, 'create schema second')
  const one = await openStore(url)
  const two = await openStore(`${url}?options=-c%20search_path%3Dsecond`)
  assert.deepEqual([await one.election.lead(), await two.election.lead()], [true, true])
  await two.write(toBatch('mine'))
  assert.equal(await one.find('mine'), undefined)
})

test('a day that another gateway took away is made again for who still writes into it', async (context) => {
  const [, url] = (await start(context)) ?? []
  if (url === undefined) return
  const [writer, keeper] = [await openStore(url), await openStore(url, { answerMs: 10_000 })]
  const old = {
    records: [toStored({ id: 'old', startedAtMs: Date.now() - 9 * DAY_MS })],
    contents: [],
    minutes: [],
  }
  await writer.write(old)
  assert.deepEqual(await keeper.retain({ ...FOREVER, recordsMs: 7 * DAY_MS }, Date.now()), {
    ...{ records: 1, minutes: 0, hours: 0 },
  })
  await writer.write(old)
  assert.ok(await keeper.find('old'))
})

test('a store that a newer version has changed, or that is not there, is said to be so without a password', async (context) => {
  const [server, url] = (await start(context)) ?? []
  if (server === undefined || url === undefined) return
  const store = await openStore(url)
  await store.close()
  await server.query(url, 'update weir_schema set version = 99')
  await assert.rejects(openStore(url), { name: 'RecordStoreError', reason: 'newer' })
  const nowhere = url.replace(/\/weir_\d+$/, '/nowhere').replace('//postgres@', '//postgres:hunter2@')
  await assert.rejects(openStore(nowhere), (thrown: Error & { reason: string }) => {
    assert.deepEqual([thrown.reason, thrown.message.includes('hunter2')], ['missing', false])
    return /the-place cannot be used: it has no such database/.test(thrown.message)
  })
  await assert.rejects(openStore('postgres://u:hunter2@127.0.0.1:1/x'), { reason: 'unreachable' })
})

interface Cutter {
  readonly port: number
  /** Cuts the next answer to a commit, as a cable that is cut. */
  cut: boolean
  /** Refuses who connects. */
  closed: boolean
}

/** Between gateway and server: lets the commit through, and loses the answer. */
async function startCutter(context: TestContext, target: number): Promise<Cutter> {
  const sockets = new Set<Socket>()
  const server = createServer((caller) => {
    if (cutter.closed) return void caller.destroy()
    const upstream = connect(target, '127.0.0.1')
    for (const socket of [caller, upstream]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => [caller, upstream].forEach((each) => each.destroy()))
    }
    caller.on('data', (chunk) => upstream.write(chunk))
    upstream.on('data', (chunk) => {
      if (!cutter.cut || !chunk.includes('COMMIT\0')) return void caller.write(chunk)
      cutter.cut = false
      caller.destroy()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  context.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const cutter: Cutter = { port: (server.address() as AddressInfo).port, cut: false, closed: false }
  return cutter
}

test('a batch whose commit was answered into a cut cable is found to be kept', async (context) => {
  const [server, url] = (await start(context)) ?? []
  if (server === undefined || url === undefined) return
  const cutter = await startCutter(context, server.port)
  const store = await openStore(server.through(url, cutter.port))
  await store.write(toBatch('one', [minute()]))
  cutter.cut = true
  await store.write(toBatch('two', [minute()]))
  assert.equal(cutter.cut, false)
  assert.equal(await goodOf(store), 2)
  assert.ok(await store.find('two'))
})

test('what was counted by a batch that was said to have failed is not counted again by the next', async (context) => {
  const [server, url] = (await start(context)) ?? []
  if (server === undefined || url === undefined) return
  const cutter = await startCutter(context, server.port)
  const store = await openStore(server.through(url, cutter.port))
  await store.write(toBatch('zero'))
  cutter.cut = true
  cutter.closed = true
  await assert.rejects(store.write(toBatch('one', [minute(3)])), { reason: 'unreachable' })
  await assert.rejects(store.write(toBatch('two', [minute(3), minute(2)])), { reason: 'unreachable' })
  cutter.closed = false
  // As the buffer does: what failed comes again, with what came since.
  await store.write(toBatch('three', [minute(3), minute(2), minute(1)]))
  assert.equal(await goodOf(store), 6)
  await store.write(toBatch('four', [minute(10)]))
  assert.equal(await goodOf(store), 16)
})

test('a batch that was kept after all and is brought again is not kept twice', async (context) => {
  const [server, url] = (await start(context)) ?? []
  if (server === undefined || url === undefined) return
  const cutter = await startCutter(context, server.port)
  const store = await openStore(server.through(url, cutter.port))
  await store.write(toBatch('zero'))
  const batch = toBatch('one', [minute()])
  cutter.cut = true
  cutter.closed = true
  await assert.rejects(store.write(batch))
  cutter.closed = false
  await store.write({
    ...batch,
    records: [...batch.records, toStored({ id: 'two', startedAtMs: Date.now() })],
  })
  const { records } = await store.page({ filter: {}, limit: 10 })
  assert.deepEqual(records.map(({ record }) => record.id).toSorted(), ['one', 'two', 'zero'])
  assert.equal(await goodOf(store), 1)
})

test('a gateway that starts without its server finds it later, and its records come back when they are refused', async (context) => {
  const [server, url] = (await start(context)) ?? []
  if (server === undefined || url === undefined) return
  await server.kill()
  const store = createPostgresStore({ kind: 'postgres', secret: new Secret(url), shown: 'the-place' })
  open.push(store)
  await assert.rejects(store.open(), { name: 'RecordStoreError', reason: 'unreachable' })
  const packer = new RecordPacker()
  packer.add(toStored({ id: 'one', startedAtMs: Date.now() }))
  const refused = await store.writePacked({ packed: packer.take(), contents: [], minutes: [] }).then(
    () => assert.fail('there is no server'),
    (thrown: unknown) => thrown,
  )
  assert.ok(refused instanceof RefusedBatch && refused.packed !== undefined)
  await server.start()
  await store.writePacked({ packed: refused.packed, contents: [], minutes: [minute()] })
  assert.ok(await store.find('one'))
  assert.equal(await store.election.lead(), true)
})
