import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AnswerWindow } from './auto-limit-window.ts'

function fill(window: AnswerWindow, excesses: readonly number[], company = 4): AnswerWindow {
  for (const excess of excesses) window.add(excess, company, 4)
  return window
}

const alternating = (size: number, count: number): number[] =>
  Array.from({ length: count }, (_, at) => (at % 2 === 0 ? size : -size))

test('an empty window says nothing, and fails at nothing', () => {
  const window = new AnswerWindow()
  assert.equal(window.mean, 0)
  assert.ok(Number.isFinite(window.errorBeside()) && Number.isFinite(window.errorBeside(0)))
})

test('it is full when half of its answers began with every slot in use, crowded with half of them', () => {
  const window = fill(new AnswerWindow(), [0, 0])
  assert.ok(window.isFull && window.isCrowded)
  fill(window, [0, 0, 0], 2)
  assert.ok(!window.isFull && window.isCrowded)
  fill(window, [0, 0, 0, 0, 0, 0], 1)
  assert.ok(!window.isFull && !window.isCrowded)
})

test('four times the answers are known twice as well, and less beside what is not known well itself', () => {
  const once = fill(new AnswerWindow(), alternating(1, 400))
  const often = fill(new AnswerWindow(), alternating(1, 1_600))
  assert.ok(Math.abs(once.errorBeside() - 0.05) < 0.002, `${once.errorBeside()}`)
  assert.ok(Math.abs(often.errorBeside() - 0.025) < 0.001, `${often.errorBeside()}`)
  assert.ok(Math.abs(once.errorBeside(400) / once.errorBeside() - Math.SQRT2) < 0.001)
})

test('what noise there is outlives a window, so that a few answers alike do not look sure', () => {
  const window = fill(new AnswerWindow(), alternating(2, 400))
  window.clear(4)
  assert.equal(window.count, 0)
  fill(window, [0.1, 0.1, 0.1, 0.1, 0.1])
  assert.ok(window.errorBeside() > 0.7, `${window.errorBeside()}`)
})

test('noise that is gone is forgotten', () => {
  const window = fill(new AnswerWindow(), alternating(2, 400))
  for (let round = 0; round < 30; round += 1) {
    window.clear(4)
    fill(window, alternating(0.1, 100))
  }
  assert.ok(window.errorBeside() < 0.05, `${window.errorBeside()}`)
})

test('it is time to look after as many answers as are under way, but no fewer than 5 and no more than 20', () => {
  for (const [limit, every] of [
    [1, 5],
    [8, 8],
    [100, 20],
  ] as const) {
    const window = new AnswerWindow()
    window.clear(limit)
    const looks = Array.from({ length: 40 }, () => window.add(0, limit, limit))
    assert.deepEqual(
      looks.flatMap((isTime, index) => (isTime ? index + 1 : [])),
      Array.from({ length: Math.floor(40 / every) }, (_, index) => (index + 1) * every),
    )
  }
})
