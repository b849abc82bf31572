import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { JsonScanner, KIND, type Kind } from './scan.ts'
import { compileShape, type ShapeSpec } from './shape.ts'

const strict = { maxDepth: 100, uniqueKeys: true }
const anything = compileShape({})

interface Seen {
  id: number
  kind: Kind
  text: string
}

function scan(
  text: string | Buffer,
  spec?: ShapeSpec,
): { problem: string | undefined; at: number; seen: Seen[] } {
  const bytes = Buffer.from(text)
  const seen: Seen[] = []
  const scanner = new JsonScanner(strict)
  const visitor = {
    onValue: (id: number, kind: Kind, start: number, end: number) =>
      void seen.push({ id, kind, text: bytes.toString('utf8', start, end) }),
  }
  const problem = scanner.scan(
    bytes,
    0,
    bytes.length,
    spec === undefined ? anything : compileShape(spec),
    visitor,
  )
  return { problem, at: scanner.errorOffset, seen }
}

function accepted(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

test('every JSON document is accepted, however it is spaced', () => {
  fc.assert(
    fc.property(fc.json(), fc.constantFrom(undefined, 1, '\t'), (text, indent) => {
      const printed = JSON.stringify(JSON.parse(text), undefined, indent)
      assert.equal(scan(printed).problem, undefined, printed)
    }),
  )
})

test('a document damaged by one byte is judged as JSON.parse judges it', () => {
  const damage = fc.tuple(
    fc.json(),
    fc.nat(),
    fc.constantFrom(...'{}[]",:\\ntf0-.eE1 \n\u0000'),
    fc.boolean(),
  )
  fc.assert(
    fc.property(damage, ([text, position, char, insert]) => {
      const at = position % (text.length + 1)
      const damaged = text.slice(0, at) + char + text.slice(insert ? at : at + 1)
      const { problem } = scan(damaged)
      if (problem !== 'duplicate_key')
        assert.equal(problem === undefined, accepted(damaged), JSON.stringify(damaged))
    }),
    { numRuns: 3000 },
  )
})

test('what JSON.parse refuses is refused, each with its offset', () => {
  const bad: [string, number][] = [
    ['', 0],
    ['{', 1],
    ['{"a"}', 4],
    ['{"a":}', 5],
    ['{"a":1,}', 7],
    ['[1,]', 3],
    ['[1 2]', 3],
    ['01', 2],
    ['1.', 2],
    ['-', 1],
    ['nul', 0],
    ['"\\x"', 1],
    ['"\\u12g4"', 1],
    ['"a\nb"', 2],
    ['"abc', 4],
    ['{} {}', 3],
    ["{'a':1}", 1],
    ['\uFEFF{}', 0],
    ['NaN', 0],
  ]
  for (const [text, at] of bad) {
    const result = scan(text)
    assert.equal(result.problem, 'syntax', text)
    assert.equal(result.at, at, text)
  }
})

test('a key that appears twice in one object is found, escaped or not, few or many', () => {
  assert.equal(scan('{"a":1,"b":2,"a":3}').problem, 'duplicate_key')
  assert.equal(scan('{"model":"a","mod\\u0065l":"b"}').problem, 'duplicate_key')
  assert.equal(scan('{"mod\\u0065l":"a","model":"b"}').problem, 'duplicate_key')
  const many = Array.from({ length: 200 }, (_, index) => `"k${index}":${index}`).join()
  assert.equal(scan(`{${many}}`).problem, undefined)
  assert.equal(scan(`{${many},"k7":0}`).problem, 'duplicate_key')
  assert.equal(scan('[{"a":1},{"a":2},{"a":{"a":1}}]').problem, undefined)
  assert.equal(scan('{"a":{"b":1},"b":{"a":1,"a":2}}').problem, 'duplicate_key')
})

test('an object with a hundred thousand keys is checked in linear time', () => {
  const many = Buffer.from(`{${Array.from({ length: 100_000 }, (_, index) => `"k${index}":1`).join()}}`)
  const startedMs = performance.now()
  assert.equal(scan(many).problem, undefined)
  assert.ok(performance.now() - startedMs < 2_000)
})

test('nesting deeper than allowed is refused without recursion running away', () => {
  assert.equal(scan('['.repeat(100) + ']'.repeat(100)).problem, undefined)
  assert.equal(scan('['.repeat(101) + ']'.repeat(101)).problem, 'too_deep')
  assert.equal(scan('['.repeat(200_000)).problem, 'too_deep')
  assert.equal(scan('{"a":'.repeat(200_000)).problem, 'too_deep')
})

test('the places a shape names are reported with their bytes, others are not', () => {
  const spec: ShapeSpec = { model: 1, choices: [{ delta: { content: 2 } }], usage: [3, { total: 4 }] }
  const { problem, seen } = scan(
    '{"x":{"model":"no"}, "mod\\u0065l" : "m\\"1", "choices":[{"delta":{"content":"a"}},{"delta":{"content":""}}],"usage":{"total": 12}}',
    spec,
  )
  assert.equal(problem, undefined)
  assert.deepEqual(seen, [
    { id: 1, kind: KIND.string, text: '"m\\"1"' },
    { id: 2, kind: KIND.string, text: '"a"' },
    { id: 2, kind: KIND.string, text: '""' },
    { id: 4, kind: KIND.number, text: '12' },
    { id: 3, kind: KIND.object, text: '{"total": 12}' },
  ])
})

test('__proto__ and constructor are keys like any other', () => {
  const { seen } = scan('{"__proto__":{"model":"x"},"constructor":1,"model":"y"}', { model: 1 })
  assert.deepEqual(seen, [{ id: 1, kind: KIND.string, text: '"y"' }])
})

test('a scan of a part of a buffer does not look outside it', () => {
  const bytes = Buffer.from('xx{"a":1}yy')
  const scanner = new JsonScanner(strict)
  const visitor = { onValue: () => undefined }
  assert.equal(scanner.scan(bytes, 2, 9, anything, visitor), undefined)
  assert.equal(scanner.scan(bytes, 2, 8, anything, visitor), 'syntax')
})
