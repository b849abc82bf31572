import assert from 'node:assert/strict'
import { test } from 'node:test'
import { modelSchema } from '../config.ts'
import { toRule } from './fixtures/view.ts'
import { RuleBook } from './rules.ts'

const found = (model: string, ...entries: readonly object[]): string | undefined =>
  toRule(model, ...entries)?.name

test('a name counts before a pattern, a longer pattern before a shorter, the first of equals before the others', () => {
  const entries = [
    { name: '*' },
    { name: 'qwen3*' },
    { name: 'qwen3:8b' },
    { name: '*qwen3' },
    { name: 'qwen3:*' },
  ]
  assert.equal(found('qwen3:8b', ...entries), 'qwen3:8b')
  assert.equal(found('qwen3:4b', ...entries), 'qwen3:*')
  assert.equal(found('qwen3', ...entries), 'qwen3*')
  assert.equal(found('llama3', ...entries), '*')
  assert.equal(found('llama3', ...entries.slice(1)), undefined)
})

test('an alias leads to its entry and counts like a name', () => {
  const entries = [{ name: 'small', aliases: ['gpt-*', 'mini'] }, { name: 'gpt-4*' }]
  assert.equal(found('mini', ...entries), 'small')
  assert.equal(found('gpt-3.5', ...entries), 'small')
  assert.equal(found('gpt-4o', ...entries), 'gpt-4*')
})

test('names that every object has are names like others', () => {
  for (const name of ['constructor', '__proto__', 'toString']) {
    assert.equal(found(name, { name: 'm' }), undefined)
    assert.equal(found(name, { name }), name)
  }
})

test('labels are what is asked of backends, names are what callers may ask for', () => {
  const book = new RuleBook(
    [
      { name: 'fast', model: 'qwen3:4b', aliases: ['mini'], fallback: ['big', 'llama3'] },
      { name: 'large', aliases: ['big'] },
      { name: 'x*', fallback: ['fast'] },
    ].map((entry) => modelSchema.parse(entry)),
  )
  assert.deepEqual(book.names, ['fast', 'mini', 'large', 'big', 'x*'])
  assert.deepEqual(book.labels, ['qwen3:4b', 'large', 'x*'])
  assert.deepEqual(book.fallbacks, [
    { from: 'qwen3:4b', to: 'large' },
    { from: 'qwen3:4b', to: 'llama3' },
    { from: 'x*', to: 'qwen3:4b' },
  ])
})

test('without any priority the order of the list is the order of the tiers', () => {
  const rule = toRule('m', { name: 'm', strategy: 'priority', backends: ['b', { name: 'a' }] })
  assert.deepEqual(
    rule?.backends?.map(({ name, priority, weight }) => [name, priority, weight]),
    [
      ['b', 1, 1],
      ['a', 2, 1],
    ],
  )
})
