// How much may be tried again: retries are bounded by what is in flight, by time, by the caller, and by what may be sent twice.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import OpenAI from 'openai'
import { systemIds } from '../../src/core/ids.ts'
import { sumOf } from '../support/metrics.ts'
import { until } from '../support/weir.ts'
import { createFleets, type Fleet } from './support/fleet.ts'
import { RawClient, sendRaw, toRequestBytes, type Answer } from './support/wire.ts'

const start = createFleets()

const PATH = '/v1/chat/completions'
const BODY = JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'x' }] })
const serves = ['m']

const ask = ({ gateway }: Fleet): Promise<Answer> => sendRaw(gateway.port, { path: PATH, body: BODY })

test('when everything fails at once, what is tried again is a fifth of what is in flight, and the rest gets its error', async () => {
  const callers = 100
  // Slow enough that all of them are in flight before the first fails.
  const broken = { serves, faults: [{ fault: 'cut-after' as const, arg: 0 }], firstTokenMs: 700 }
  const fleet = await start({ a: broken, b: broken })
  const answers = await Promise.all(Array.from({ length: callers }, () => ask(fleet)))
  for (const answer of answers) assert.equal(answer.status, 502)
  const asked = fleet.started('a') + fleet.started('b')
  // At any moment a fifth of those that are left; the bound of all of it is what one round of that comes to.
  assert.ok(asked <= callers * 1.2 + 3, `${asked} attempts for ${callers} requests`)
  assert.ok(asked >= callers + 3, `${asked} attempts: nothing was tried again`)
  const records = await fleet.gateway.untilSealed(callers)
  assert.equal(
    records.reduce((sum, { attempts }) => sum + attempts.length, 0),
    asked,
  )
  assert.ok(records.every(({ attempts }) => attempts.length <= 3))
  assert.equal(sumOf(await fleet.gateway.scrape(), 'weir_retries_total'), asked - callers)
  await fleet.gateway.stop()
  const refusals = fleet.gateway.logLines.filter((line) => line.includes('the retry budget is spent'))
  assert.ok(
    refusals.length > 0 && refusals.every((line) => /"request_id":"req_/.test(line)),
    refusals[0] ?? 'none',
  )
})

test('without a budget nothing is tried again, and with all of it everything', async () => {
  const broken = { serves, faults: [{ fault: '500' as const }] }
  for (const [retry, most] of [
    [{ budget: '0%', minimum: 0 }, 1],
    [{ budget: '100%', minimum: 0 }, 2],
  ] as const) {
    const fleet = await start({ a: broken, b: broken }, { config: { retry } })
    const answer = await ask(fleet)
    assert.deepEqual([answer.status, answer.header('x-weir-attempts')], [502, String(most)])
  }
})

test('a place in the budget is free again as soon as the retry has failed', async () => {
  const broken = { serves, faults: [{ fault: '500' as const }] }
  const config = { retry: { budget: '0%', minimum: 1 } }
  const fleet = await start({ a: broken, b: broken, c: broken }, { config })
  for (let round = 0; round < 2; round += 1) {
    assert.equal((await ask(fleet)).header('x-weir-attempts'), '3')
  }
})

test('who could not be connected is passed over without a place in the budget, however many ask at once', async () => {
  const config = { retry: { budget: '0%', minimum: 0 } }
  const fleet = await start({ a: { serves }, b: { serves } }, { config })
  fleet.simulators['a']?.configure({ refuse: true })
  const answers = await Promise.all(Array.from({ length: 60 }, () => ask(fleet)))
  const statuses = answers.map((answer) => answer.status)
  assert.deepEqual(new Set(statuses), new Set([200]))
  assert.deepEqual([fleet.started('a'), fleet.started('b')], [0, 60])
})

test('nothing that was sent is sent again where that is not wanted, unless the backend declined it', async () => {
  const config = {
    retry: { sent: false },
    models: [{ name: 'm', strategy: 'priority', backends: ['a', 'b'] }],
  }
  for (const [fault, status, attempts] of [
    ['reset', 502, '1'],
    ['500', 502, '1'],
    ['error-200', 502, '1'],
    ['reset-after-headers', 502, '1'],
    ['404', 200, '2'],
    ['429', 200, '2'],
    ['503-busy', 200, '2'],
  ] as const) {
    const fleet = await start({ a: { serves, faults: [{ fault }] }, b: { serves } }, { config })
    const answer = await ask(fleet)
    assert.deepEqual([answer.status, answer.header('x-weir-attempts')], [status, attempts], fault)
    assert.equal(fleet.started('b'), attempts === '2' ? 1 : 0, fault)
  }
  const fleet = await start({ a: { serves }, b: { serves } }, { config })
  fleet.simulators['a']?.configure({ refuse: true })
  const answer = await ask(fleet)
  assert.deepEqual([answer.status, answer.header('x-weir-backend')], [200, 'b'], 'it was never sent')
})

test('what could only be tried again after the whole time is over is not tried again', async () => {
  // A pause of a second.
  const ids = { ...systemIds, random: () => 20 }
  const timeouts = { connect: '300ms', firstToken: '500ms', load: '500ms', idle: '500ms', total: '800ms' }
  const fleet = await start(
    { a: { serves, faults: [{ fault: '500' }] }, b: { serves, faults: [{ fault: '500' }] } },
    { backend: { timeouts }, extra: { ids } },
  )
  const startedMs = performance.now()
  const answer = await ask(fleet)
  assert.deepEqual([answer.status, answer.header('x-weir-attempts')], [502, '1'])
  assert.ok(performance.now() - startedMs < 700)
})

test('a caller that leaves during the pause before a retry ends it there', async () => {
  // Drawn far beyond the range, so that the pause is a second: long enough to leave in the middle of it.
  const ids = { ...systemIds, random: () => 20 }
  const fleet = await start(
    { a: { serves, faults: [{ fault: '500' }] }, b: { serves } },
    {
      config: {
        models: [{ name: 'm', strategy: 'priority', backends: ['a', 'b'] }],
        retry: { budget: '0%', minimum: 1 },
      },
      extra: { ids },
    },
  )
  const client = new RawClient(fleet.gateway.port)
  client.write(toRequestBytes({ path: PATH, body: BODY }))
  await until(
    () => fleet.gateway.logLines.some((line) => line.includes('attempt failed')),
    'the first failure',
  )
  const leftMs = performance.now()
  client.socket.destroy()
  const [record] = await fleet.gateway.untilSealed(1)
  assert.ok(performance.now() - leftMs < 500, 'the pause was sat out')
  assert.deepEqual([record?.code, record?.attempts.length, fleet.started('b')], ['client_closed', 1, 0])
  const next = await ask(fleet)
  assert.deepEqual([next.status, next.header('x-weir-attempts')], [200, '2'], 'its place was not given back')
  assert.ok((record?.phases.retry ?? 0) > 0)
})

test('retries end with the total time of the request', async () => {
  const slow = { serves, faults: [{ fault: 'cut-after' as const, arg: 0 }], firstTokenMs: 150 }
  const fleet = await start(
    { a: slow, b: slow, c: slow },
    { backend: { timeouts: { total: '250ms', connect: '100ms', firstToken: '240ms', idle: '240ms' } } },
  )
  const startedMs = performance.now()
  const answer = await ask(fleet)
  assert.ok([502, 504].includes(answer.status), answer.startLine)
  assert.ok(performance.now() - startedMs < 1_000)
  const [record] = await fleet.gateway.untilSealed(1)
  assert.ok((record?.attempts.length ?? 9) <= 2)
})

test('a client of the official library sees one error, of the right class, however often it was tried', async () => {
  const broken = { serves, faults: [{ fault: '500' as const }] }
  const fleet = await start({ a: broken, b: broken, c: broken })
  const client = new OpenAI({ baseURL: `${fleet.gateway.url}/v1`, apiKey: 'any', maxRetries: 0 })
  await assert.rejects(
    client.chat.completions.create({ model: 'm', stream: true, messages: [{ role: 'user', content: 'x' }] }),
    (thrown) => {
      assert.ok(thrown instanceof OpenAI.InternalServerError)
      assert.deepEqual([thrown.status, thrown.code], [502, 'backend_error'])
      assert.equal(thrown.headers.get('x-weir-attempts'), '3')
      return true
    },
  )
})
