import assert from 'node:assert/strict'
import { afterEach, beforeEach, test, type TestContext } from 'node:test'
import { componentOrSkip } from './component.ts'

const { PATH, WEIR_REQUIRE_ALL } = process.env
let skips: string[] = []
const context = { skip: (line: string) => void skips.push(line) } as unknown as TestContext

beforeEach(() => {
  skips = []
  // Where Debian puts Prometheus is not among the folders that are searched whatever PATH says.
  process.env['PATH'] = ''
})

afterEach(() => {
  process.env['PATH'] = PATH
  if (WEIR_REQUIRE_ALL === undefined) delete process.env['WEIR_REQUIRE_ALL']
  else process.env['WEIR_REQUIRE_ALL'] = WEIR_REQUIRE_ALL
})

test('a missing component skips the test in one loud line that says how to get it', () => {
  delete process.env['WEIR_REQUIRE_ALL']
  assert.equal(componentOrSkip(context, 'prometheus'), undefined)
  assert.equal(skips.length, 1)
  assert.match(skips[0] ?? '', /^SKIPPED: prometheus: .*apt-get install prometheus$/)
})

test('where nothing may be skipped, a missing component fails the test', () => {
  process.env['WEIR_REQUIRE_ALL'] = '1'
  assert.throws(() => componentOrSkip(context, 'prometheus'), /WEIR_REQUIRE_ALL=1/)
  assert.deepEqual(skips, [])
})
