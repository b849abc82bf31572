import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { FAULT_CASES } from './cases.ts'

const TESTS = join(import.meta.dirname, '..')
const LAST = 46
/** Says why in cases.ts. */
const MISSING = [46]

/** The titles in a file; of those that are made of parts, as far as they are fixed. */
function titlesIn(file: string): Set<string> {
  const text = readFileSync(join(TESTS, file), 'utf8')
  const found = text.matchAll(/^ *test\((?:'([^']+)'|`([^`$]+?):? ?(?:\$|`))/gm)
  return new Set([...found].map(([, plain, start]) => plain ?? start ?? ''))
}

test('each fault case is on the list, once', () => {
  const all = Array.from({ length: LAST }, (_, index) => index + 1)
  assert.deepEqual(
    FAULT_CASES.map(({ number }) => number),
    all.filter((number) => !MISSING.includes(number)),
  )
})

for (const { number, file, titles } of FAULT_CASES) {
  test(`fault ${number} is tested in ${file} as the list says`, () => {
    const there = titlesIn(file)
    for (const title of titles) assert.ok(there.has(title), `no test there is called: ${title}`)
  })
}

test('no test is named for two faults', () => {
  const titles = FAULT_CASES.flatMap(({ titles }) => titles)
  assert.equal(new Set(titles).size, titles.length)
})
