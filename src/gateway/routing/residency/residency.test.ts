import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Residency, type RunningModel } from './residency.ts'

const running = (name: string, expiresAt = '2026-01-01T00:05:00Z'): RunningModel => ({
  name,
  bytes: 8,
  vramBytes: 8,
  expiresAt,
})

function look(residency: Residency, nowMs: number, ...models: RunningModel[]): RunningModel[] {
  return residency.learn(models, { beganMs: nowMs, nowMs })
}

test('before the first look nothing is known, after it what is not listed is absent', () => {
  const residency = new Residency()
  assert.equal(residency.find('m'), 'unknown')
  look(residency, 0)
  assert.equal(residency.find('m'), 'absent')
  residency.forget()
  assert.equal(residency.find('m'), 'unknown')
})

test('a model whose end stands still is loaded, one whose end moves with the time may still be loading', () => {
  const residency = new Residency()
  assert.deepEqual(
    look(residency, 0, running('m', 'a')).map(({ name }) => name),
    ['m'],
  )
  assert.equal(residency.find('m'), 'listed')
  assert.deepEqual(look(residency, 500, running('m', 'b')), [])
  assert.equal(residency.find('m'), 'listed')
  look(residency, 1_000, running('m', 'b'))
  assert.equal(residency.find('m'), 'loaded')
  assert.equal(residency.listedMs('m'), 0)
  look(residency, 1_500, running('m', 'c'))
  assert.equal(residency.find('m'), 'loaded', 'a request that ends moves the end of a loaded model')
})

test('a token proves more than a list, unless the list is newer', () => {
  const residency = new Residency()
  look(residency, 0)
  residency.noteToken('m', 100)
  assert.equal(residency.find('m'), 'loaded')
  residency.learn([], { beganMs: 50, nowMs: 150 })
  assert.equal(residency.find('m'), 'loaded', 'that look began before the token came')
  look(residency, 200)
  assert.equal(residency.find('m'), 'absent')
})

test('one model has several spellings', () => {
  const residency = new Residency()
  look(residency, 0, running('qwen3:latest'), running('hf.co/a/b:Q4'), running('plain'))
  for (const name of [
    'qwen3',
    'qwen3:latest',
    'library/qwen3',
    'registry.ollama.ai/library/qwen3',
    'hf.co/a/b:Q4',
    'plain:latest',
  ])
    assert.equal(residency.find(name), 'listed', name)
  for (const name of ['qwen3:4b', 'hf.co/a/b', 'other']) assert.equal(residency.find(name), 'absent', name)
})

test('from a name that is listed under another nothing is concluded', () => {
  const residency = new Residency()
  look(residency, 0)
  residency.distrust('M')
  assert.equal(residency.find('M'), 'unknown')
  assert.equal(residency.find('m'), 'absent')
})

test('what was unloaded is remembered as such, and a bounded number of it', () => {
  const residency = new Residency()
  look(residency, 0, running('a'), running('b'))
  look(residency, 1, running('b'))
  assert.deepEqual(residency.inMemory(), [
    { model: 'a', isLoaded: false, bytes: 0, vramBytes: 0, expiresAtMs: undefined },
    { model: 'b', isLoaded: true, bytes: 8, vramBytes: 8, expiresAtMs: Date.UTC(2026, 0, 1, 0, 5) },
  ])
  for (let count = 0; count < 1_000; count += 1) look(residency, count, running(`m${count}`))
  assert.ok(residency.inMemory().length <= 100)
})

test('the end of a model is a moment, and what is never or not known yet is none', () => {
  const residency = new Residency()
  const ends = {
    soon: '2026-01-01T01:05:00.5+01:00',
    never: '2318-02-07T01:23:45Z',
    loading: '0001-01-01T00:00:00Z',
    none: '',
    odd: 'in a moment',
  }
  look(residency, 0, ...Object.entries(ends).map(([name, end]) => running(name, end)))
  assert.deepEqual(
    residency.inMemory().map(({ expiresAtMs }) => expiresAtMs),
    [Date.UTC(2026, 0, 1, 0, 5, 0, 500), undefined, undefined, undefined, undefined],
  )
})

test('it says what a place in memory means for who asks for the model', () => {
  const residency = new Residency()
  assert.equal(residency.describe('m'), undefined)
  look(residency, 0, { ...running('m'), vramBytes: 6 }, running('n'))
  assert.equal(residency.describe('m'), 'has 25 % of the model on the CPU')
  assert.equal(residency.describe('n'), undefined)
  assert.equal(residency.describe('o'), 'would have to load the model')
})

test('the share of a model outside GPU memory is known where its size is', () => {
  const residency = new Residency()
  residency.noteToken('told', 0)
  look(residency, 0, { ...running('m'), vramBytes: 6 }, running('n'), {
    ...running('z'),
    bytes: 0,
    vramBytes: 0,
  })
  const shares = ['m', 'n', 'z', 'told', 'absent'].map((name) => residency.offloadRatio(name))
  assert.deepEqual(shares, [0.25, 0, undefined, undefined, undefined])
})
