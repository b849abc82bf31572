import assert from 'node:assert/strict'
import { test } from 'node:test'
import { modelSchema } from '../config.ts'
import { toView } from './fixtures/view.ts'
import { Planner } from './planner.ts'

const ROUND_ROBIN = modelSchema.parse({ name: 'm*', strategy: 'round-robin' })

function firstOf(planner: Planner, model: string): string | undefined {
  return planner.plan(model, 'openai').candidates[0]?.backend
}

test('each name has turns of its own', () => {
  const views = ['a', 'b'].map((name) => toView(name, { patterns: ['m*'] }))
  const planner = new Planner([ROUND_ROBIN], views)
  assert.deepEqual(
    ['m1', 'm2', 'm1', 'm2'].map((model) => firstOf(planner, model)),
    ['a', 'a', 'b', 'b'],
  )
})

test('names that callers make up are remembered in bounds: beyond them the turns begin anew', () => {
  const views = ['a', 'b'].map((name) => toView(name, { patterns: ['m*'] }))
  const planner = new Planner([ROUND_ROBIN], views)
  assert.equal(firstOf(planner, 'm'), 'a')
  for (let index = 0; index < 1_000; index += 1) planner.plan(`m-${index}`, 'openai')
  assert.equal(firstOf(planner, 'm'), 'a')
})

test('a new listing is planned by once it was told', () => {
  const models = new Set<string>()
  const view = { ...toView('a'), models }
  const planner = new Planner([], [view])
  assert.equal(firstOf(planner, 'new'), undefined)
  models.add('new')
  assert.equal(firstOf(planner, 'new'), undefined)
  planner.forgetListings()
  assert.equal(firstOf(planner, 'new'), 'a')
})
