import assert from 'node:assert/strict'
import { test } from 'node:test'
import { choosePromised, judge, parseWithin, type Objective, type PromisedObjective } from './objectives.ts'
import { toOutcomeLike } from './fixtures/outcome.ts'

const only = (text: string): Objective => {
  const read = parseWithin(text)
  const [first] = 'objectives' in read ? read.objectives : assert.fail(read.complaint)
  return first ?? assert.fail()
}

test('thresholds are read with and without a share', () => {
  assert.deepEqual(only('firstToken=2s'), {
    ...{ name: 'firstToken within 2s', kind: 'firstToken', thresholdMs: 2_000, targetRatio: 0.95 },
  })
  assert.equal(only(' duration = 10s @ 99.5% ').targetRatio, 0.995)
  for (const text of [
    '',
    'p95=2s',
    'firstToken',
    'firstToken=2',
    'firstToken=0s',
    'duration=1s@120%',
    'duration=1s@0%',
  ])
    assert.ok('complaint' in parseWithin(text), text)
  assert.deepEqual(parseWithin('duration=1s,duration=2s'), {
    complaint: 'duration has two thresholds; expected one',
  })
})

test('a threshold is still within, a failure is within nothing, and what has no such time is out of the count', () => {
  assert.equal(judge(only('duration=500ms'), toOutcomeLike({ durationMs: 500 })), 'good')
  assert.equal(judge(only('duration=500ms'), toOutcomeLike({ durationMs: 500.1 })), 'bad')
  const failure = { code: 'x', status: 500, message: '', requestId: undefined }
  assert.equal(judge(only('duration=500ms'), toOutcomeLike({ durationMs: 1, failure })), 'bad')
  assert.equal(judge(only('firstToken=1s'), toOutcomeLike({ firstTokenMs: undefined })), 'excluded')
  assert.equal(judge(only('interToken=20ms'), toOutcomeLike({ gapsMs: [] })), 'excluded')
})

test('nineteen gaps of twenty are enough, eighteen are not', () => {
  const gaps = (long: number): number[] => Array.from({ length: 20 }, (_, at) => (at < long ? 100 : 10))
  assert.equal(judge(only('interToken=20ms'), toOutcomeLike({ gapsMs: gaps(1) })), 'good')
  assert.equal(judge(only('interToken=20ms'), toOutcomeLike({ gapsMs: gaps(2) })), 'bad')
})

test('of the promises of a configuration those hold that are about such requests, and what cannot be seen from here is said', () => {
  const promise = (
    name: string,
    match: PromisedObjective['match'],
    kind = 'firstToken',
  ): PromisedObjective => ({
    ...{ name, match, objective: 0.95 },
    sli: kind === 'availability' ? { kind } : { kind: kind as 'firstToken', thresholdMs: 2_000 },
  })
  const { objectives, leftOut } = choosePromised(
    [
      promise('mine', { model: 'qwen3*' }),
      promise('other model', { model: 'llama*' }),
      promise('other route', { route: '/api/*' }),
      promise('answered', {}, 'availability'),
      promise('tenant', { tenant: 'a' }),
      promise('backend', { backend: 'gpu-1' }),
      promise('guard', {}, 'guard'),
    ],
    { model: 'qwen3:4b', route: '/v1/chat/completions' },
  )
  assert.deepEqual(
    objectives.map(({ name }) => name),
    ['mine', 'answered'],
  )
  assert.deepEqual(
    leftOut.map(({ name }) => name),
    ['tenant', 'backend', 'guard'],
  )
})
