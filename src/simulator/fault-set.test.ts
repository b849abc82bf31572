import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  chooseFaults,
  describeFaults,
  noFaults,
  parseHeaderFaults,
  parseModelFaults,
  UnknownFaultError,
} from './fault-set.ts'

const list = (set: ReadonlyMap<string, number>): string =>
  [...set].map(([name, arg]) => `${name}:${arg}`).join(' ')

test('a model name carries words, with their argument or its fallback, joined by +', () => {
  assert.equal(list(parseModelFaults('sim:cut-after-5')), 'cut-after:5')
  assert.equal(list(parseModelFaults('sim:cut-after')), 'cut-after:3')
  assert.equal(list(parseModelFaults('sim:429-30')), '429:30')
  assert.equal(list(parseModelFaults('sim:error-200')), 'error-200:0')
  assert.equal(list(parseModelFaults('sim:503-loading')), '503-loading:0')
  assert.equal(list(parseModelFaults('sim:tools-2+slow-ttft-50+no-done')), 'tools:2 slow-ttft:50 no-done:0')
})

test('other model names carry nothing', () => {
  assert.equal(parseModelFaults('qwen3:8b'), noFaults)
  assert.equal(parseModelFaults('sim-chat'), noFaults)
})

test('words that do not exist, and arguments to words that take none, are errors and not health', () => {
  for (const model of [
    'sim:',
    'sim:cut',
    'sim:cut-after-',
    'sim:cut-after-x',
    'sim:hang-5',
    'sim:tools+',
    'sim:cut-after--1',
  ]) {
    assert.throws(() => parseModelFaults(model), UnknownFaultError, model)
  }
  for (const header of [
    'cut',
    'cut-after=',
    'cut-after=x',
    'hang=1',
    'cut-after=-1',
    'cut-after=NaN',
    'cut-after-5',
  ]) {
    assert.throws(() => parseHeaderFaults(header), UnknownFaultError, header)
  }
})

test('a header carries several, with blanks or without', () => {
  assert.equal(
    list(parseHeaderFaults('cut-after=5,slow-ttft = 200 , hang,')),
    'cut-after:5 slow-ttft:200 hang:0',
  )
})

test('rules apply by model and chance; explicit words win over them', () => {
  const rules = [
    { fault: 'cut-after' as const, arg: 9, probabilityRatio: 0.5, models: ['a', 'sim:cut-after-1'] },
  ]
  const choose = (model: string, chance: number, header?: string): string =>
    list(chooseFaults({ model, header, rules }, () => chance))
  assert.equal(choose('a', 0.49), 'cut-after:9')
  assert.equal(choose('a', 0.5), '')
  assert.equal(choose('b', 0), '')
  assert.equal(choose('sim:cut-after-1', 0), 'cut-after:1')
  assert.equal(choose('sim:cut-after-1', 0, 'cut-after=2'), 'cut-after:2')
})

test('the ledger names them as a header would', () => {
  const faults = parseHeaderFaults('hang, cut-after=5')
  assert.equal(describeFaults(faults), 'hang,cut-after=5')
  assert.deepEqual(parseHeaderFaults(describeFaults(faults) ?? ''), faults)
  assert.equal(describeFaults(noFaults), undefined)
})
