import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createManualClock } from '../../core/clock.ts'
import { toRecord } from '../../core/fixtures/record.ts'
import type { OtlpSender } from './library.ts'
import { createPush, type Push, type PushOptions } from './push.ts'
import type { Span } from './span.ts'

const SEND_EVERY_MS = 2_000
const MOST_WAITING = 2_048
const MOST_IN_MESSAGE = 512

async function settle(): Promise<void> {
  for (let turn = 0; turn < 8; turn += 1) await new Promise((resolve) => void setImmediate(resolve))
}

function createStage(given: Partial<PushOptions> = {}) {
  const clock = createManualClock()
  const told: string[] = []
  const messages: (readonly Span[])[] = []
  const pushed: number[] = []
  const state = { refusal: undefined as Error | undefined, isHanging: false, isClosed: false }
  const hanging: (() => void)[] = []
  const answer = (): Promise<void> => {
    if (state.isHanging) return new Promise((resolve) => void hanging.push(resolve))
    return state.refusal === undefined ? Promise.resolve() : Promise.reject(state.refusal)
  }
  const sender: OtlpSender = {
    async sendSpans(spans) {
      await answer()
      messages.push(spans)
    },
    async sendMetrics(_, { nowMs }) {
      await answer()
      pushed.push(nowMs)
    },
    close() {
      state.isClosed = true
      return Promise.resolve()
    },
  }
  const push = createPush({
    ...{ clock, sender, metricsEveryMs: Infinity },
    read: () =>
      Promise.resolve({
        snapshot: { families: [], cells: new Float64Array(), exemplars: NO_EXEMPLARS },
        sampled: [],
      }),
    onDropped: (reason, requests) => void told.push(`${reason} ${requests}`),
    onTrouble: (what, error) => void told.push(`${what}: ${(error as Error).message}`),
    onRecovered: (what) => void told.push(`${what} again`),
    ...given,
  })
  const pass = async (ms: number): Promise<void> => {
    clock.advance(ms)
    await settle()
  }
  const recover = async (): Promise<void> => {
    state.isHanging = false
    for (const resolve of hanging.splice(0)) resolve()
    await settle()
  }
  return { push, state, messages, pushed, told, pass, recover }
}

const NO_EXEMPLARS = { ids: [], values: new Float64Array(), times: new Float64Array() }

function accept({ sink }: Push, count: number, isTraced = true): void {
  for (let at = 0; at < count; at += 1) {
    sink.accept(
      toRecord({ id: `req_${at}`, traceId: 'a'.repeat(32), isTraced: isTraced || undefined, attempts: [] }),
    )
  }
}

test('spans wait a moment for others, and nothing waits where nothing is traced', async () => {
  const { push, messages, pass } = createStage()
  accept(push, 2)
  accept(push, 5, false)
  await pass(SEND_EVERY_MS - 1)
  assert.equal(messages.length, 0)
  await pass(1)
  assert.deepEqual(
    messages.map(({ length }) => length),
    [2],
  )
  await pass(SEND_EVERY_MS * 3)
  assert.equal(messages.length, 1)
})

test('many go at once, in messages that are not too long', async () => {
  const { push, messages } = createStage()
  accept(push, MOST_IN_MESSAGE + 10)
  await settle()
  assert.deepEqual(
    messages.map(({ length }) => length),
    [MOST_IN_MESSAGE, 10],
  )
})

test('a collector that hangs costs what does not fit, counted, and never a request', async () => {
  const { push, state, told } = createStage()
  state.isHanging = true
  accept(push, MOST_IN_MESSAGE)
  await settle()
  accept(push, MOST_WAITING + 3)
  assert.deepEqual(told, ['trace_overflow 1', 'trace_overflow 1', 'trace_overflow 1'])
})

test('what a collector refuses is dropped and counted; the log hears of the first and of the end', async () => {
  const { push, state, messages, told, pass } = createStage()
  state.refusal = new TypeError('no')
  for (const count of [2, 3]) {
    accept(push, count)
    await pass(SEND_EVERY_MS)
  }
  assert.deepEqual(told.splice(0), ['traces: no', 'trace_failed 2', 'trace_failed 3'])
  state.refusal = undefined
  accept(push, 1)
  await pass(SEND_EVERY_MS)
  assert.deepEqual([told, messages.length], [['traces again'], 1])
})

test('metrics go by the clock, and a failed push is made good by the next', async () => {
  const { pushed, state, told, pass } = createStage({ metricsEveryMs: 10_000 })
  await pass(10_000)
  state.refusal = new TypeError('no')
  await pass(10_000)
  state.refusal = undefined
  await pass(10_000)
  assert.deepEqual(
    pushed.map((ms) => ms - (pushed[0] ?? 0)),
    [0, 20_000],
  )
  assert.deepEqual(told, ['metrics: no', 'metrics again'])
})

test('at the end everything held is sent, the last metrics too', async () => {
  const { push, messages, pushed, state, pass } = createStage({ metricsEveryMs: 60_000 })
  accept(push, 3)
  const closed = push.close()
  await pass(0)
  await closed
  assert.deepEqual([messages.length, pushed.length, state.isClosed], [1, 1, true])
})

test('the end waits for the message that is on its way, and for those behind it', async () => {
  const { push, state, messages, told, pass, recover } = createStage()
  state.isHanging = true
  accept(push, MOST_IN_MESSAGE)
  accept(push, 4)
  const closed = push.close()
  await pass(1_000)
  assert.equal(state.isClosed, false)
  await recover()
  await closed
  assert.deepEqual(
    messages.map(({ length }) => length),
    [MOST_IN_MESSAGE, 4],
  )
  assert.deepEqual(told, [])
})

test('the end does not wait for a collector that hangs, and counts what it held', async () => {
  const { push, state, told, pass } = createStage()
  state.isHanging = true
  accept(push, MOST_IN_MESSAGE)
  accept(push, 4)
  const closed = push.close()
  await pass(3_000)
  await closed
  accept(push, 1)
  assert.deepEqual(told, ['trace_failed 516', 'trace_overflow 1'])
})
