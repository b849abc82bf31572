import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nodeAt, type FieldNode } from './field-tree.ts'
import { fieldTree } from './validate.ts'

function* leavesOf(node: FieldNode, before = ''): Generator<readonly [string, FieldNode]> {
  for (const [key, field] of node.fields) {
    yield [`${before}${key}`, field]
    yield* leavesOf(field.item ?? field, `${before}${key}.`)
  }
}

test('every key of the file says what it means, in a sentence', () => {
  for (const [key, node] of leavesOf(fieldTree)) {
    assert.match(node.description ?? '', /^[A-Z`].*\.$/, key)
    assert.notEqual(node.type, '', key)
  }
})

test('the tree knows defaults, forms, choices and what is required', () => {
  const listen = nodeAt(fieldTree, ['listen'])
  assert.deepEqual(
    [listen?.type, listen?.form, listen?.fallback, listen?.required],
    ['address', 'address', '127.0.0.1:18789', false],
  )
  const url = nodeAt(fieldTree, ['backends', 0, 'url'])
  assert.deepEqual([url?.type, url?.fallback, url?.required], ['URL', undefined, true])
  assert.deepEqual(nodeAt(fieldTree, ['auth'])?.values, ['keys', 'none'])
  assert.equal(nodeAt(fieldTree, ['keys', 3, 'hash'])?.form, 'hash')
  assert.equal(nodeAt(fieldTree, ['backends', 0, 'apiKey'])?.form, 'secret')
  assert.equal(nodeAt(fieldTree, ['retry', 'attempts'])?.type, 'whole number from 1 to 3')
  assert.equal(nodeAt(fieldTree, ['nothing', 'there']), undefined)
})
