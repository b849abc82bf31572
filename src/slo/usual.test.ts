import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RequestRecord } from '../core/record.ts'
import { toFailed, toStream, toWhole, type Told } from './fixtures/slow-record.ts'
import { Usual, UsualPace, warmUsual } from './usual.ts'

const HOUR_MS = 3_600_000
const START_MS = 1_700_000_000_000

function noteMany(usual: Usual, record: RequestRecord, times = 20): void {
  for (let count = 0; count < times; count += 1) usual.note(record)
}

function paceOf(usual: Usual, model = 'm'): UsualPace {
  const pace = usual.find('gpu-1', model)
  assert.ok(pace !== undefined)
  return pace
}

/** Slow tokens, a thousand times slower than usual by default. */
const slow = (told: Told = {}): RequestRecord => toStream({ ...told, phases: { decode: 50_000 } })

test('of streams it learns the rate of tokens, the first token by size of prompt, and how much is asked and answered', () => {
  const usual = new Usual()
  noteMany(usual, toStream())
  noteMany(usual, toStream({ promptTokens: 2_000, phases: { prefill: 800 } }), 8)
  noteMany(usual, toStream({ cold: true, phases: { load: 4_000, connect: 30 } }), 6)
  const pace = paceOf(usual)
  assert.deepEqual(
    [pace.perToken.value, pace.prefill.value, pace.load.value, pace.connect.value, pace.outputTokens.value],
    [20, 200, 4_000, 30, 51],
  )
  assert.deepEqual(
    pace.firstToken.map(({ value }) => value),
    [200, undefined, 800, undefined, undefined, undefined],
  )
  assert.ok(Math.abs((pace.perPromptToken.value ?? 0) - 0.3) < 0.001)
  assert.ok(Math.abs((pace.readingMs(10_000) ?? 0) - 3_200) < 1)
})

test('cached tokens of a prompt are not read', () => {
  const usual = new Usual()
  noteMany(usual, toStream())
  const usage = { promptTokens: 3_000, outputTokens: 51, cachedTokens: 1_000, reasoningTokens: undefined }
  noteMany(usual, toStream({ usage, phases: { prefill: 1_200 } }))
  assert.ok(Math.abs((paceOf(usual).perPromptToken.value ?? 0) - 0.5) < 0.001)
})

test('answers in one piece teach their own measures, unless the model was loaded for them', () => {
  const usual = new Usual()
  noteMany(usual, toWhole({ outputTokens: 100, phases: { decode: 2_000 } }))
  noteMany(usual, toWhole({ cold: true, outputTokens: 100, phases: { decode: 9_000 } }), 60)
  const pace = paceOf(usual)
  assert.deepEqual([pace.whole.value, pace.wholePerToken.value, pace.perToken.value], [2_000, 20, undefined])
})

test('failures, short answers and records without a backend teach nothing', () => {
  const usual = new Usual()
  noteMany(usual, toFailed({ code: 'backend_error', phases: { retry: 100 } }))
  noteMany(usual, toStream({ backend: undefined }))
  noteMany(usual, toStream({ modelRouted: undefined }))
  assert.equal(usual.find('gpu-1', 'm'), undefined)
  assert.equal(usual.find(undefined, 'm'), undefined)
  noteMany(usual, toStream({ outputTokens: 3, phases: { decode: 900 } }))
  assert.equal(paceOf(usual).perToken.value, undefined)
})

test('backends and models are told apart', () => {
  const usual = new Usual()
  noteMany(usual, toStream())
  noteMany(usual, toStream({ backend: 'gpu-2', phases: { decode: 5_000 } }))
  noteMany(usual, toStream({ modelRouted: 'large', phases: { decode: 10_000 } }))
  const rates = [usual.find('gpu-1', 'm'), usual.find('gpu-2', 'm'), usual.find('gpu-1', 'large')]
  assert.deepEqual(
    rates.map((pace) => pace?.perToken.value),
    [20, 100, 200],
  )
})

test('three times as many slow records as healthy ones in the same hour do not become the usual', () => {
  const usual = new Usual()
  noteMany(usual, toStream({ startedAtMs: START_MS }), 20)
  noteMany(usual, slow({ startedAtMs: START_MS + 60_000 }), 60)
  assert.equal(paceOf(usual).perToken.value, 20)
})

test('a slow evening after a healthy day is an incident, some slow days are the usual', () => {
  const usual = new Usual()
  const noteHour = (hour: number, record: (startedAtMs: number) => RequestRecord): void => {
    for (let count = 0; count < 60; count += 1) usual.note(record(START_MS + hour * HOUR_MS + count * 60_000))
  }
  for (let hour = 0; hour < 24; hour += 1) noteHour(hour, (startedAtMs) => toStream({ startedAtMs }))
  for (let hour = 24; hour < 32; hour += 1) noteHour(hour, (startedAtMs) => slow({ startedAtMs }))
  assert.equal(paceOf(usual).perToken.value, 20)
  for (let hour = 32; hour < 120; hour += 1) noteHour(hour, (startedAtMs) => slow({ startedAtMs }))
  assert.equal(paceOf(usual).perToken.value, 1_000)
})

test('a model that became faster is judged by its new speed within days', () => {
  const usual = new Usual()
  noteMany(usual, slow({ startedAtMs: START_MS }), 100)
  for (let day = 1; day < 4; day += 1)
    noteMany(usual, toStream({ startedAtMs: START_MS + day * 24 * HOUR_MS }), 100)
  assert.equal(paceOf(usual).perToken.value, 20)
})

test('a wall clock that jumps, by years or back, loses nothing', () => {
  const usual = new Usual()
  const year = 365 * 24 * HOUR_MS
  for (const startedAtMs of [START_MS, START_MS + year, START_MS, START_MS + 20 * year, START_MS - year])
    noteMany(usual, toStream({ startedAtMs }))
  assert.equal(paceOf(usual).perToken.value, 20)
})

test('years of traffic keep their weights within numbers, and the last days count most', () => {
  const usual = new Usual()
  const noteDay = (day: number, decode: number): void =>
    noteMany(usual, toStream({ startedAtMs: START_MS + day * 24 * HOUR_MS, phases: { decode } }), 2)
  for (let day = 0; day < 2_000; day += 1) noteDay(day, 1_000)
  assert.equal(paceOf(usual).perToken.value, 20)
  for (let day = 2_000; day < 2_003; day += 1) noteDay(day, 500)
  assert.equal(paceOf(usual).perToken.value, 10)
})

test('no number of models fills memory', () => {
  const usual = new Usual()
  noteMany(usual, toStream())
  for (let count = 0; count < 300; count += 1) usual.note(toStream({ modelRouted: `m${count}` }))
  assert.equal(usual.find('gpu-1', 'm'), undefined, 'it began anew')
  noteMany(usual, toStream())
  assert.equal(paceOf(usual).perToken.value, 20)
})

test('what was usual before the start is read from each hour of the day before, a bounded number of each', async () => {
  const usual = new Usual()
  const spans: { sinceMs: number; untilMs: number; limit: number }[] = []
  const count = await warmUsual(usual, {
    nowMs: START_MS + 24 * HOUR_MS,
    read: (span) => {
      spans.push(span)
      const isIncident = spans.length === 24
      const latest = Array.from({ length: isIncident ? 200 : 10 }, (_, index) => {
        const startedAtMs = span.untilMs - 1 - index
        return { record: isIncident ? slow({ startedAtMs }) : toStream({ startedAtMs }) }
      })
      return Promise.resolve(latest)
    },
  })
  assert.equal(count, 23 * 10 + 200)
  assert.equal(paceOf(usual).perToken.value, 20)
  assert.deepEqual(
    [spans.length, spans[0]?.sinceMs, spans.at(-1)?.untilMs],
    [24, START_MS, START_MS + 24 * HOUR_MS],
  )
  assert.ok(spans.every(({ sinceMs, untilMs, limit }) => untilMs - sinceMs === HOUR_MS && limit <= 500))
})

test('of many records a second ten are learnt from, and every load', () => {
  const pace = new UsualPace()
  const dueOf = (count: number, everyMs: number, fromMs: number): number => {
    let due = 0
    for (let index = 0; index < count; index += 1) if (pace.isDue(fromMs + index * everyMs)) due += 1
    return due
  }
  assert.equal(dueOf(512, 0.1, START_MS), 512, 'the first ones all')
  assert.equal(dueOf(10_000, 1, START_MS + 1_000), 100)
  assert.equal(dueOf(100, 100, START_MS + 20_000), 100, 'where there are no more than ten, all')
  assert.equal(dueOf(1, 1, START_MS - HOUR_MS), 1, 'a wall clock that is set back stops nothing')

  const usual = new Usual()
  noteMany(usual, toStream(), 600)
  noteMany(usual, toStream({ cold: true, phases: { load: 4_000 } }), 6)
  assert.equal(paceOf(usual).load.value, 4_000)
})
