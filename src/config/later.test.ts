import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FieldNode } from './field-tree.ts'
import { LATER_KEYS } from './later.ts'
import { fieldTree } from './validate.ts'

/** `backends[].kind` -> its node, if this version has it. */
function nodeOf(pattern: string): FieldNode | undefined {
  let node: FieldNode | undefined = fieldTree
  for (const step of pattern.split('.')) {
    const key = step.replace('[]', '')
    node = node?.fields.get(key)
    if (step.endsWith('[]')) node = node?.item
  }
  return node
}

test('nothing is refused as coming later that this version already has', () => {
  for (const pattern of LATER_KEYS.keys()) assert.equal(nodeOf(pattern), undefined, pattern)
})

test('what comes later stands in a part of the file that is there, or is one of its own', () => {
  for (const pattern of LATER_KEYS.keys()) {
    const parent = pattern.split('.').slice(0, -1).join('.')
    assert.ok(parent === '' || nodeOf(parent) !== undefined, pattern)
  }
})
