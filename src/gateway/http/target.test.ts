import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { WeirError } from '../../core/errors.ts'
import { checkTarget, modelIdOf, pathOf } from './target.ts'

const judge = (target: string): number => {
  try {
    checkTarget(target, pathOf(target))
    return 200
  } catch (thrown) {
    assert.ok(thrown instanceof WeirError && thrown.code === 'invalid_request')
    assert.ok(target.length < 5 || !thrown.message.includes(target), 'the path is repeated to the caller')
    return thrown.status
  }
}

const PLAIN = [
  '/',
  '/v1/models',
  '/v1/chat/completions?api-version=2024-02-01',
  '/v1/models/qwen3:32b',
  '/v1/models/org/model',
  '/v1/models/org%2Fmodel',
  '/v1/models/org%2fteam%2Fmodel',
  '/v1/models/...',
  '/v1/models/.hidden',
  '/v1/models/a..b',
  '/v1/models/m%C3%BCller',
  '/v1/models/',
  '/v1/x?next=/../..//',
]

const STRANGE = [
  '',
  '*',
  'v1/models',
  'http://other/v1/models',
  'HTTPS://other/v1/models',
  'other:443',
  '//other/v1/models',
  '/v1//models',
  '/v1/models//',
  '/v1/../v1/models',
  '/v1/./models',
  '/v1/models/..',
  '/v1/models/.',
  '/v1/models/../../api/delete',
  '/v1/models/..%2F..%2Fapi%2Fdelete',
  '/v1/models/a%2f..%2fb',
  '/v1/models/a%2f%2fb',
  '/v1/models/%2e%2e/api',
  '/v1/models/%2E%2E%2Fapi',
  '/v1/models/.%2e/api',
  '/v1/models/a%5c..%5cb',
  '/v1/models/a\\b',
  '/v1/models/a%00',
  '/v1%2fmodels',
  '/v1\\models',
  '/v1/models#x',
  '/v1/models?x#y',
]

test('plain paths are left alone', () => {
  for (const target of PLAIN) assert.equal(judge(target), 200, target)
})

test('paths that another server may read differently are refused', () => {
  for (const target of STRANGE) assert.equal(judge(target), 400, target)
})

test('a path that is too long is refused as such', () => {
  assert.equal(judge(`/${'a'.repeat(2_047)}`), 200)
  assert.equal(judge(`/${'a'.repeat(2_048)}`), 414)
})

test('a path that is let through stays where it is when a server resolves its dots', () => {
  const part = fc.constantFrom(
    '/',
    '.',
    '..',
    '%2e',
    '%2f',
    '%2F',
    '%5c',
    '\\',
    'a',
    'v1',
    'models',
    '%',
    '?',
  )
  fc.assert(
    fc.property(fc.array(part, { maxLength: 8 }), fc.boolean(), (parts, isModel) => {
      const target = (isModel ? '/v1/models/' : '/') + parts.join('')
      if (judge(target) !== 200) return
      const path = pathOf(target)
      assert.equal(new URL(target, 'http://h').pathname, path)
      const once = isModel ? `/v1/models/${modelIdOf(target) ?? ''}` : path
      assert.equal(
        new URL(once.replaceAll(/[?#%]/g, '_'), 'http://h').pathname.startsWith(
          isModel ? '/v1/models/' : '/',
        ),
        true,
      )
    }),
    { numRuns: 2_000 },
  )
})

test('a model id is decoded once', () => {
  assert.equal(modelIdOf('/v1/models/org%2Fmodel?x=1'), 'org/model')
  assert.equal(modelIdOf('/v1/models/a%252Fb'), 'a%2Fb')
  assert.equal(modelIdOf('/v1/models/m%C3%BCller'), 'müller')
  assert.equal(modelIdOf('/v1/models/'), '')
  assert.equal(modelIdOf('/v1/models/%'), undefined)
  assert.equal(modelIdOf('/v1/models/%ff'), undefined)
})
