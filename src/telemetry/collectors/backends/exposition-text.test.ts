import assert from 'node:assert/strict'
import { performance } from 'node:perf_hooks'
import { test } from 'node:test'
import fc from 'fast-check'
import { parsePage } from './exposition-text.ts'

const read = (page: string, name = 'm') =>
  parsePage(page, new Set([name])).map(({ labels, value }) => [Object.fromEntries(labels), value])

test('samples with and without labels, times and exemplars', () => {
  assert.deepEqual(read('m 1'), [[{}, 1]])
  assert.deepEqual(read('m{} 2.5e3 1700000000000\n'), [[{}, 2_500]])
  assert.deepEqual(read('m{a="b",c="d",} -1 # {trace_id="x"} 0.5 1.5\n'), [[{ a: 'b', c: 'd' }, -1]])
  assert.deepEqual(read('m { a = "b" , c="d" }\t.5'), [[{ a: 'b', c: 'd' }, 0.5]])
})

test('label texts with quotes, backslashes, line breaks, braces and commas in them', () => {
  assert.deepEqual(read('m{a="q\\"q",b="\\\\",c="x\\ny",d="}, e=",f="\\q"} 1'), [
    [{ a: 'q"q', b: '\\', c: 'x\ny', d: '}, e=', f: '\\q' }, 1],
  ])
})

test('numbers as Go writes them', () => {
  assert.deepEqual(
    read('m NaN\nm +Inf\nm -Inf\nm Inf\nm nan\nm 1E+2\nm 0x10\nm 1_000\nm one\nm 5.').map(
      ([, value]) => value,
    ),
    [NaN, Infinity, -Infinity, Infinity, NaN, 100, 5],
  )
})

test('lines of other systems, comments and other families are passed over', () => {
  const page =
    '# HELP m of "m 9"\r\n# TYPE m gauge\r\nm 1\r\nm_total 2\r\nxm 3\r\n\r\nm{a="b"} 4\r\n# EOF\r\n'
  assert.deepEqual(read(page), [
    [{}, 1],
    [{ a: 'b' }, 4],
  ])
})

test('what is no sample is none, and the lines behind it are read', () => {
  const broken = [
    'm',
    'm ',
    'm{',
    'm{a',
    'm{a="b',
    'm{a="b"',
    'm{a="b"c="d"} 1',
    'm{a=b} 1',
    'm{"a"} 1',
    'm{a="b"}',
  ]
  for (const line of broken) assert.deepEqual(read(`${line}\nm 7`), [[{}, 7]], line)
})

test('nothing that a page says makes it throw', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom(...'m{}="\\,# \n\r\t1.eE+-aNI'), maxLength: 60 }),
      (page) => {
        for (const sample of parsePage(page, new Set(['m']))) assert.equal(sample.name, 'm')
      },
    ),
    { numRuns: 2_000 },
  )
})

test('a page of two megabytes is read in milliseconds, also one that is all backslashes', () => {
  const lines = Array.from(
    { length: 20_000 },
    (_, at) => `vllm:histogram_bucket{engine="0",le="${at}"} ${at}`,
  )
  const pages = [
    `${lines.join('\n')}\nm{a="b"} 1\n`,
    `m{a="${'\\\\'.repeat(1_000_000)}"} 1`,
    `m{${'a="b",'.repeat(300_000)}`,
    `m{a="${'\\'.repeat(2_000_001)}`,
    `m${' '.repeat(2_000_000)}x`,
    'm'.repeat(2_000_000),
  ]
  for (const page of pages) {
    const startedMs = performance.now()
    parsePage(page, new Set(['m']))
    const tookMs = performance.now() - startedMs
    assert.ok(tookMs < 1_000, `${tookMs} ms for ${page.slice(0, 20)}`)
  }
})

test('a flood of samples is cut off', () => {
  assert.equal(parsePage('m 1\n'.repeat(100_000), new Set(['m'])).length, 2_000)
})
