import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseArguments, toUsage } from './arguments.ts'
import type { BenchArguments } from './arguments.ts'
import { EXPERIMENT_NAMES } from './experiment.ts'

const TARGETS = ['floor', 'weir', 'nginx']

function parse(...argv: string[]): BenchArguments {
  const parsed = parseArguments(argv, TARGETS)
  assert.equal(parsed.kind, 'run', JSON.stringify(parsed))
  return (parsed as { run: BenchArguments }).run
}

function complain(...argv: string[]): string {
  const parsed = parseArguments(argv, TARGETS)
  assert.equal(parsed.kind, 'wrong', JSON.stringify(parsed))
  return (parsed as { message: string }).message
}

test('without arguments everything is measured, in full, and held against the budgets', () => {
  assert.deepEqual(parse(), {
    rounds: undefined,
    quick: false,
    only: EXPERIMENT_NAMES,
    targets: undefined,
    json: undefined,
    budgets: true,
  })
})

test('every option is read', () => {
  const argv =
    '--rounds 7 --quick --only requests,first-token --targets floor,weir --json out.json --no-budgets'
  assert.deepEqual(parse(...argv.split(' ')), {
    rounds: 7,
    quick: true,
    only: ['requests', 'first-token'],
    targets: ['floor', 'weir'],
    json: 'out.json',
    budgets: false,
  })
})

test('a list may have spaces and say a thing twice', () => {
  assert.deepEqual(parse('--only', 'memory, chunks,memory').only, ['memory', 'chunks'])
})

test('a number of rounds is whole, positive and bounded', () => {
  assert.equal(parse('--rounds', '1').rounds, 1)
  for (const wrong of ['0', '-3', '2.5', 'many', '', '101', '1e1']) {
    assert.match(complain(`--rounds=${wrong}`), /whole number from 1 to 100/, wrong)
  }
})

test('an unknown experiment or target is named beside those that exist', () => {
  assert.match(complain('--only', 'requests,speed'), /"speed" is none of requests, readers, chunks, latency/)
  assert.match(complain('--targets', 'apache'), /"apache" is none of floor, weir, nginx/)
  assert.match(complain('--targets', ''), /"" is none of/)
})

test('an unknown option, a missing value and a stray word are wrong usage', () => {
  assert.match(complain('--fast'), /--fast/)
  assert.match(complain('--json'), /--json/)
  assert.match(complain('weir'), /weir/)
  assert.match(complain('--quick=yes'), /--quick/)
})

test('help wins over a run, and lists every option and name', () => {
  assert.deepEqual(parseArguments(['--quick', '-h'], TARGETS), { kind: 'help' })
  const usage = toUsage(TARGETS)
  for (const word of ['--rounds', '--quick', '--only', '--targets', '--json', '--no-budgets', ...TARGETS]) {
    assert.ok(usage.includes(word), word)
  }
  for (const name of EXPERIMENT_NAMES) assert.ok(usage.includes(name), name)
})
