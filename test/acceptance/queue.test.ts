import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import OpenAI from 'openai'
import { hashKey } from '../../src/access/create-key.ts'
import type { RequestRecord } from '../../src/core/record.ts'
import { sumOf } from '../support/metrics.ts'
import { startStage, toConfig, until, type Stage, type StageOptions } from '../support/weir.ts'
import { RawClient, sendRaw, toRequestBytes, type Answer } from './support/wire.ts'

const CHAT = '/v1/chat/completions'
/** Longer than a request takes to be let in, short enough for a test. */
const WORK_MS = 80
/** Longer than ten requests take to arrive on a busy machine. */
const LONG_WORK_MS = 400
/** What the machine may add to a wait. */
const SLACK_MS = 100

let stage: Stage | undefined

afterEach(async () => {
  await stage?.stop()
  stage = undefined
})

async function start(options: StageOptions): Promise<Stage> {
  stage = await startStage({
    ...options,
    profile: { firstTokenMs: WORK_MS, outputTokens: 2, ...options.profile },
  })
  return stage
}

interface Ask {
  readonly id?: string
  readonly key?: string
  readonly stream?: boolean
  readonly fault?: string
}

function toRequest({ id, key, stream = false, fault }: Ask) {
  const headers: [string, string][] = []
  if (id !== undefined) headers.push(['x-request-id', id])
  if (key !== undefined) headers.push(['authorization', `Bearer ${key}`])
  if (fault !== undefined) headers.push(['x-sim-fault', fault])
  const body = JSON.stringify({ model: 'sim-chat', stream, messages: [{ role: 'user', content: 'x' }] })
  return { path: CHAT, headers, body }
}

const ask = ({ port }: Stage, given: Ask = {}): Promise<Answer> => sendRaw(port, toRequest(given))

/** Sends them so that each arrives after the one before. */
async function askInOrder(at: Stage, asks: readonly Ask[]): Promise<Promise<Answer>[]> {
  const answers: Promise<Answer>[] = []
  for (const each of asks) {
    const { opened } = at.weir.gateway
    answers.push(ask(at, each))
    await until(() => at.weir.gateway.opened > opened, 'the request to arrive')
    await new Promise((resolve) => setImmediate(resolve))
  }
  return answers
}

const recordOf = (records: readonly RequestRecord[], id: string): RequestRecord => {
  const record = records.find((each) => each.id === id)
  assert.ok(record !== undefined, id)
  return record
}

test('two slots and ten callers: each knows its place, goes in its turn, and its wait is in every book', async () => {
  const at = await start({ backend: { concurrency: 2 }, profile: { firstTokenMs: LONG_WORK_MS } })
  const ids = Array.from({ length: 10 }, (_, index) => `caller-${index}`)
  const pending = await askInOrder(
    at,
    ids.map((id) => ({ id })),
  )
  const [live] = [...at.weir.gateway.backends()]
  assert.deepEqual([live?.slotsInUse, live?.slotsLimit, live?.queueDepth], [2, 2, 8])
  const page = await at.scrape()
  assert.deepEqual(
    ['weir_slots_in_use', 'weir_slots_limit', 'weir_queue_depth'].map((name) =>
      sumOf(page, name, { backend: 'sim' }),
    ),
    [2, 2, 8],
  )
  const answers = await Promise.all(pending)
  assert.ok(answers.every(({ status }) => status === 200))
  const positions = answers.map((answer) => answer.header('x-weir-queue-position'))
  assert.deepEqual(positions, [undefined, undefined, ...['1', '2', '3', '4', '5', '6', '7', '8']])

  const records = await at.untilSealed(10)
  const { entries } = at.ledger()
  let waitedS = 0
  for (const [index, id] of ids.entries()) {
    const record = recordOf(records, id)
    const answer = answers[index]
    const [attempt] = record.attempts
    assert.ok(attempt !== undefined)
    // The backend began when the wait was over: nothing of it is hidden in another phase.
    assert.ok(Math.abs(record.phases.queue - attempt.startedMs) < SLACK_MS, `${record.phases.queue}`)
    if (index < 2) {
      assert.deepEqual([record.queued, record.phases.queue], [undefined, 0])
      continue
    }
    assert.deepEqual([record.queued?.backend, record.queued?.position], ['sim', index - 1])
    waitedS += (record.queued?.waitMs ?? 0) / 1_000
    const rounds = Math.floor(index / 2)
    const lateMs = record.startedAtMs - recordOf(records, 'caller-0').startedAtMs
    assert.ok(
      record.phases.queue > rounds * LONG_WORK_MS - lateMs - SLACK_MS,
      `${id} waited ${record.phases.queue} ms`,
    )
    assert.equal(Number(answer?.header('x-weir-queue-wait-ms')), Math.round(record.phases.queue))
    assert.match(answer?.header('server-timing') ?? '', /queue;dur=\d/)
    assert.ok(record.phases.gateway < SLACK_MS, 'a wait for a slot is not our own work')
  }
  assert.deepEqual(
    entries.map(({ id }) => id),
    ids,
  )
  assert.ok(Math.max(...entries.map(({ queueMs }) => queueMs)) < SLACK_MS, 'the backend had no queue')

  const after = await at.scrape()
  assert.equal(sumOf(after, 'weir_queue_wait_seconds_count', { backend: 'sim' }), 8)
  assert.ok(Math.abs(sumOf(after, 'weir_queue_wait_seconds_sum') - waitedS) < 1e-6)
  assert.ok(sumOf(after, 'weir_overhead_seconds_sum') < waitedS / 4, 'overhead holds no waits')
  assert.deepEqual([sumOf(after, 'weir_slots_in_use'), sumOf(after, 'weir_queue_depth')], [0, 0])
})

test('who waits is told how long that will take, as soon as anybody can know', async () => {
  const at = await start({ backend: { concurrency: 1 }, profile: { firstTokenMs: LONG_WORK_MS } })
  const estimatesOf = async (name: string): Promise<(string | undefined)[]> => {
    const pending = await askInOrder(at, [{ id: `${name}-0` }, { id: `${name}-1` }])
    return (await Promise.all(pending)).map((answer) => answer.header('x-weir-queue-estimate-ms'))
  }
  assert.deepEqual(await estimatesOf('first'), [undefined, undefined])
  const [served, waited] = await estimatesOf('second')
  assert.equal(served, undefined)
  assert.ok(Number(waited) > LONG_WORK_MS / 2 && Number(waited) < LONG_WORK_MS * 3, `${waited} ms`)
})

const [BUSY_KEY, CALM_KEY] = [
  'wk_busy0000_0123456789012345678901234567',
  'wk_calm0000_0123456789012345678901234567',
]

test('a burst of one tenant delays the single request of another by one turn', async () => {
  const at = await start({
    backend: { concurrency: 1, queue: { size: 100 } },
    profile: { firstTokenMs: 20 },
    config: {
      keys: [
        { name: 'busy', hash: hashKey(BUSY_KEY), tenant: 'busy' },
        { name: 'calm', hash: hashKey(CALM_KEY), tenant: 'calm' },
      ],
    },
  })
  const burst = await askInOrder(
    at,
    Array.from({ length: 40 }, () => ({ key: BUSY_KEY })),
  )
  const [alone] = await askInOrder(at, [{ key: CALM_KEY, id: 'alone' }])
  const answer = await alone
  assert.equal(answer?.header('x-weir-queue-position'), '1')
  const before = at.records.length
  assert.ok(before < 20, `${before} of the burst were served first`)
  assert.ok([...at.weir.gateway.backends()].some(({ queueDepth }) => queueDepth > 10))
  const answers = await Promise.all(burst)
  assert.ok(answers.every(({ status }) => status === 200))
})

test('a caller that leaves while it waits never reaches the backend', async () => {
  const at = await start({ backend: { concurrency: 1 }, profile: { firstTokenMs: LONG_WORK_MS } })
  const first = await askInOrder(at, [{}])
  const leaver = new RawClient(at.port)
  leaver.write(toRequestBytes(toRequest({ id: 'left' })))
  const depth = (): number => [...at.weir.gateway.backends()][0]?.queueDepth ?? 0
  await until(() => depth() === 1, 'the caller to wait')
  leaver.socket.destroy()
  await until(() => depth() === 0, 'the caller to be gone')
  assert.equal(at.ledger().totals.inFlight, 1, 'before any slot came free')
  await Promise.all(first)
  assert.equal((await ask(at)).status, 200)
  const record = recordOf(await at.untilSealed(3), 'left')
  assert.deepEqual([record.outcome, record.attempts, record.queued?.position], ['abandoned', [], 1])
  assert.equal(at.ledger().totals.started, 2)
})

test('when the queue is full the next is told when to come back, and the official client does', async () => {
  const at = await start({ backend: { concurrency: 1, queue: { size: 1 } }, profile: { firstTokenMs: 300 } })
  const pending = await askInOrder(at, [{}, {}])
  const refused = await ask(at, { id: 'refused' })
  assert.deepEqual([refused.status, refused.header('retry-after')], [503, '5'])
  const { error } = JSON.parse(refused.body.toString()) as { error: { code: string } }
  assert.equal(error.code, 'queue_full')
  const impatient = new OpenAI({ apiKey: 'x', baseURL: `${at.url}/v1`, maxRetries: 0 })
  const question = { model: 'sim-chat', messages: [{ role: 'user', content: 'x' }] } as const
  await assert.rejects(
    impatient.chat.completions.create({ ...question, messages: [...question.messages] }),
    (thrown) => {
      assert.ok(thrown instanceof OpenAI.InternalServerError)
      assert.equal(thrown.status, 503)
      return true
    },
  )
  // Enough is known now for a retry-after of one second, after which there is room.
  await pending[0]
  const [next] = await askInOrder(at, [{}])
  const patient = new OpenAI({ apiKey: 'x', baseURL: `${at.url}/v1`, maxRetries: 2 })
  const answer = await patient.chat.completions.create({ ...question, messages: [...question.messages] })
  assert.equal(answer.choices.length, 1)
  await Promise.all([...pending, next])
  const page = await at.scrape()
  const refusals = at.records.filter(({ code }) => code === 'queue_full').length
  assert.ok(refusals >= 3, 'the patient client was refused as well, and came back')
  assert.equal(sumOf(page, 'weir_rejected_total', { reason: 'queue_full' }), refusals)
  const record = recordOf(at.records, 'refused')
  assert.deepEqual([record.outcome, record.status, record.attempts.length], ['gateway_error', 503, 0])
})

test('whoever waits longer than allowed is told so in its own dialect', async () => {
  const at = await start({
    backend: { concurrency: 1, queue: { timeout: '150ms' } },
    profile: { firstTokenMs: 600 },
  })
  const pending = await askInOrder(at, [{}])
  const late = await ask(at, { id: 'late' })
  assert.equal(late.status, 503)
  assert.ok(Number(late.header('retry-after')) >= 1)
  assert.equal(late.header('x-weir-queue-position'), '1')
  await Promise.all(pending)
  const record = recordOf(await at.untilSealed(2), 'late')
  assert.deepEqual([record.code, record.attempts.length], ['queue_timeout', 0])
  assert.ok(record.phases.queue >= 150 && record.phases.queue < 150 + 50 + SLACK_MS)
  assert.equal(sumOf(await at.scrape(), 'weir_queue_wait_seconds_count', { backend: 'sim' }), 1)
})

test('a high priority goes before those that came first', async () => {
  const at = await start({
    backend: { concurrency: 1 },
    config: {
      keys: [
        { name: 'batch', hash: hashKey(BUSY_KEY), priority: 'low' },
        { name: 'people', hash: hashKey(CALM_KEY), priority: 'high' },
      ],
    },
  })
  const pending = await askInOrder(at, [
    ...Array.from({ length: 3 }, (_, index) => ({ key: BUSY_KEY, id: `batch-${index}` })),
    { key: CALM_KEY, id: 'person' },
  ])
  await Promise.all(pending)
  const records = await at.untilSealed(4)
  const order = records.toSorted((a, b) => startOf(a) - startOf(b)).map(({ id }) => id)
  assert.deepEqual(order, ['batch-0', 'person', 'batch-1', 'batch-2'])
})

const startOf = ({ startedAtMs, attempts }: RequestRecord): number =>
  startedAtMs + (attempts[0]?.startedMs ?? 0)

test('who waits when the gateway is told to stop is served inside the window', async () => {
  const at = await start({ backend: { concurrency: 1 } })
  const pending = await askInOrder(at, [{}, {}, {}])
  const stopped = at.weir.stop({ windowMs: 5_000 })
  const answers = await Promise.all(pending)
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 200, 200],
  )
  await stopped
})

test('who still waits when the window ends is told that the gateway stops', async () => {
  const at = await start({ backend: { concurrency: 1 }, profile: { firstTokenMs: 5_000 } })
  const pending = await askInOrder(at, [{ id: 'runs' }, { id: 'waits' }])
  await at.weir.stop({ windowMs: 100 })
  const answers = await Promise.all(pending)
  assert.deepEqual(
    answers.map(({ status }) => status),
    [503, 503],
  )
  const record = recordOf(await at.untilSealed(2), 'waits')
  assert.deepEqual([record.code, record.attempts.length], ['draining', 0])
  assert.equal(at.ledger().totals.started, 1)
})

test('a reload applies another number of slots to who is inside and who waits', async () => {
  const at = await start({ backend: { concurrency: 1 }, profile: { firstTokenMs: 400 } })
  const pending = await askInOrder(at, [{}, {}, {}])
  const live = () => [...at.weir.gateway.backends()][0]
  assert.deepEqual([live()?.slotsInUse, live()?.queueDepth], [1, 2])
  await at.weir.apply(
    toConfig({ backends: [{ name: 'sim', url: at.simulatorUrl, kind: 'simulator', concurrency: 3 }] }),
  )
  assert.deepEqual([live()?.slotsInUse, live()?.slotsLimit, live()?.queueDepth], [3, 3, 0])
  const answers = await Promise.all(pending)
  assert.ok(answers.every(({ status }) => status === 200))
})

test('a slot that comes to somebody who is being sent away in that moment comes back', async () => {
  const at = await start({ backend: { concurrency: 1 } })
  const { gateway } = at.weir
  // Whoever is last takes the place of the one who leaves first, and is thus sent away after the one it waits for.
  const first = new RawClient(at.port)
  first.write(toRequestBytes(toRequest({})).subarray(0, -1))
  await until(() => gateway.opened === 1, 'the first to come')
  const pending = await askInOrder(at, [{ id: 'holds', fault: 'hang' }, { id: 'waits' }])
  const depth = (): number | undefined => [...gateway.backends()][0]?.queueDepth
  await until(() => depth() === 1, 'the last to wait')
  first.socket.destroy()
  await at.untilSealed(1)
  assert.equal(gateway.cancelAll(), 2)
  assert.deepEqual(
    (await Promise.all(pending)).map(({ status }) => status),
    [503, 503],
  )
  const waited = recordOf(await at.untilSealed(3), 'waits')
  assert.deepEqual([waited.code, waited.attempts.length, waited.queued?.position], ['draining', 0, 1])
  const [live] = [...gateway.backends()]
  assert.deepEqual([live?.slotsInUse, live?.queueDepth], [0, 0])
})
