import assert from 'node:assert/strict'
import { test } from 'node:test'
import { COMPONENTS } from './components.mjs'
import { componentByName, findBinary } from './install-components.ts'

test('a program on PATH is found with its whole path', () => {
  assert.match(findBinary('sh') ?? '', /^\/.*\/sh$/)
})

test('a program that is nowhere is not found', () => {
  assert.equal(findBinary('no-such-program-anywhere'), undefined)
})

test('a component that is not in the list is a mistake of the test that asks for it', () => {
  assert.throws(() => componentByName('promethues'), /no component "promethues"/)
})

test('every component has a name of its own', () => {
  const names = COMPONENTS.map((component) => component.name)
  assert.deepEqual([...new Set(names)], names)
})
