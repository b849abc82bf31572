import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BlamedSlice } from '../../core/alert.ts'
import { createManualClock } from '../../core/clock.ts'
import type { Evaluation } from '../evaluate.ts'
import type { Objective } from '../objective.ts'
import { createBlamer } from './blamer.ts'
import { createWithin } from './patience.ts'

const SLICE: BlamedSlice = { phase: 'queue', backend: 'gpu-1', model: 'm', band: undefined, shareRatio: 1 }
const EXHAUSTED = { burns: [], isExhausted: true } as unknown as Evaluation
const CALM = { burns: [], isExhausted: false } as unknown as Evaluation
const named = (name: string): Objective => ({ name }) as Objective

/** Lets everything that waits for nothing but its turn go on. */
const settle = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

function open() {
  const clock = createManualClock()
  const asked: string[] = []
  const waiting: ((slices: readonly BlamedSlice[]) => void)[] = []
  const blamer = createBlamer({
    clock,
    within: createWithin(clock),
    blame({ name }) {
      asked.push(name)
      return new Promise((resolve) => void waiting.push(resolve))
    },
  })
  return { clock, asked, waiting, blamer }
}

test('of many objectives that burn at once one is asked about at a time', async () => {
  const { asked, waiting, blamer } = open()
  const answers = ['a', 'b', 'c'].map((name) => blamer.blamedOf(named(name), EXHAUSTED))
  for (const name of ['a', 'b', 'c']) {
    await settle()
    assert.equal(asked.at(-1), name)
    assert.equal(asked.length, waiting.length)
    waiting.at(-1)?.([SLICE])
  }
  assert.deepEqual(await Promise.all(answers), [[SLICE], [SLICE], [SLICE]])
  assert.deepEqual(asked, ['a', 'b', 'c'])
})

test('nobody waits longer than the limit, and whose turn never came is asked about the next time', async () => {
  const { clock, asked, waiting, blamer } = open()
  const first = blamer.blamedOf(named('a'), EXHAUSTED)
  const second = blamer.blamedOf(named('b'), EXHAUSTED)
  await settle()
  clock.advance(5_000)
  assert.deepEqual(await Promise.all([first, second]), [[], []])
  waiting[0]?.([SLICE])
  await settle()
  assert.deepEqual(asked, ['a'], 'nobody waits for the answer about b any more')
  assert.deepEqual(await blamer.blamedOf(named('a'), EXHAUSTED), [], 'asked about a moment ago')
  const again = blamer.blamedOf(named('b'), EXHAUSTED)
  await settle()
  waiting[1]?.([SLICE])
  assert.deepEqual(await again, [SLICE])
})

test('an answer is kept for a while, and forgotten when nothing burns', async () => {
  const { clock, asked, waiting, blamer } = open()
  const ask = async (): Promise<readonly BlamedSlice[]> => {
    const answer = blamer.blamedOf(named('a'), EXHAUSTED)
    await settle()
    waiting.splice(0).forEach((resolve) => resolve([SLICE]))
    return await answer
  }
  assert.deepEqual(await ask(), [SLICE])
  clock.advance(299_000)
  assert.deepEqual(await ask(), [SLICE])
  assert.equal(asked.length, 1)
  clock.advance(2_000)
  await ask()
  assert.equal(asked.length, 2)
  assert.deepEqual(await blamer.blamedOf(named('a'), CALM), [])
  await ask()
  assert.equal(asked.length, 3)
})

test('an answer that never comes holds the others up for a minute at most', async () => {
  const { clock, asked, waiting, blamer } = open()
  const first = blamer.blamedOf(named('a'), EXHAUSTED)
  await settle()
  clock.advance(5_000)
  assert.deepEqual(await first, [])
  clock.advance(55_000)
  await settle()
  const second = blamer.blamedOf(named('b'), EXHAUSTED)
  await settle()
  assert.deepEqual(asked, ['a', 'b'])
  waiting[1]?.([SLICE])
  assert.deepEqual(await second, [SLICE])
})
