import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { interpolate, type Surroundings } from './interpolate.ts'

const surroundings: Surroundings = {
  env: { HOST: 'gpu-1', PORT: '8000', EMPTY: '', NESTED: '${env:HOST}' },
  readSecretFile: (path) =>
    path === '/run/secrets/key' ? { text: 's3cret' } : { refusal: 'does not exist' },
}

const fill = (value: unknown) => interpolate(value, surroundings)

test('references are filled in wherever text stands, several in one value', () => {
  const filled = fill({
    url: 'http://${env:HOST}:${env:PORT}/',
    list: [{ key: '${file:/run/secrets/key}' }, 7, null],
  })
  assert.deepEqual(filled.value, { url: 'http://gpu-1:8000/', list: [{ key: 's3cret' }, 7, null] })
  assert.deepEqual(filled.problems, [])
})

test('a variable that is set but empty fills in nothing', () => {
  assert.equal(fill('a${env:EMPTY}b').value, 'ab')
})

test('a doubled dollar stands for the characters themselves', () => {
  assert.equal(fill('$${env:HOST}').value, '${env:HOST}')
  assert.equal(fill('${env:HOST}$${x}${env:PORT}').value, 'gpu-1${x}8000')
  assert.equal(fill('$5 and $').value, '$5 and $')
})

test('what was filled in is not looked at again', () => {
  assert.equal(fill('${env:NESTED}').value, '${env:HOST}')
})

test('keys are left alone, also the one called __proto__', () => {
  const value: unknown = JSON.parse('{"${env:HOST}": 1, "__proto__": {"a": "${env:HOST}"}}')
  const filled = fill(value).value as object
  assert.deepEqual(Object.keys(filled), ['${env:HOST}', '__proto__'])
  assert.equal(Object.getPrototypeOf(filled), Object.prototype)
})

test('what is missing or not understood is a problem at its path, and the text stays', () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['${env:NOPE}', /^the environment variable NOPE is not set$/],
    ['${file:/nope}', /^the file \/nope does not exist$/],
    ['${env:HOST', /^`\$\{` without a closing `\}`$/],
    ['${HOST}', /^\$\{HOST\} is not understood$/],
    ['${env:}', /not understood/],
    ['${file:}', /not understood/],
    ['${env:A-B}', /not understood/],
    ['${vault:x}', /not understood/],
    ['${}', /not understood/],
    ['${:}', /not understood/],
  ]
  for (const [text, message] of cases) {
    const filled = fill({ a: [text] })
    assert.deepEqual(filled.value, { a: [text] }, text)
    assert.equal(filled.problems.length, 1, text)
    assert.deepEqual(filled.problems[0]?.path, ['a', 0])
    assert.match(filled.problems[0]?.message ?? '', message)
  }
})

test('it tells what was asked for, and what to show instead of the value', () => {
  const filled = fill({ a: '${env:HOST}', b: 'x${file:/run/secrets/key}', c: 'plain', d: '$${' })
  assert.deepEqual(
    [...filled.written],
    [
      ['a', '${env:HOST}'],
      ['b', 'x${file:/run/secrets/key}'],
    ],
  )
  assert.deepEqual([[...filled.variables], [...filled.files]], [['HOST'], ['/run/secrets/key']])
})

test('no text makes it throw, and text without a reference is left as it is', () => {
  const text = fc.string({
    unit: fc.constantFrom('$', '{', '}', 'env:', 'file:', 'HOST', 'a', ':'),
    maxLength: 12,
  })
  fc.assert(
    fc.property(text, (value) => {
      const filled = fill(value)
      assert.equal(typeof filled.value, 'string')
      if (!value.includes('${')) assert.equal(filled.value, value)
    }),
    { numRuns: 1_000 },
  )
})

test('any text survives when it is escaped', () => {
  const piece = fc.constantFrom('$', '{', '}', 'env:', 'HOST', 'a')
  fc.assert(
    fc.property(
      fc.string({ unit: piece }),
      (text) => fill(text.replaceAll('${', () => '$${')).value === text,
    ),
  )
})
