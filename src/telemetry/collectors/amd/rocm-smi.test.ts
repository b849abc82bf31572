import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { parseRocmSmi } from './rocm-smi.ts'

test('cards are read behind the warning in front of them', () => {
  const text = readFileSync(new URL('./fixtures/rocm-smi.txt', import.meta.url), 'utf8')
  assert.deepEqual(parseRocmSmi(text), [
    {
      ...{ gpu: '0', uuid: '0x9f6e1c2b7a8d4e05', name: 'Radeon RX 7900 XT' },
      ...{ usedBytes: 27_856_896, totalBytes: 21_458_059_264, utilizationRatio: 0, celsius: 31, watts: 18 },
    },
    {
      ...{ gpu: '1', uuid: '', name: 'AMD Instinct MI300X' },
      ...{
        usedBytes: 189_817_421_824,
        totalBytes: 206_141_652_992,
        utilizationRatio: 1,
        celsius: 74,
        watts: 742,
      },
    },
  ])
})

test('what is no card is none', () => {
  for (const text of [
    '',
    '{}',
    '[]',
    'No AMD GPUs specified',
    '{"system": {}}',
    '{"cardx": {}}',
    '{"card0": ',
  ]) {
    assert.deepEqual(parseRocmSmi(text), [], text)
  }
  assert.deepEqual(parseRocmSmi('{"card0": "N/A"}')[0]?.totalBytes, undefined)
})
