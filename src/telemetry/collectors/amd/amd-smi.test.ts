import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { parseAmdIdentities, parseAmdSmi } from './amd-smi.ts'

const MIB = 1_048_576
const fixture = (name: string): string =>
  readFileSync(new URL(`./fixtures/${name}.json`, import.meta.url), 'utf8')

test('what it prints is read, with the name and the identity that it prints elsewhere', () => {
  const identities = parseAmdIdentities([fixture('amd-smi-list'), fixture('amd-smi-static')])
  assert.deepEqual(parseAmdSmi(fixture('amd-smi-metric'), identities), [
    {
      gpu: '0',
      uuid: '1dff747e-0000-1000-807e-a2f7c5b01a4f',
      name: 'AMD Radeon RX 7800 XT',
      usedBytes: 14_569 * MIB,
      totalBytes: 16_368 * MIB,
      utilizationRatio: 0.42,
      celsius: 38,
      watts: 20,
    },
  ])
})

test('newer versions put the list under a name, and accelerators have no edge', () => {
  const [busy, silent] = parseAmdSmi(fixture('amd-smi-metric-mi300x'), new Map())
  assert.deepEqual([busy?.celsius, busy?.watts, busy?.utilizationRatio, busy?.name], [74, 742, 1, 'AMD GPU'])
  assert.deepEqual(
    [silent?.gpu, silent?.usedBytes, silent?.celsius, silent?.watts, silent?.utilizationRatio],
    ['1', 283 * MIB, undefined, undefined, undefined],
  )
})

test('what is no list of GPUs has none', () => {
  for (const text of [
    '',
    '[]',
    '{}',
    'null',
    'ERROR: no GPU',
    '[1, null, "x", []]',
    '{"gpu_data": 3}',
    '[{"gpu": "N/A"}]',
    '[{',
  ]) {
    assert.deepEqual(parseAmdSmi(text, new Map()), [], text)
    assert.equal(parseAmdIdentities([text]).size, 0, text)
  }
})

test('plain numbers, texts and other units are read as well, and what is none is not', () => {
  const read = (memory: unknown, power: unknown) =>
    parseAmdSmi(
      JSON.stringify([{ gpu: 3, mem_usage: { used_vram: memory }, power: { socket_power: power } }]),
      new Map(),
    )[0]
  assert.equal(read(7, '12.5')?.usedBytes, 7 * MIB)
  assert.equal(read(7, '12.5')?.watts, 12.5)
  assert.equal(read({ value: 2, unit: 'GB' }, 'N/A')?.usedBytes, 2_048 * MIB)
  assert.equal(read({ value: 2, unit: 'GiB' }, {})?.usedBytes, 2_048 * MIB)
  assert.equal(read({ value: 2, unit: 'pages' }, [])?.usedBytes, undefined)
})
