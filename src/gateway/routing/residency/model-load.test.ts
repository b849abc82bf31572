import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ModelLoad } from './model-load.ts'

test('a load ends when the model came into the list', () => {
  const load = new ModelLoad(1_000)
  load.noteAbsent(1_500)
  assert.equal(load.isOpen, true)
  load.noteLoaded(4_000)
  assert.equal(load.isOpen, false)
  assert.equal(load.durationMs(4_300), 3_000)
})

test('a model that somebody else had loaded in time was no load', () => {
  const load = new ModelLoad(1_000)
  load.noteLoaded(900)
  assert.equal(load.isOpen, false)
  assert.equal(load.durationMs(1_400), undefined)
  assert.equal(load.isCertain, false)
})

test('without a look that saw its end, the first token is the end', () => {
  const load = new ModelLoad(1_000)
  load.noteAbsent(1_500)
  assert.equal(load.durationMs(3_000), 2_000)
})

test('of an answer in one piece only what was seen of the load counts', () => {
  const load = new ModelLoad(1_000)
  assert.equal(load.durationMs(undefined), undefined)
  assert.equal(load.isCertain, false)
  load.noteAbsent(1_500)
  assert.equal(load.durationMs(undefined), 500)
  assert.equal(load.isCertain, true)
})
