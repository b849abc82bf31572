import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseFaultRun } from './test-faults.ts'

const DRAWN = 42

test('a run without words is long, and of the seed that was drawn', () => {
  assert.deepEqual(parseFaultRun([], {}, DRAWN), { seed: DRAWN, requests: 10_000 })
})

test('a run is had again by its seed, from a flag or the environment; the flag goes first', () => {
  const env = { WEIR_FAULT_SEED: '7', WEIR_FAULT_RUNS: '500' }
  assert.deepEqual(parseFaultRun([], env, DRAWN), { seed: 7, requests: 500 })
  assert.deepEqual(parseFaultRun(['--seed', '8', '--requests', '9'], env, DRAWN), { seed: 8, requests: 9 })
})

test('what is not understood starts nothing', () => {
  for (const args of [['--sed', '8'], ['--seed', 'x'], ['--requests', '0'], ['--requests', '1.5'], ['8']]) {
    assert.equal(parseFaultRun(args, {}, DRAWN), undefined, args.join(' '))
  }
})
