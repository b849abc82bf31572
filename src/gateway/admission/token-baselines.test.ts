import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LEARN, TokenBaselines } from './token-baselines.ts'

const ABOUT = { model: 'm', promptBytes: 100 }

/** The last of so many answers of 80 and 320 ms in turn. */
function learnBoth(baselines: TokenBaselines, count: number): void {
  for (let at = 0; at < count; at += 1) baselines.compare(ABOUT, at % 2 === 0 ? 80 : 320, LEARN.usual)
}

const isNear = (value: number | undefined, expected: number, within = 0.02): void =>
  assert.ok(value !== undefined && Math.abs(value - expected) < within, `${value} is not ${expected}`)

test('the first three answers of a kind are compared with nothing', () => {
  const baselines = new TokenBaselines()
  const seen = [100, 100, 100, 200].map((waitMs) => baselines.compare(ABOUT, waitMs, LEARN.usual))
  assert.deepEqual(seen.slice(0, 3), [undefined, undefined, undefined])
  isNear(seen[3], Math.log(2))
})

test('what is usual lies in the middle of what was seen, not at its lowest', () => {
  const baselines = new TokenBaselines()
  learnBoth(baselines, 200)
  isNear(baselines.compare(ABOUT, 160, LEARN.hardly), 0)
  isNear(baselines.compare(ABOUT, 320, LEARN.hardly), Math.log(2))
})

test('prompts are compared with those of about their length, and of their model', () => {
  const baselines = new TokenBaselines()
  for (const [model, promptBytes, waitMs] of [
    ['m', 1_024, 10],
    ['m', 1_025, 20],
    ['m', 2_049, 40],
    ['m', 1e9, 80],
    ['n', 1_024, 160],
  ] as const) {
    const learn = (ms: number) => baselines.compare({ model, promptBytes }, ms, LEARN.perhaps)
    for (let at = 0; at < 5; at += 1) learn(waitMs)
    isNear(learn(waitMs), 0)
  }
  isNear(baselines.compare({ model: 'm', promptBytes: 700 }, 10, LEARN.hardly), 0)
  isNear(baselines.compare({ model: 'm', promptBytes: 4_096 }, 40, LEARN.hardly), 0)
  isNear(baselines.compare({ model: 'm', promptBytes: 1e12 }, 80, LEARN.hardly), 0)
})

test('once a hundred are known only what is usual moves it, and while one finds out next to nothing does', () => {
  const baselines = new TokenBaselines()
  learnBoth(baselines, 100)
  for (let at = 0; at < 500; at += 1) baselines.compare(ABOUT, 10_000, LEARN.perhaps)
  isNear(baselines.compare(ABOUT, 160, LEARN.hardly), 0)
  for (let at = 0; at < 500; at += 1) baselines.compare(ABOUT, 10_000, LEARN.usual)
  assert.ok((baselines.compare(ABOUT, 160, LEARN.hardly) ?? 0) < -3)
  const young = new TokenBaselines()
  learnBoth(young, 4)
  for (let at = 0; at < 500; at += 1) young.compare(ABOUT, 10_000, LEARN.hardly)
  isNear(young.compare(ABOUT, 160, LEARN.hardly), 0)
})

test('a shift is one for all models and lengths', () => {
  const baselines = new TokenBaselines()
  const others = [ABOUT, { model: 'm', promptBytes: 50_000 }, { model: 'n', promptBytes: 1 }]
  for (const about of others) for (let at = 0; at < 9; at += 1) baselines.compare(about, 100, LEARN.usual)
  baselines.shift(Math.log(3))
  for (const about of others) isNear(baselines.compare(about, 300, LEARN.hardly), 0)
})

test('waits too short to be a queue are all alike', () => {
  const baselines = new TokenBaselines()
  for (let at = 0; at < 9; at += 1) baselines.compare(ABOUT, at % 2, LEARN.usual)
  assert.equal(baselines.compare(ABOUT, 5, LEARN.usual), 0)
})

test('with models without end it learns anew, and does not grow', () => {
  const baselines = new TokenBaselines()
  learnBoth(baselines, 9)
  for (let at = 0; at < 100; at += 1) baselines.compare({ model: `m${at}`, promptBytes: 1 }, 9, LEARN.usual)
  assert.equal(baselines.compare(ABOUT, 9, LEARN.usual), undefined)
})
