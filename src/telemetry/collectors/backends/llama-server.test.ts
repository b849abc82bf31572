import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mayAskForTasks, parseProps, parseSlots, type LlamaProps } from './llama-server.ts'

// As b8681 answers, less its chat template.
const PROPS =
  '{"default_generation_settings":{"n_ctx":65536},"total_slots":4,"model_alias":"m","modalities":{"vision":true,"audio":false},"build_info":"b8681-Debian","is_sleeping":false}'

test('its properties say slots, version and whether it sleeps', () => {
  const awake = { slots: 4, version: 'b8681-Debian', isSleeping: false, isRouter: false }
  assert.deepEqual(parseProps(PROPS), awake)
  assert.deepEqual(parseProps(PROPS.replace('g":false', 'g":true')), { ...awake, isSleeping: true })
  const older = { slots: 1, version: undefined, isSleeping: undefined, isRouter: false }
  assert.deepEqual(parseProps('{"total_slots":1}'), older)
  assert.equal(parseProps('{"role":"router","max_instances":4}')?.isRouter, true)
  for (const text of ['', '[]', 'null', '"x"', '{', '<html>']) assert.equal(parseProps(text), undefined, text)
  assert.equal(parseProps('{"total_slots":-1}')?.slots, undefined)
  assert.equal(parseProps('{"total_slots":"4","build_info":3,"is_sleeping":1}')?.isSleeping, undefined)
})

test('slots that work are counted, as newer and as older versions write them', () => {
  const newer = '[{"id":0,"is_processing":true},{"id":1,"is_processing":false},null]'
  assert.deepEqual(parseSlots(newer), { running: 1, slots: 3 })
  assert.deepEqual(parseSlots('[{"id":0,"state":1},{"id":1,"state":0}]'), { running: 1, slots: 2 })
  for (const text of ['[]', '{"error":{"code":501}}', '', 'x'])
    assert.equal(parseSlots(text), undefined, text)
})

test('pages that wake a model are asked for only when it is awake anyway', () => {
  const props = (given: Partial<LlamaProps>): LlamaProps => ({
    ...{ slots: 4, version: undefined, isSleeping: false, isRouter: false },
    ...given,
  })
  const may = (given: Partial<LlamaProps>, isBusy: boolean, isAllowed = false): boolean =>
    mayAskForTasks({ props: props(given), isBusy, isAllowed })
  assert.equal(may({}, true), true)
  assert.equal(may({}, false), false, 'its idle timer would never run out')
  assert.equal(may({}, false, true), true)
  assert.equal(may({ isSleeping: undefined }, false), true, 'it cannot sleep')
  for (const isBusy of [true, false])
    for (const isAllowed of [true, false]) {
      assert.equal(may({ isSleeping: true }, isBusy, isAllowed), false)
      assert.equal(may({ isSleeping: undefined, isRouter: true }, isBusy, isAllowed), false)
    }
})
