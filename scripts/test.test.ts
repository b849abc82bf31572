import assert from 'node:assert/strict'
import { test } from 'node:test'
import { selectFiles } from './test.ts'

const FILES = ['src/core/units.test.ts', 'src/gateway/json/scan.test.ts', 'test/acceptance/start.test.ts']

test('without a pattern every test file runs', () => {
  assert.deepEqual(selectFiles(FILES, []), FILES)
})

test('a pattern is any part of the path', () => {
  assert.deepEqual(selectFiles(FILES, ['gateway']), ['src/gateway/json/scan.test.ts'])
  assert.deepEqual(selectFiles(FILES, ['./src/core/units.test.ts']), ['src/core/units.test.ts'])
  assert.deepEqual(selectFiles(FILES, ['units', 'start']), [
    'src/core/units.test.ts',
    'test/acceptance/start.test.ts',
  ])
})

test('a pattern may be a glob', () => {
  assert.deepEqual(selectFiles(FILES, ['src/**/*.test.ts']), FILES.slice(0, 2))
})

test('a pattern that nothing matches selects nothing, rather than everything', () => {
  assert.deepEqual(selectFiles(FILES, ['gatewya']), [])
})
